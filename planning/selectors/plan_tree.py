"""The tree of a plan as rows, for readers to whom model instances would only cost time."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from planning.models import Milestone, MilestoneDependency, Phase, PhaseDependency, Subtask, Task, TaskDependency

Row = dict[str, Any]
Columns = Mapping[type[Model], Sequence[str]]


def plan_tree(plan_id: uuid.UUID, columns: Columns) -> list[Row]:
    """Phases in order, each with its ``milestones``, these with ``tasks``, these with ``subtasks``.

    Every item but a subtask has ``depends_on``, short ids. Seven queries, whatever the size of the plan.
    """
    subtasks = _by_parent(Subtask, "task_id", plan_id, columns)
    tasks = _by_parent(Task, "milestone_id", plan_id, columns)
    milestones = _by_parent(Milestone, "phase_id", plan_id, columns)
    phases = list(Phase.objects.filter(plan_id=plan_id).order_by("number").values(*columns[Phase]))
    _add_dependencies(phases, PhaseDependency, "phase", plan_id)
    _add_dependencies([row for rows in milestones.values() for row in rows], MilestoneDependency, "milestone", plan_id)
    _add_dependencies([row for rows in tasks.values() for row in rows], TaskDependency, "task", plan_id)
    for phase in phases:
        phase["milestones"] = milestones[phase["id"]]
        for milestone in phase["milestones"]:
            milestone["tasks"] = tasks[milestone["id"]]
            for task in milestone["tasks"]:
                task["subtasks"] = subtasks[task["id"]]
    return phases


def _by_parent(
    model: type[Model], parent: str, plan_id: uuid.UUID, columns: Columns
) -> defaultdict[uuid.UUID, list[Row]]:
    found: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    rows = model._default_manager.filter(plan_id=plan_id).order_by("number")
    for row in rows.values(parent, *columns[model]):
        found[row.pop(parent)].append(row)
    return found


def _add_dependencies(items: list[Row], model: type[Model], name: str, plan_id: uuid.UUID) -> None:
    needed: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    pairs = model._default_manager.filter(**{f"{name}__plan_id": plan_id}).values_list(f"{name}_id", "needs__short_id")
    for item, short_id in pairs:
        needed[item].append(short_id)
    for row in items:
        row["depends_on"] = sorted(needed[row["id"]])
