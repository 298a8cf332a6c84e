"""Stopping for good: a plan under way, or the small run of a completed one."""

from __future__ import annotations

from common.actors import Actor
from common.changes import change, emit
from common.transitions import move_if_possible, transition, transition_many
from execution import dispatch
from execution.models import Atom, Run
from execution.projection import show_after_commit
from execution.services.going_back import go_back, stop_rounds
from execution.services.runs import held_run_and_plan, latest_run
from execution.services.small_runs import begun_at
from execution.states import AtomStatus, RunStatus
from planning.models import MasterPlan, Task
from planning.services.modifications import drop_modification
from planning.services.progress import move_tasks, refresh_progress
from planning.states import PlanStatus, TaskStatus

OPEN_ATOMS = [
    AtomStatus.PENDING,
    AtomStatus.RUNNING,
    AtomStatus.RETRYING,
    AtomStatus.BLOCKED,
    AtomStatus.VALIDATING,
]
OPEN_TASKS = [
    TaskStatus.PENDING,
    TaskStatus.IN_PROGRESS,
    TaskStatus.BLOCKED,
    TaskStatus.READY_FOR_TEST,
    TaskStatus.TESTED,
]


def cancel_plan(*, plan: MasterPlan, actor: Actor, reason: str = "") -> MasterPlan:
    """Stop for good; files stay. Late results are fenced by the status of their atoms. Cancelling twice is no error.

    Of a completed plan it is the small run that is cancelled: what it changed is taken back, the plan stays completed.
    """
    with change():
        run, current = held_run_and_plan(plan.pk)
        if current.status == PlanStatus.CANCELLED:
            return current
        if current.status == PlanStatus.COMPLETED and (run is not None or _small_run_was_cancelled(current)):
            if run is not None:
                _cancel_small_run(run, actor=actor, reason=reason)
            return current
        transition(current, PlanStatus.CANCELLED, actor=actor, reason=reason, cancellation_reason=reason)
        if run is not None:
            move_if_possible(run, RunStatus.CANCELLED, actor=actor, reason=reason)
        unfinished = Task.objects.filter(plan_id=plan.pk, status__in=OPEN_TASKS).values_list("pk", flat=True)
        move_tasks(plan_id=plan.pk, task_ids=unfinished, to=TaskStatus.CANCELLED, actor=actor)
        transition_many(
            Atom.objects.filter(plan_id=plan.pk, status__in=OPEN_ATOMS),
            AtomStatus.SKIPPED,
            actor=actor,
            quiet=True,
            claim=None,
            claim_expires=None,
            awaiting_decision=False,
        )
        refresh_progress(plan.pk, actor=actor)
        drop_modification(plan.pk, actor=actor)
        emit(("plan", plan.pk), "masterplan_cancelled", {"reason": reason, "can_resume": False})
        dispatch.learn(plan.pk)
    return current


def _small_run_was_cancelled(plan: MasterPlan) -> bool:
    last = latest_run(plan.pk)
    return last is not None and last.status == RunStatus.CANCELLED


def _cancel_small_run(run: Run, *, actor: Actor, reason: str) -> None:
    """Raises ``SnapshotDoesNotFit``."""
    transition(run, RunStatus.CANCELLED, actor=actor, reason=reason, stage_claim=None, stage_claim_expires=None)
    stop_rounds(run)
    go_back(begun_at(run), actor=actor, reason="its small run was cancelled")
    MasterPlan.objects.filter(pk=run.plan_id).update(pause_reason="", pause_detail="")
    emit(
        ("plan", run.plan_id),
        "masterplan_updated",
        {"status": run.plan.status, "by": actor.name, "reason": reason or "small run cancelled", "stage": ""},
    )
    show_after_commit(run.plan)
