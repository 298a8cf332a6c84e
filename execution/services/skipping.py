"""Leaving a task out, and with it everything that needs it."""

from __future__ import annotations

import uuid
from collections import defaultdict

from common.actors import Actor
from common.changes import change
from common.errors import NotFound, TransitionConflict
from execution.models import Atom, AtomDependency, DependencyGraph
from execution.projection import show_after_commit
from execution.services.advance_stage import back_to_waves
from execution.services.leaving_out import leave_out_atoms, leave_out_tasks
from execution.services.runs import held_run
from execution.services.small_runs import NotBeingBuilt
from execution.waves.dependents import release_dependents
from execution.waves.settling import count_atoms
from planning.models import MasterPlan, Task, TaskDependency
from planning.services.progress import refresh_progress
from planning.states import TaskStatus

LEFT_OUT = [TaskStatus.SKIPPED, TaskStatus.CANCELLED]


def skip_task(*, task_id: uuid.UUID, actor: Actor, reason: str = "") -> list[Task]:
    """Leave a task and every task that needs it out of the project; answers those left out now, in order.

    Their atoms and files go too, accepted or not. Skipping again leaves out nothing more. Raises ``NotFound``,
    ``NotBeingBuilt``, ``TransitionConflict`` for a task that is done.
    """
    with change():
        plan_id = _task(task_id).plan_id
        run = held_run(plan_id)
        if run is None:
            plan = MasterPlan.objects.get(pk=plan_id)
            hint = "Tasks are skipped while their plan is built; ask for a modification of a completed one."
            raise NotBeingBuilt(f"{plan.label()} is {plan.status}, it is not being built.", hint=hint)
        leaving = tasks_left_out_with(task_id)
        _leave_out(leaving, task_id, actor, reason)
        if leaving:
            if leave_out_atoms(Atom.objects.filter(task__in=leaving), why="its task is skipped", actor=actor):
                show_after_commit(run.plan)
            release_dependents(plan_id)
            refresh_progress(plan_id, actor=actor)
            count_atoms(run)
            back_to_waves(run)
    return list(Task.objects.filter(pk__in=[task.pk for task in leaving]).order_by("number"))


def tasks_left_out_with(task_id: uuid.UUID) -> list[Task]:
    """What skipping the task would leave out: it, and what needs it by the plan or by code. Four queries.

    Raises ``NotFound``, ``TransitionConflict`` for a task that is done or cancelled; none for one that is skipped.
    """
    task = _task(task_id)
    if task.status == TaskStatus.SKIPPED:
        return []
    if task.status in (TaskStatus.DONE, TaskStatus.CANCELLED):
        raise TransitionConflict(
            item=task.label(),
            current=task.status,
            wanted=TaskStatus.SKIPPED,
            legal=task.machine.targets(task.status),
        )
    users = _users_of_tasks(task.plan_id)
    reached, frontier = {task_id}, {task_id}
    while frontier:
        frontier = {user for one in frontier for user in users[one]} - reached
        reached |= frontier
    return list(Task.objects.filter(pk__in=reached).exclude(status__in=LEFT_OUT).order_by("number"))


def _task(task_id: uuid.UUID) -> Task:
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        raise NotFound("There is no such task.")
    return task


def _users_of_tasks(plan_id: uuid.UUID) -> dict[uuid.UUID, set[uuid.UUID]]:
    """For each task those that need it; also over edges that only the order of the waves leaves out. Three queries."""
    users: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for user, needed in TaskDependency.objects.filter(task__plan_id=plan_id).values_list("task_id", "needs_id"):
        users[needed].add(user)
    graph = DependencyGraph.objects.filter(plan_id=plan_id).first()
    edges = AtomDependency.objects.filter(graph=graph) if graph else AtomDependency.objects.none()
    for needed, user in edges.values_list("source__task_id", "target__task_id").distinct():
        users[needed].add(user)
    return users


def _leave_out(tasks: list[Task], first: uuid.UUID, actor: Actor, reason: str) -> None:
    name = next((task.short_id for task in tasks if task.pk == first), "")
    for task in tasks:
        why = f"skipped: {reason}".rstrip(": ") if task.pk == first else f"skipped with {name}, which it needs"
        leave_out_tasks([task], why=why, actor=actor)
