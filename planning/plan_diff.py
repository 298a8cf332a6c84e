"""What differs between two states of a plan: items by their short ids, entities by name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.llm.shape import Shape
from integrations.llm.shapes import PlanAnswer

_CHILDREN = {"phase": "milestones", "milestone": "tasks", "task": "", "entity": ""}


class FieldChange(Shape):
    """``before`` and ``after`` are JSON values."""

    name: str
    before: Any
    after: Any


class ItemName(Shape):
    id: str
    title: str


class ItemChange(ItemName):
    """An item that both states have. A move shows as a change of ``phase`` or ``milestone``."""

    fields: list[FieldChange]


class ItemChanges(Shape):
    added: list[ItemName] = []
    removed: list[ItemName] = []
    modified: list[ItemChange] = []

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.modified)


class PlanDiff(Shape):
    """``plan`` holds the fields of the plan itself: name, description, stack, logic, conventions, design."""

    plan: list[FieldChange] = []
    entities: ItemChanges = ItemChanges()
    phases: ItemChanges = ItemChanges()
    milestones: ItemChanges = ItemChanges()
    tasks: ItemChanges = ItemChanges()

    def __bool__(self) -> bool:
        return bool(self.plan or self.entities or self.phases or self.milestones or self.tasks)


def compare(before: PlanAnswer, after: PlanAnswer) -> PlanDiff:
    """What must be done to ``before`` to get ``after``. Items stand in the order of the plan they are in."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    levels = ("entities", "phases")
    return PlanDiff(
        plan=_fields({name: old[name] for name in old if name not in levels}, new),
        entities=_items("entity", _by_name(old["entities"]), _by_name(new["entities"])),
        phases=_items("phase", _level(old, "phase"), _level(new, "phase")),
        milestones=_items("milestone", _level(old, "milestone"), _level(new, "milestone")),
        tasks=_items("task", _level(old, "task"), _level(new, "task")),
    )


def in_words(diff: PlanDiff) -> str:
    """One line for a list of versions, such as ``2 tasks added, task_004 changed (title)``."""
    parts: list[str] = []
    for noun, changes in (
        ("phase", diff.phases),
        ("milestone", diff.milestones),
        ("task", diff.tasks),
        ("entity", diff.entities),
    ):
        parts += [_counted(noun, changes.added, "added"), _counted(noun, changes.removed, "removed")]
        parts += [f"{item.id} changed ({_names(item.fields)})" for item in changes.modified[:3]]
        if len(changes.modified) > 3:
            parts.append(f"{len(changes.modified) - 3} more changed")
    if diff.plan:
        parts.append(f"{_names(diff.plan)} changed")
    return ", ".join(part for part in parts if part) or "nothing changed"


def _counted(noun: str, items: list[ItemName], done: str) -> str:
    if not items:
        return ""
    if len(items) == 1:
        return f"{items[0].id} {done}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{len(items)} {plural} {done}"


def _names(fields: Iterable[FieldChange]) -> str:
    names = [field.name.replace("_", " ") for field in fields]
    return ", ".join(names if len(names) <= 4 else [*names[:3], f"{len(names) - 3} more"])


def _by_name(entities: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {entity["name"]: entity for entity in entities}


def _level(plan: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """The items of one level by id, each with the id of what it belongs to, without what belongs to it."""
    found: dict[str, dict[str, Any]] = {}
    for phase in plan["phases"]:
        if kind == "phase":
            found[phase["id"]] = phase
            continue
        for milestone in phase["milestones"]:
            if kind == "milestone":
                found[milestone["id"]] = {"phase": phase["id"], **milestone}
            else:
                found |= {task["id"]: {"milestone": milestone["id"], **task} for task in milestone["tasks"]}
    return found


def _items(kind: str, old: Mapping[str, dict[str, Any]], new: Mapping[str, dict[str, Any]]) -> ItemChanges:
    modified = [
        ItemChange(id=key, title=_title(new[key]), fields=fields)
        for key in new
        if key in old and (fields := _fields(_own(kind, old[key]), new[key]))
    ]
    return ItemChanges(
        added=[ItemName(id=key, title=_title(new[key])) for key in new if key not in old],
        removed=[ItemName(id=key, title=_title(old[key])) for key in old if key not in new],
        modified=modified,
    )


def _own(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != _CHILDREN[kind]}


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """The fields of ``old`` that have another value in ``new``; the order of dependencies does not matter."""
    return [
        FieldChange(name=name, before=value, after=new[name])
        for name, value in old.items()
        if _comparable(name, value) != _comparable(name, new[name])
    ]


def _comparable(name: str, value: Any) -> Any:
    return sorted(value) if name == "depends_on" else value


def _title(item: Mapping[str, Any]) -> str:
    return str(item.get("title") or item.get("name") or "")
