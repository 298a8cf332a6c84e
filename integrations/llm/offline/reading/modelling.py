"""From what a request says to complete entity schemas: library fields, usual relations, no cycles."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.offline.library import records
from integrations.llm.offline.library.notation import read_field
from integrations.llm.offline.project.entities import PEOPLE
from integrations.llm.offline.reading.reader import Reading
from integrations.llm.offline.reading.relations import Link
from integrations.llm.offline.safe_names import safe_field
from integrations.llm.offline.words import plural_of, snake, words_of
from integrations.llm.shapes import EntitySchema, FieldSchema, Relation

MOST_RELATIONS = 3
DEFAULT_FIELDS = ("name: string(150)", "description: text optional")


@dataclass(frozen=True)
class Model:
    """Entities ready to be planned, and what had to be left out."""

    entities: list[EntitySchema]
    left_out: list[str]


def model_entities(reading: Reading) -> Model:
    """Complete schemas for every entity of a reading."""
    left_out: list[str] = []
    relations = _relations(reading, left_out)
    _break_cycles(relations, left_out)
    entities = [
        EntitySchema(
            name=name,
            plural=plural_of(snake(name), spanish=reading.language == "es" and name not in records.KNOWN),
            description=_description(name),
            fields=_fields(name, reading.fields.get(name, []), relations[name]),
            relations=relations[name],
        )
        for name in reading.entities
    ]
    return Model(entities, left_out)


def _description(name: str) -> str:
    known = records.KNOWN.get(name)
    return known.description if known else f"One {words_of(name)}"


def _fields(name: str, said: list[FieldSchema], relations: list[Relation]) -> list[FieldSchema]:
    """What was said; the library's fields when nothing was, or when what was said has nothing to call a record by."""
    known = records.KNOWN.get(name)
    usual = list(known.fields) if known else [read_field(text) for text in DEFAULT_FIELDS]
    taken = {relation.name for relation in relations}
    fields = [field for field in said if field.name not in taken] or usual
    return [_safe(field, taken) for field in fields]


def _safe(field: FieldSchema, taken: set[str]) -> FieldSchema:
    name = safe_field(field.name)
    keys = {f"{relation}_id" for relation in taken}
    return field.model_copy(update={"name": f"{name}_value" if name in keys | taken else name})


def _relations(reading: Reading, left_out: list[str]) -> dict[str, list[Relation]]:
    relations: dict[str, list[Relation]] = {name: [] for name in reading.entities}
    for link in reading.links:
        if link.owner in relations and link.target in relations:
            _add(relations, link.owner, _relation(link), left_out)
    usual = [(name, relation) for name in reading.entities for relation in _usual_relations(name, relations)]
    for name, relation in usual:
        if not _related(relations, name, relation.target) and not _is_doubtful(relations, usual, name, relation):
            _add(relations, name, relation, left_out)
    return relations


def _usual_relations(name: str, relations: dict[str, list[Relation]]) -> list[Relation]:
    known = records.KNOWN.get(name)
    return [relation for relation in known.relations if relation.target in relations] if known else []


def _is_doubtful(
    relations: dict[str, list[Relation]], usual: list[tuple[str, Relation]], name: str, relation: Relation
) -> bool:
    """Whether a usual relation says nothing new: its target is reached through another one (*comment, task, project*).

    People are named again, but a user only when no other person is: an order of a customer has no user.
    """
    own = [*relations[name], *(other for owner, other in usual if owner == name and other is not relation)]
    if relation.target in PEOPLE:
        return relation.target == "User" and any(other.target in PEOPLE - {"User"} for other in own)
    onward = {
        further.target
        for other in own
        if other.kind == "many_to_one"
        for owner in [other.target]
        for further in [*relations[owner], *(one for entity, one in usual if entity == owner)]
    }
    return relation.target in onward


def _relation(link: Link) -> Relation:
    if link.many:
        return Relation(name=plural_of(snake(link.target)), kind="many_to_many", target=link.target, required=False)
    known = records.KNOWN.get(link.owner)
    usual = next((r for r in known.relations if r.target == link.target and not r.required), None) if known else None
    return Relation(
        name=link.name or snake(link.target),
        kind="many_to_one",
        target=link.target,
        required=usual is None if link.required is None else link.required,
    )


def _related(relations: dict[str, list[Relation]], one: str, other: str) -> bool:
    return any(relation.target == other for relation in relations[one]) or any(
        relation.target == one for relation in relations[other]
    )


def _add(relations: dict[str, list[Relation]], owner: str, relation: Relation, left_out: list[str]) -> None:
    if any(other.name == relation.name for other in relations[owner]):
        return
    if len(relations[owner]) >= MOST_RELATIONS:
        left_out.append(
            f"{owner} -> {relation.target}: more than {MOST_RELATIONS} relations of one entity are not built."
        )
        return
    relations[owner].append(relation)


def _break_cycles(relations: dict[str, list[Relation]], left_out: list[str]) -> None:
    """Entities that need each other could never be created: the relation that closes a circle is left out."""
    for owner in list(relations):
        for relation in list(relations[owner]):
            if relation.target != owner and _reaches(relations, relation.target, owner, relation, owner):
                relations[owner].remove(relation)
                left_out.append(f"{owner} -> {relation.target}: it would close a circle of references.")


def _reaches(relations: dict[str, list[Relation]], start: str, goal: str, without: Relation, owner: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            waiting += [r.target for r in relations[name] if not (name == owner and r is without)]
    return False
