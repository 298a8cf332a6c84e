"""The items of an entity's list become its fields and relations."""

from __future__ import annotations

from integrations.llm.offline.library import columns, records
from integrations.llm.offline.reading import vocabulary as v
from integrations.llm.offline.reading.actions import is_action
from integrations.llm.offline.reading.found_reading import Reading
from integrations.llm.offline.reading.lists import Item, ItemList
from integrations.llm.offline.reading.mentions import known_entity, known_mentions, mention_at, unknown_entity
from integrations.llm.offline.reading.relations import Link, is_usual
from integrations.llm.offline.reading.tokens import Sentence
from integrations.llm.offline.words import singular_en, singular_es, snake
from integrations.llm.shapes import FieldSchema, Language

DATES = frozenset({"date", "fecha"})


def read_items(reading: Reading, sentence: Sentence, item_list: ItemList, named: dict[str, str]) -> None:
    """Every item of an entity's list is a relation or a field."""
    if item_list.subject is None or item_list.subject.entity not in reading.entities:
        return
    owner = item_list.subject.entity
    mentions = [one for one in known_mentions(sentence.tokens, named) if one.entity in reading.entities]
    for item in item_list.items:
        phrase = next((reading.phrases[word] for word in item.words if word in reading.phrases), None)
        if phrase is not None:
            _add_phrase(reading, owner, item, phrase)
            continue
        if item.phrase not in columns.BY_WORD and is_action(sentence.tokens, item.words, item.start, mentions):
            continue
        target = _entity_of(reading, item)
        if target is not None and target != owner:
            link = _link_from_item(owner, target, item)
            if link is not None and not (item_list.of_system and not item.many):
                reading.link(link)
        elif target is None and not _is_part(owner, item) and not _starts_with_record(reading, item):
            said = columns.field_for(_field_words(item, reading.language))
            if said is not None:
                _add_field(reading, owner, item, said)


def _field_words(item: Item, language: Language) -> str:
    if item.phrase in columns.BY_WORD:
        return item.phrase
    words = list(item.words)
    if len(words) == 1:
        single = (singular_es if language == "es" else singular_en)(words[0])
        return single if single in columns.BY_WORD else words[0]
    return " ".join(word for word in words if word not in {"de", "del", "of"})


def _entity_of(reading: Reading, item: Item) -> str | None:
    known = known_entity(item.phrase)
    if known is not None and known[0] in reading.entities:
        return known[0]
    unknown = unknown_entity(item.words, spanish=reading.language == "es")
    return unknown[0] if unknown is not None and unknown[0] in reading.entities else None


def _is_part(owner: str, item: Item) -> bool:
    return owner == "Order" and bool(singulars_of(item.phrase) & records.PARTS)


def _starts_with_record(reading: Reading, item: Item) -> bool:
    """*orders of customers* behind a list of fields begins something new, it is no field."""
    found = mention_at(item.words, 0)
    return found is not None and found.plural and found.entity in reading.entities


def _link_from_item(owner: str, target: str, item: Item) -> Link | None:
    """*has an author* holds a key; *has comments* is held by the comments; *has tags* is shared.

    None when a plural contradicts what is usual (*appointments with patients*): then the library decides.
    """
    known = known_entity(item.phrase)
    plural = item.many or (known[1] if known else item.words[-1].endswith("s"))
    if not plural:
        return Link(owner, target, required=False if item.optional else None)
    if not item.many and target not in records.SHARED and is_usual(owner, target):
        return None
    return Link(owner, target, many=True) if target in records.SHARED else Link(target, owner)


def _add_field(reading: Reading, owner: str, item: Item, said: FieldSchema) -> None:
    if " ".join(item.words) in columns.IMPLIED:
        return
    if any(word in v.NOT_RECORDS and word not in {"time", "password"} for word in item.words) and (
        item.phrase not in columns.BY_WORD
    ):
        return
    if item.phrase in DATES:
        said = said.model_copy(update={"name": _date_name(owner, reading.language)})
    known = records.KNOWN.get(owner)
    usual = {one.name: one for one in known.fields} if known else {}
    if said.name in usual and said.type == usual[said.name].type:
        said = usual[said.name]
    _add_phrase(reading, owner, item, said)


def _date_name(owner: str, language: Language) -> str:
    """*A date* of a loan is its ``loan_date``: a bare ``date`` would hide the type of that name."""
    if language == "es" and owner not in records.KNOWN:
        return f"fecha_{snake(owner)}"
    return f"{snake(owner)}_date"


def _add_phrase(reading: Reading, owner: str, item: Item, said: FieldSchema) -> None:
    """Note a field with the flags of its item; the first field of a name counts."""
    known = records.KNOWN.get(owner)
    if said.name.startswith(f"{snake(owner)}_") and said.type == "boolean":
        said = said.model_copy(update={"name": said.name.removeprefix(f"{snake(owner)}_")})
    if said.type == "boolean" and known is not None:
        said = next((one for one in known.fields if one.name == f"is_{said.name}" and one.type == "boolean"), said)
    changes: dict[str, object] = {}
    if item.optional:
        changes["required"] = False
    if item.unique:
        changes["unique"] = True
    fields = reading.fields.setdefault(owner, [])
    if all(one.name != said.name for one in fields):
        fields.append(said.model_copy(update=changes))


def singulars_of(phrase: str) -> set[str]:
    return {phrase, singular_en(phrase), singular_es(phrase)}
