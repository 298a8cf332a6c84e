"""Relations as Django speaks of them: names of the way back, and the order in which tables are made."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.offline.project.entities import EntityView, LinkView, ParentView

ON_DELETE = {"SET NULL": "SET_NULL", "CASCADE": "CASCADE", "RESTRICT": "PROTECT"}
APP = "api"


def on_delete(parent: ParentView) -> str:
    """The name of Django's function for what happens when the parent is deleted."""
    return ON_DELETE[parent.on_delete]


def relations_of(entity: EntityView) -> list[ParentView | LinkView]:
    """Every relation of an entity, in the order of its model."""
    return [*entity.parents, *entity.links]


def related_name(relation: ParentView | LinkView) -> str:
    """What the target calls the records that refer to it; unique among the target's names."""
    owner, target = relation.owner, relation.target
    rivals = [other for other in relations_of(owner) if other.target.name == target.name]
    taken = {field.name for field in target.fields} | {other.name for other in relations_of(target)}
    if isinstance(relation, ParentView) and relation.is_self:
        return f"{relation.name}_of" if relation.name != "parent" else "children"
    return owner.plural if len(rivals) == 1 and owner.plural not in taken else f"{relation.name}_{owner.plural}"


def tables_in_order(entities: Sequence[EntityView]) -> list[EntityView]:
    """The entities so that everything an entity refers to comes before it; the order given decides ties."""
    ordered: list[EntityView] = []

    def place(entity: EntityView, above: tuple[str, ...]) -> None:
        if entity in ordered or entity.snake in above:
            return
        for other in entity.related:
            place(other, (*above, entity.snake))
        ordered.append(entity)

    for entity in entities:
        place(entity, ())
    return ordered


def target_of(entity: EntityView, way: Sequence[str]) -> EntityView:
    """The entity that the relations ``way`` lead to."""
    for name in way:
        entity = {parent.name: parent.target for parent in entity.parents}[name]
    return entity


def made_along(entity: EntityView, way: Sequence[str], end: str) -> tuple[str, list[str]]:
    """(the call that makes a record whose relations ``way`` lead to the key ``end``, the factories it needs besides).

    KeyError for a relation that an entity on the way does not have.
    """
    if not way:
        return f"make_{entity.snake}()", []
    first, *rest = way
    target = {parent.name: parent.target for parent in entity.parents}[first]
    if not rest:
        return f"make_{entity.snake}({first}={end})", []
    call, needed = made_along(target, rest, end)
    return f"make_{entity.snake}({first}={call}.pk)", [target.snake, *needed]
