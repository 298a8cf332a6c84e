"""Reads of a whole plan, each with a stated number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet

from common.models import PlanHistory
from integrations.llm.shapes import PlanAnswer, ProjectContext, TaskSpec
from planning.models import MasterPlan, MilestoneDependency, PhaseDependency, Subtask, Task, TaskDependency
from planning.models.hierarchy import Milestone, Phase

__all__ = [
    "executable_tasks",
    "history_of",
    "milestone_progress",
    "phase_progress",
    "plan_answer_of",
    "plan_with_tree",
    "project_context_of",
    "task_spec_of",
    "tasks_with_specs",
]


def with_tree(plans: QuerySet[MasterPlan]) -> QuerySet[MasterPlan]:
    """Plans with phases to subtasks and dependencies: seven queries more, whatever their size."""
    return plans.prefetch_related(
        Prefetch(
            "phases",
            Phase.objects.order_by("number").prefetch_related(
                Prefetch("dependency_rows", PhaseDependency.objects.select_related("needs")),
                Prefetch(
                    "milestones",
                    Milestone.objects.order_by("number").prefetch_related(
                        Prefetch("dependency_rows", MilestoneDependency.objects.select_related("needs")),
                        Prefetch("tasks", tasks_with_specs(Task.objects.defer("draft").order_by("number"))),
                    ),
                ),
            ),
        )
    )


def tasks_with_specs(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Tasks with their subtasks and the tasks they depend on: two queries more."""
    return tasks.prefetch_related(
        Prefetch("subtasks", Subtask.objects.order_by("number")),
        Prefetch(
            "dependency_rows",
            TaskDependency.objects.select_related("needs")
            .order_by("needs__number")
            .only("task_id", "needs_id", "needs__short_id", "needs__number"),
        ),
    )


def plan_with_tree(plan_id: uuid.UUID) -> MasterPlan:
    """The plan with everything below it, in eight queries. Raises ``MasterPlan.DoesNotExist``."""
    return with_tree(MasterPlan.objects.select_related("owner")).get(pk=plan_id)


def needed_ids(rows: Iterable[Any]) -> list[str]:
    """Short ids of what an item depends on, from its prefetched dependency rows."""
    return sorted(row.needs.short_id for row in rows)


def task_spec_of(
    task: Task, *, depends_on: Sequence[str] | None = None, subtasks: Sequence[Mapping[str, Any]] | None = None
) -> TaskSpec:
    """The task as models see it. No query for tasks read by ``tasks_with_specs`` or where both are given, else two."""
    return TaskSpec.model_validate(
        {
            "id": task.short_id,
            "title": task.title,
            "description": task.description,
            "type": task.type,
            "priority": task.priority,
            "complexity": task.complexity,
            "estimated_minutes": task.estimated_minutes,
            "story_points": task.story_points,
            "acceptance_criteria": task.acceptance_criteria,
            "labels": task.labels,
            "target_files": task.target_files,
            "preconditions": task.preconditions,
            "postconditions": task.postconditions,
            "expected_outputs": task.expected_outputs,
            "exports": task.exports,
            "needs": task.needs,
            "covers": task.covers,
            "depends_on": needed_ids(task.dependency_rows.all()) if depends_on is None else depends_on,
            "subtasks": [_subtask_spec(row) for row in task.subtasks.all()] if subtasks is None else subtasks,
        }
    )


def _subtask_spec(row: Subtask) -> dict[str, Any]:
    return {"title": row.title, "description": row.description, "estimated_minutes": row.estimated_minutes}


def plan_answer_of(plan: MasterPlan) -> PlanAnswer:
    """The stored plan in the shape it was made from, as it is now. No query for plans read by ``plan_with_tree``."""
    return PlanAnswer.model_validate(
        {
            "project_name": plan.project_name,
            "description": plan.description,
            "stack": plan.stack,
            "business_logic": plan.business_logic,
            "conventions": plan.conventions,
            "entities": plan.entities,
            "design": plan.design,
            "phases": [_phase_spec(phase) for phase in plan.phases.all()],
        }
    )


