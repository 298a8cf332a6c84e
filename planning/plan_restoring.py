"""What has to be made again so that the code of a plan follows when the plan goes back to an earlier version. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from integrations.llm.shapes import ChangedTask, ImpactAnalysis, PlanAnswer, TaskSpec, TouchedTask
from planning.plan_checks import tasks_of
from planning.plan_diff import ItemChanges, PlanDiff, compare, in_words

WORDS_ONLY = frozenset({"project_name", "description"})
"""Fields of a plan that no code follows."""


def restoration(
    before: PlanAnswer, after: PlanAnswer, *, number: int, written: Collection[str], edits: Iterable[PlanDiff]
) -> ImpactAnalysis:
    """``after`` is the plan as it was in version ``number``, ``before`` as it is.

    ``written`` names the tasks that the modifications since then had written anew, and so are no more as they were;
    ``edits`` are what the versions changed that say of no task that it was written anew.
    """
    diff = compare(before, after)
    old = {task.id: task for task in tasks_of(before)}
    new = {task.id: task for task in tasks_of(after)}
    both = [task for task in new.values() if task.id in old]
    concerned = _concerned(both, diff, list(edits))
    changed = [task for task in both if task != old[task.id] or task.id in written or task.id in concerned]
    why = f"It is as in version {number} again."
    return ImpactAnalysis(
        summary=f"The plan as it was in version {number}: {in_words(diff)}.",
        changed=[ChangedTask(task=task, why=why) for task in changed] if diff else [],
        removed=[TouchedTask(task=name, why=f"Version {number} has no such task.") for name in old if name not in new],
        entity_changes=_entity_words(diff.entities),
    )


def _concerned(tasks: list[TaskSpec], diff: PlanDiff, edits: list[PlanDiff]) -> set[str]:
    """Tasks whose code follows from entities, or from the plan itself, that were edited since and go back now."""
    edited = {field.name for edit in edits for field in edit.plan} - WORDS_ONLY
    if edited & {field.name for field in diff.plan}:
        return {task.id for task in tasks}
    names = {name for edit in edits for name in _names(edit.entities)} & set(_names(diff.entities))
    return {task.id for task in tasks if any(_speaks_of(task, name) for name in names)}


def _names(entities: ItemChanges) -> list[str]:
    return [item.id for item in [*entities.added, *entities.removed, *entities.modified]]


def _speaks_of(task: TaskSpec, entity: str) -> bool:
    """Whether a task names an entity, in any spelling: ``OrderLine``, ``order_lines``, ``Order line``."""
    return _plain(entity) in _plain(task.model_dump_json())


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]", "", text).casefold()


def _entity_words(entities: ItemChanges) -> list[str]:
    return [
        *(f"{item.title or item.id} comes back" for item in entities.added),
        *(f"{item.title or item.id} goes" for item in entities.removed),
        *(f"{item.id} changes: {', '.join(field.name for field in item.fields)}" for item in entities.modified),
    ]
