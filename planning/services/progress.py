"""Keeps counters of a plan and statuses of its phases and milestones equal to what its tasks say."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from common.actors import Actor
from common.changes import change, emit
from common.transitions import move_if_possible, transition, transition_many
from planning.models import MasterPlan, Milestone, Phase, Subtask, Task
from planning.states import StageStatus, SubtaskStatus, TaskStatus, task_progress

SETTLED = {TaskStatus.DONE, TaskStatus.SKIPPED}
STARTED = {TaskStatus.IN_PROGRESS, TaskStatus.READY_FOR_TEST, TaskStatus.TESTED, TaskStatus.FAILED}


def move_task(task: Task, to: TaskStatus, *, actor: Actor, reason: str = "", **fields: Any) -> Task:
    """Change a task's status; its subtasks follow. Raises ``TransitionConflict``. Call ``refresh_progress`` after."""
    with change():
        transition(task, to, actor=actor, reason=reason, **fields)
        _move_subtasks([task], to, actor=actor)
    return task


def move_tasks(
    *, plan_id: uuid.UUID, task_ids: Iterable[uuid.UUID], to: TaskStatus, actor: Actor, reason: str = "", **fields: Any
) -> list[Task]:
    """Move every one of these tasks for which the change is legal; answers those that moved. Subtasks follow."""
    with change():
        queryset = Task.objects.filter(plan_id=plan_id, pk__in=list(task_ids))
        moved = transition_many(queryset, to, actor=actor, reason=reason, **fields)
        _move_subtasks(moved, to, actor=actor)
    return moved


def refresh_progress(plan_id: uuid.UUID, *, actor: Actor) -> MasterPlan:
    """Recompute counters and the statuses of milestones and phases from the tasks; call it in the tasks' change.

    The plan's row is locked first, so that refreshes beside each other follow one another. Four reads and an update.
    """
    with change():
        plan = MasterPlan.objects.select_for_update(no_key=True).get(pk=plan_id)
        by_milestone: dict[uuid.UUID, list[str]] = defaultdict(list)
        progress = spent = Decimal(0)
        tasks = Task.objects.filter(plan_id=plan_id)
        for milestone_id, status, code_percent, minutes in tasks.values_list(
            "milestone_id", "status", "code_percent", "actual_minutes"
        ):
            by_milestone[milestone_id].append(status)
            progress += task_progress(status, code_percent)
            spent += minutes
        by_phase: dict[uuid.UUID, list[str]] = defaultdict(list)
        for milestone in Milestone.objects.filter(plan_id=plan_id).order_by("number"):
            statuses = by_milestone[milestone.pk]
            by_phase[milestone.phase_id] += statuses
            _follow(milestone, statuses, actor=actor)
        for phase in Phase.objects.filter(plan_id=plan_id).order_by("number"):
            _follow(phase, by_phase[phase.pk], actor=actor)
        counts = Counter(status for statuses in by_milestone.values() for status in statuses)
        _count(plan, counts, progress=progress, minutes=spent)
    return plan


def stage_status(statuses: list[str]) -> StageStatus:
    """The status of a milestone or phase with tasks in these statuses."""
    kinds = set(statuses)
    if not kinds:
        return StageStatus.PENDING
    if kinds <= SETTLED:
        return StageStatus.COMPLETED
    if kinds <= {TaskStatus.CANCELLED} | SETTLED:
        return StageStatus.CANCELLED
    if kinds & STARTED:
        return StageStatus.IN_PROGRESS
    if TaskStatus.BLOCKED in kinds:
        return StageStatus.BLOCKED
    return StageStatus.IN_PROGRESS if kinds & SETTLED else StageStatus.PENDING


def _follow(stage: Milestone | Phase, statuses: list[str], *, actor: Actor) -> None:
    wanted = stage_status(statuses)
    if stage.status == wanted:
        return
    # Not every change is legal: a stage that has begun does not go back to pending when its only begun task does.
    move_if_possible(stage, wanted, actor=actor)


def _count(plan: MasterPlan, counts: Counter[str], *, progress: Decimal, minutes: Decimal) -> None:
    """``progress`` and ``minutes`` are sums over the tasks."""
    total, before = sum(counts.values()), plan.progress_percent
    plan.total_tasks = total
    plan.completed_tasks = counts[TaskStatus.DONE]
    plan.failed_tasks = counts[TaskStatus.FAILED]
    plan.blocked_tasks = counts[TaskStatus.BLOCKED]
    plan.skipped_tasks = counts[TaskStatus.SKIPPED]
    plan.progress_percent = (progress / total).quantize(Decimal("0.01"), ROUND_HALF_UP) if total else Decimal(0)
    plan.actual_minutes = minutes
    plan.save(
        update_fields=[
            "total_tasks",
            "completed_tasks",
            "failed_tasks",
            "blocked_tasks",
            "skipped_tasks",
            "progress_percent",
            "actual_minutes",
            "updated_at",
        ]
    )
    if plan.progress_percent != before:
        emit(
            plan.event_stream(),
            "masterplan_updated",
            {"status": plan.status, "by": "", "reason": "progress", "progress_percent": float(plan.progress_percent)},
        )


def _move_subtasks(tasks: list[Task], to: str, *, actor: Actor) -> None:
    """Subtasks begin, end, are cancelled and come back with their task; the task's own event tells of it."""
    follow = {
        TaskStatus.PENDING: SubtaskStatus.PENDING,
        TaskStatus.IN_PROGRESS: SubtaskStatus.IN_PROGRESS,
        TaskStatus.DONE: SubtaskStatus.COMPLETED,
        TaskStatus.SKIPPED: SubtaskStatus.CANCELLED,
        TaskStatus.CANCELLED: SubtaskStatus.CANCELLED,
    }.get(TaskStatus(to))
    if follow is None or not tasks:
        return
    transition_many(Subtask.objects.filter(task__in=tasks), follow, actor=actor, quiet=True)