def _phase_spec(phase: Phase) -> dict[str, Any]:
    return {
        "id": phase.short_id,
        "name": phase.name,
        "type": phase.type,
        "description": phase.description,
        "depends_on": needed_ids(phase.dependency_rows.all()),
        "milestones": [_milestone_spec(milestone) for milestone in phase.milestones.all()],
    }


def _milestone_spec(milestone: Milestone) -> dict[str, Any]:
    return {
        "id": milestone.short_id,
        "name": milestone.name,
        "description": milestone.description,
        "acceptance_criteria": milestone.acceptance_criteria,
        "depends_on": needed_ids(milestone.dependency_rows.all()),
        "tasks": [task_spec_of(task) for task in milestone.tasks.all()],
    }


def project_context_of(plan: MasterPlan, *, structure: Sequence[str] | None = None) -> ProjectContext:
    """What every code call of the plan shares. One query, none where its ``structure`` is given."""
    if structure is None:
        targets = Task.objects.filter(plan=plan, left_in__isnull=True).values_list("target_files", flat=True)
        structure = sorted({path for paths in targets for path in paths})
    return ProjectContext.model_validate(
        {
            "project_name": plan.project_name,
            "description": plan.description,
            "stack": plan.stack,
            "conventions": plan.conventions,
            "entities": plan.entities,
            "design": plan.design,
            "structure": structure,
        }
    )


@dataclass(frozen=True)
class StageProgress:
    """A row of the SQL views ``masterplan_phase_progress`` and ``masterplan_milestone_progress``. Minutes, percent."""

    id: uuid.UUID
    short_id: str
    name: str
    status: str
    total_tasks: int
    completed_tasks: int
    failed_tasks: int
    blocked_tasks: int
    skipped_tasks: int
    progress_percent: Decimal
    estimated_minutes: int
    actual_minutes: Decimal
    story_points: int


_STAGE_COLUMNS = """short_id, name, status, total_tasks, completed_tasks, failed_tasks, blocked_tasks, skipped_tasks,
    progress_percent, estimated_minutes, actual_minutes, story_points"""


def phase_progress(plan_id: uuid.UUID) -> list[StageProgress]:
    """Every phase, in order. One query on the SQL view."""
    sql = f"SELECT phase_id, {_STAGE_COLUMNS} FROM masterplan_phase_progress WHERE plan_id = %s ORDER BY number"  # noqa: S608 - fixed columns
    return [StageProgress(*row) for row in _rows(sql, plan_id)]


def milestone_progress(plan_id: uuid.UUID) -> list[StageProgress]:
    """Every milestone, in order. One query on the SQL view."""
    sql = f"SELECT milestone_id, {_STAGE_COLUMNS} FROM masterplan_milestone_progress WHERE plan_id = %s ORDER BY number"  # noqa: S608 - fixed columns
    return [StageProgress(*row) for row in _rows(sql, plan_id)]


@dataclass(frozen=True)
class ExecutableTask:
    """A row of the SQL view ``masterplan_executable_tasks``: pending, with every dependency done."""

    id: uuid.UUID
    short_id: str
    title: str
    priority: str
    complexity: str
    estimated_minutes: int


def executable_tasks(plan_id: uuid.UUID) -> list[ExecutableTask]:
    """By priority, then age. One query on the SQL view."""
    sql = (
        "SELECT task_id, short_id, title, priority, complexity, estimated_minutes "
        "FROM masterplan_executable_tasks WHERE plan_id = %s ORDER BY position"
    )
    return [ExecutableTask(*row) for row in _rows(sql, plan_id)]


def history_of(plan_id: uuid.UUID) -> QuerySet[PlanHistory]:
    """Every change of the plan and of what belongs to it, latest first."""
    return PlanHistory.objects.filter(plan_id=plan_id)


def _rows(sql: str, plan_id: uuid.UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [plan_id])
        return list(cursor.fetchall())
