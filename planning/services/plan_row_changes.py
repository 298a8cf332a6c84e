"""Makes the rows of a plan equal to another state of it. Rows keep their keys, found by short ids.

What leaves a draft is deleted; what leaves a plan that was begun stays, with its history (``Task.left_in``).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from itertools import count
from typing import TypeVar

from django.db.models import F

from integrations.llm.shapes import PlanAnswer
from planning.models import (
    MasterPlan,
    Milestone,
    MilestoneDependency,
    Phase,
    PhaseDependency,
    Subtask,
    Task,
    TaskDependency,
)
from planning.models.hierarchy import PlanItem
from planning.plan_checks import tasks_of
from planning.services.plan_rows import BATCH, PlanRows, create_dependencies, plan_rows

Row = TypeVar("Row", bound=PlanItem)
OUT_OF_THE_WAY = 1_000_000
"""Numbers are unique in a plan at every moment, so old ones are moved away before new ones are given."""

_PHASE_COLUMNS = ["number", "name", "type", "description", "estimated_hours"]
_MILESTONE_COLUMNS = ["number", "phase", "name", "description", "acceptance_criteria", "estimated_minutes"]


def update_plan_rows(plan: MasterPlan, answer: PlanAnswer, *, changed: set[str], begun: bool = False) -> None:
    """Create, change and delete what differs. ``changed``: short ids of tasks whose subtasks are written anew.

    In a plan that was ``begun`` nothing is deleted, and every task keeps its number; new ones come last.
    """
    rows = plan_rows(plan, answer, keys=_keys(plan))
    if begun:
        _keep_numbers(plan, rows)
    else:
        Task.objects.filter(plan=plan).update(number=F("number") + OUT_OF_THE_WAY)
    _write(Phase, plan, rows.phases, _PHASE_COLUMNS)
    _write(Milestone, plan, rows.milestones, _MILESTONE_COLUMNS)
    _write(Task, plan, rows.tasks, ["number", "milestone", *rows.task_columns])
    if not begun:
        for model, kept in ((Task, rows.tasks), (Milestone, rows.milestones), (Phase, rows.phases)):
            model._default_manager.filter(plan=plan).exclude(pk__in=[row.pk for row in kept.values()]).delete()
    _write_subtasks(rows, changed)
    for dependency, stage in ((PhaseDependency, "phase"), (MilestoneDependency, "milestone"), (TaskDependency, "task")):
        dependency._default_manager.filter(**{f"{stage}__plan": plan}).delete()
    create_dependencies(rows, answer)
    _sum_up(plan, answer)


def _keys(plan: MasterPlan) -> dict[str, uuid.UUID]:
    """Keys of everything that is there, by short id: three queries."""
    keys: dict[str, uuid.UUID] = {}
    for model in (Phase, Milestone, Task):
        keys |= dict(model._default_manager.filter(plan=plan).values_list("short_id", "pk"))
    return keys


def _keep_numbers(plan: MasterPlan, rows: PlanRows) -> None:
    """Numbers of tasks are unique in a plan, those that left it among them."""
    numbers = dict(Task.objects.filter(plan=plan).values_list("pk", "number"))
    following = count(max(numbers.values(), default=0) + 1)
    for row in rows.tasks.values():
        row.number = numbers[row.pk] if row.pk in numbers else next(following)


def _write(model: type[Row], plan: MasterPlan, rows: Mapping[str, Row], columns: Iterable[str]) -> None:
    there = set(model._default_manager.filter(plan=plan).values_list("pk", flat=True))
    model._default_manager.bulk_create([row for row in rows.values() if row.pk not in there], batch_size=BATCH)
    known = [row for row in rows.values() if row.pk in there]
    model._default_manager.bulk_update(known, list(columns), batch_size=BATCH)


def _write_subtasks(rows: PlanRows, changed: set[str]) -> None:
    tasks = [row.pk for short_id, row in rows.tasks.items() if short_id in changed]
    Subtask.objects.filter(task_id__in=tasks).delete()
    Subtask.objects.bulk_create([row for row in rows.subtasks if row.task_id in set(tasks)], batch_size=BATCH)


def _sum_up(plan: MasterPlan, answer: PlanAnswer) -> None:
    tasks = tasks_of(answer)
    plan.total_tasks = len(tasks)
    plan.estimated_minutes = sum(task.estimated_minutes for task in tasks)
    for name, value in answer.model_dump(mode="json", exclude={"phases"}).items():
        setattr(plan, name, value)
    plan.save()
