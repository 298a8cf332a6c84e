"""The whole design of a service from its request, and the entities with what the design needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.llm.design import Rule, ServiceDesign
from integrations.llm.offline.designing.access import AccessDesign, design_access
from integrations.llm.offline.designing.limits import number_at, read_limits
from integrations.llm.offline.designing.outside import read_outside
from integrations.llm.offline.designing.permissions import read_access
from integrations.llm.offline.designing.rules import read_rules
from integrations.llm.offline.designing.subjects import Subjects
from integrations.llm.offline.library import records
from integrations.llm.offline.phrases import Phrases, phrases
from integrations.llm.offline.reading.demands import is_behaviour
from integrations.llm.offline.reading.modelling import Model
from integrations.llm.offline.reading.reader import Reading
from integrations.llm.offline.reading.tokens import Sentence
from integrations.llm.offline.reading.usual_rules import usual_rules
from integrations.llm.offline.words import words_of
from integrations.llm.shapes import EntitySchema, FieldSchema

LONGEST_SENTENCE = 300
"""Words; nobody writes more, and hostile text does not make us slow."""
MOST_SENTENCES = 200
PER_PAGE = (("per", "page"), ("por", "pagina"), ("a", "page"))
PAGES_OF = {"pages of", "paginas de"}
DEMANDS = frozenset("must cannot can't never always shall debe deben nunca siempre prohibido forbidden".split())


@dataclass(frozen=True)
class Designed:
    """``not_understood``: what the request says that neither the records nor the design hold."""

    entities: list[EntitySchema]
    design: ServiceDesign
    not_understood: list[str]


def design_service(reading: Reading, model: Model) -> Designed:
    """The design of a reading. Sentences that it uses are no longer reported as unused."""
    named = {words_of(entity.name): entity.name for entity in model.entities if entity.name not in records.KNOWN}
    sentences = [one for one in reading.sentences if len(one.tokens) <= LONGEST_SENTENCE][:MOST_SENTENCES]
    access = read_access(sentences, named)
    made = design_access(access, model.entities)
    entities, limited = _with_limits(sentences, made.entities)
    rules, ruling = _rules(sentences, entities, phrases(reading.language))
    entities = _with_whole_periods(entities, rules)
    outside = read_outside(sentences, entities, reading.language)
    sizes = [sentence for sentence in sentences if _page_size([sentence])]
    used = access.used | limited | ruling | outside.used | set(sizes)
    design = ServiceDesign(
        authentication=made.authentication,
        roles=list(made.roles),
        permissions=list(made.permissions),
        rules=rules,
        adapters=outside.adapters,
        page_size=_page_size(sizes),
    )
    left = [*reading.unused_after(used), *outside.unused, *_demands(reading, used, made)]
    return Designed(entities, design, [*dict.fromkeys([*left, *model.left_out])])


def _with_limits(
    sentences: Sequence[Sentence], entities: Sequence[EntitySchema]
) -> tuple[list[EntitySchema], set[Sentence]]:
    """The entities with the limits on values that sentences say."""
    changed = {entity.name: entity for entity in entities}
    used: set[Sentence] = set()
    for sentence in sentences:
        for mention, changes in read_limits(Subjects(sentence, list(changed.values()))):
            entity = changed[mention.entity]
            fields = [
                _limited(field, changes) if field.name == mention.field.name else field for field in entity.fields
            ]
            changed[entity.name] = entity.model_copy(update={"fields": fields})
            used.add(sentence)
    return list(changed.values()), used


def _limited(field: FieldSchema, changes: dict[str, object]) -> FieldSchema:
    if "more_than" in changes:
        changes = {**changes, "minimum": None}
    limited = field.model_copy(update=changes)
    default = limited.default
    if default is not None and limited.type in {"integer", "decimal"} and not _fits(limited, float(default)):
        return limited.model_copy(update={"default": None})
    return limited


def _fits(field: FieldSchema, value: float) -> bool:
    low = field.minimum is None or value >= field.minimum
    high = field.maximum is None or value <= field.maximum
    return low and high and (field.more_than is None or value > field.more_than)


def _rules(
    sentences: Sequence[Sentence], entities: Sequence[EntitySchema], say: Phrases
) -> tuple[list[Rule], set[Sentence]]:
    """Rules that sentences say, then those that follow from names; a pair of fields has one order."""
    found: list[Rule] = []
    used: set[Sentence] = set()
    for sentence in sentences:
        said = read_rules(Subjects(sentence, entities))
        if said:
            used.add(sentence)
        found += [rule for rule in said if not any(_same(rule, other) for other in found)]
    usual = [rule for rule in usual_rules(entities, say) if not any(_same(rule, other) for other in found)]
    return [*found, *usual], used


def _with_whole_periods(entities: Sequence[EntitySchema], rules: Sequence[Rule]) -> list[EntitySchema]:
    """What must not overlap has an end."""
    whole = {(rule.entity, name) for rule in rules if rule.kind == "no_overlap" for name in rule.fields}
    return [
        entity.model_copy(
            update={
                "fields": [
                    field.model_copy(update={"required": True}) if (entity.name, field.name) in whole else field
                    for field in entity.fields
                ]
            }
        )
        for entity in entities
    ]


def _same(one: Rule, other: Rule) -> bool:
    if (one.kind, one.entity) != (other.kind, other.entity):
        return False
    return one.kind in {"transitions", "stock"} or set(one.fields) == set(other.fields) != set() or one == other


def _page_size(sentences: Sequence[Sentence]) -> int | None:
    """*20 per page*, *de 50 en 50*, *páginas de 25*."""
    for sentence in sentences:
        for place in range(len(sentence.tokens)):
            number = number_at(sentence.tokens, place)
            behind = " ".join(sentence.tokens[place + 1 : place + 4])
            before = " ".join(sentence.tokens[max(place - 2, 0) : place])
            said = any(f"{word} {page}" in behind for word, page in PER_PAGE) or before in PAGES_OF
            if number and 0 < number <= 100 and said:
                return number
    return None


def _demands(reading: Reading, used: set[Sentence], made: AccessDesign) -> list[str]:
    """Rules of the request that were not understood: they are not enforced, and that is said."""
    spanish = reading.language == "es"
    lead = "No se entendió esta regla y no se aplica" if spanish else "This rule was not understood and is not enforced"
    return [
        f"{lead}: «{sentence.text[:160]}»"
        for sentence in reading.sentences
        if sentence not in used
        and (is_behaviour(sentence.tokens) or any(token in DEMANDS for token in sentence.tokens))
        and "unique" not in sentence.tokens
        and "unico" not in sentence.tokens
        and "unica" not in sentence.tokens
    ]
