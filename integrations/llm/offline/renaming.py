"""Reads a clause that gives a record or a field another name: *rename books to publications*."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from integrations.llm.design import ServiceDesign
from integrations.llm.offline.reading.mentions import known_entity
from integrations.llm.offline.safe_names import safe_entity, safe_field
from integrations.llm.offline.words import fold, pascal, plural_of, singular_en, singular_es, snake, words_of
from integrations.llm.shapes import DomainModel, EntitySchema

_RENAMING: Final = re.compile(
    r"^\W*(?:please |por favor )?(?:(?:rename|change the names? of|renombrar?|renombre|cambiar? el nombre de|"
    r"cambie el nombre de)\s+(?P<what>.+?)\s+(?:to|into|a|por|como)\s+(?P<name>[\w ]+?))"
    r"(?:\s+(?:in|of|en|de)\s+(?P<whom>[\w ]+?))?\s*$"
)
_ARTICLES: Final = re.compile(r"^(?:the|each|every|all|field|el|la|los|las|campo)\s+")
_OF: Final = re.compile(r"\s+(?:of|in|de|del|en)\s+(?:the |los |las |la |el )?")
_SPANISH: Final = re.compile(r"\b(?:renombr|cambi|por favor)")


def renames(clause: str) -> bool:
    """Whether the clause asks for another name, of whatever."""
    return _RENAMING.match(fold(clause)) is not None


def renamed(clause: str, domain: DomainModel) -> tuple[DomainModel, str, str] | None:
    """The model with the new name, the entity it concerns, and a sentence; ``None`` where nothing is called so."""
    text = fold(clause)
    found = _RENAMING.match(text)
    if not found:
        return None
    what, _, owner = _partition(_bare(found["what"]))
    whom = _bare(found["whom"] or owner)
    singular = singular_es if _SPANISH.search(text) else singular_en
    entity = _entity(whom or what, domain.entities, singular)
    if entity is None:
        return None
    if whom:
        return _field_renamed(domain, entity, snake(what), safe_field(snake(found["name"])))
    spanish = singular is singular_es
    name = safe_entity(pascal(" ".join(singular(word) for word in _bare(found["name"]).split())))
    return _entity_renamed(domain, entity, name, plural_of(snake(words_of(name)), spanish=spanish))


def _partition(words: str) -> tuple[str, str, str]:
    parts = _OF.split(words, maxsplit=1)
    return parts[0], "", parts[1] if len(parts) > 1 else ""


def _bare(words: str) -> str:
    return _ARTICLES.sub("", words.strip())


def _entity(words: str, entities: list[EntitySchema], singular: Callable[[str], str]) -> EntitySchema | None:
    said = {words, " ".join(singular(word) for word in words.split())}
    for entity in entities:
        if {fold(words_of(entity.name)), fold(entity.plural.replace("_", " "))} & said:
            return entity
    known = known_entity(words)
    return next((entity for entity in entities if known and entity.name == known[0]), None)


def _entity_renamed(
    domain: DomainModel, entity: EntitySchema, name: str, plural: str
) -> tuple[DomainModel, str, str] | None:
    if any(one.name == name or one.plural == plural for one in domain.entities):
        return None
    relation, other = snake(words_of(entity.name)), snake(words_of(name))
    to_it = {
        (one.name, link.name)
        for one in domain.entities
        for link in one.relations
        if link.target == entity.name and link.name == relation
    }
    entities = [
        EntitySchema.model_validate(
            {
                **one.model_dump(),
                **({"name": name, "plural": plural} if one is entity else {}),
                "relations": [
                    {
                        **link.model_dump(),
                        "target": name if link.target == entity.name else link.target,
                        "name": other if (one.name, link.name) in to_it else link.name,
                    }
                    for link in one.relations
                ],
            }
        )
        for one in domain.entities
    ]
    names = {entity.name: name, **({relation: other} if to_it else {})}
    design = ServiceDesign.model_validate(_replaced(domain.design.model_dump(), names))
    said = f"{entity.name} is called {name}."
    return domain.model_copy(update={"entities": entities, "design": design}), name, said


def _field_renamed(
    domain: DomainModel, entity: EntitySchema, before: str, after: str
) -> tuple[DomainModel, str, str] | None:
    names = [field.name for field in entity.fields]
    if before not in names or after in names:
        return None
    fields = [field.model_copy(update={"name": after}) if field.name == before else field for field in entity.fields]
    entities = [one.model_copy(update={"fields": fields}) if one is entity else one for one in domain.entities]
    design = domain.design.model_dump()
    for part in ("rules", "permissions"):
        design[part] = [
            _replaced(one, {before: after}) if one["entity"] == entity.name else one for one in design[part]
        ]
    account = design["authentication"]
    if account and account["user"] == entity.name:
        design["authentication"] = _replaced(account, {before: after})
    update = {"entities": entities, "design": ServiceDesign.model_validate(design)}
    return domain.model_copy(update=update), entity.name, f"{entity.name}.{before} is called {after}."


def _replaced(value: Any, names: Mapping[str, str]) -> Any:
    """A JSON value in which every text that is one of ``names``, whole, is the other."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_replaced(one, names) for one in value]
    if isinstance(value, dict):
        return {key: _replaced(one, names) for key, one in value.items()}
    return value
