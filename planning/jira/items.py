"""The items of a plan that go to Jira, in the order in which they must be made. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["phase", "milestone", "task", "subtask"]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """A phase, milestone, task or subtask. ``parent`` and ``milestone`` are short ids; a task's parent is its phase."""

    kind: Kind
    id: uuid.UUID
    short_id: str
    title: str
    description: str = ""
    parent: str = ""
    milestone: str = ""
    minutes: int = 0
    priority: str = ""
    complexity: str = ""
    type: str = ""
    agent: str = ""
    points: int | None = None
    labels: tuple[str, ...] = ()
    criteria: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


def items_of(phases: Sequence[Row]) -> list[Item]:
    """Phases, then milestones, tasks and subtasks, each in the plan's order; what has left the plan is not there."""
    found: dict[Kind, list[Item]] = {"phase": [], "milestone": [], "task": [], "subtask": []}
    for phase in phases:
        found["phase"].append(_phase(phase))
        for milestone in phase["milestones"]:
            found["milestone"].append(_milestone(milestone))
            for task in milestone["tasks"]:
                if task["left_in"] is not None:
                    continue
                found["task"].append(_task(task, phase, milestone))
                found["subtask"] += [_subtask(row, task) for row in task["subtasks"]]
    return _without_strangers([item for items in found.values() for item in items])


def subtasks_by_task(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        if item.kind == "subtask":
            found.setdefault(item.parent, []).append(item)
    return found


def _phase(row: Row) -> Item:
    return Item(
        "phase",
        row["id"],
        row["short_id"],
        row["name"],
        row["description"],
        type=row["type"],
        depends_on=tuple(row["depends_on"]),
    )


def _milestone(row: Row) -> Item:
    criteria = tuple(str(one) for one in row["acceptance_criteria"])
    return Item("milestone", row["id"], row["short_id"], row["name"], row["description"], criteria=criteria)


def _task(row: Row, phase: Row, milestone: Row) -> Item:
    return Item(
        "task",
        row["id"],
        row["short_id"],
        row["title"],
        row["description"],
        parent=phase["short_id"],
        milestone=milestone["short_id"],
        minutes=row["estimated_minutes"],
        priority=row["priority"],
        complexity=row["complexity"],
        type=row["type"],
        agent=row["assigned_agent"],
        points=row["story_points"],
        labels=tuple(row["labels"]),
        criteria=tuple(f"{one.get('priority', 'must')}: {one['text']}" for one in row["acceptance_criteria"]),
        files=tuple(row["target_files"]),
        depends_on=tuple(row["depends_on"]),
    )


def _subtask(row: Row, task: Row) -> Item:
    return Item(
        "subtask",
        row["id"],
        row["short_id"],
        row["title"],
        row["description"],
        parent=task["short_id"],
        minutes=row["estimated_minutes"],
    )


def _without_strangers(items: list[Item]) -> list[Item]:
    """Nothing depends on what is not exported."""
    known = {item.short_id for item in items}
    return [
        Item(**{**vars(item), "depends_on": tuple(one for one in item.depends_on if one in known)}) for item in items
    ]
