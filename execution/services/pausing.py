"""Pausing: a run that cannot or must not go on waits, with a snapshot, and can be resumed."""

from __future__ import annotations

import uuid

from django.db import connection
from django.db.models import Q

from common.actors import SYSTEM, Actor
from common.changes import change, emit
from common.errors import DevMatrixError, LimitReached, ServiceUnavailable
from common.transitions import move_if_possible
from execution import dispatch
from execution.models import Atom, FailureAnalysis, Run
from execution.states import AtomStatus, RunStatus
from planning.models import ExecutionSnapshot, MasterPlan, Task
from planning.selectors.modifications import open_modification
from planning.states import PlanStatus

PROVIDER_DOWN = "provider_unavailable"
"""Runs that are paused for this reason are resumed by `execution.services.resuming`."""
MODIFICATION = "modification"
"""Runs that are paused for this reason go on when the proposal is decided on, or lapses."""
PROPOSAL = "proposal_chosen"
"""Runs that are paused for this reason go on when what was chosen for a failure is done: see `execution.choosing`."""
WAITS_FOR_PAUSE = Q(choice__applied=False)
"""Of a failure: a choice was made that changes the plan, and is done when its run stands still."""
WAVE_COMPLETED = "wave_completed"
SMALL_RUN_BEGUN = "small_run_begun"
MARKS = (WAVE_COMPLETED, SMALL_RUN_BEGUN)
"""Reasons of snapshots that are taken while nothing is paused, to go back to."""
DEFECTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What code raises that is wrong about what it was given. Services that do not answer are no defects."""


class WorkBroke(DevMatrixError):
    """A defect of ours: it would come again, however often the work were tried, and be paid for each time."""

    code = "work_broke"
    title = "A step of the build broke"

    def __init__(self, what: str, defect: BaseException, *, hint: str = "") -> None:
        super().__init__(f"{what} broke: {type(defect).__name__}: {defect}", hint=hint)


_STATES = f"""
    UPDATE {ExecutionSnapshot._meta.db_table} SET
        tasks = COALESCE(
            (SELECT jsonb_object_agg(short_id, status) FROM {Task._meta.db_table} WHERE plan_id = %(plan)s), '{{}}'
        ),
        atoms = COALESCE(
            (
                SELECT jsonb_object_agg(id, jsonb_build_object('status', status, 'revision', current_id))
                FROM {Atom._meta.db_table} WHERE plan_id = %(plan)s
            ),
            '{{}}'
        ),
        running = COALESCE(
            (
                SELECT jsonb_agg(id ORDER BY number) FROM {Atom._meta.db_table}
                WHERE plan_id = %(plan)s AND status = '{AtomStatus.RUNNING}'
            ),
            '[]'
        )
    WHERE id = %(snapshot)s
"""  # noqa: S608 - names of our own


def pause_for_error(run: Run, error: DevMatrixError) -> None:
    """Stop burning attempts: a cost limit or a provider that does not answer is nothing that a retry can mend.

    Calls that fail beside each other pause a run once, and are told once.
    """
    with change():
        if not Run.objects.select_for_update(no_key=True).filter(pk=run.pk, status=RunStatus.RUNNING).exists():
            return
        emit(
            ("plan", run.plan_id),
            "error",
            {"code": error.code, "message": error.detail, "hint": error.hint},
        )
        pause_now(run, reason=_reason(error), detail=str(error), actor=SYSTEM)


def _reason(error: DevMatrixError) -> str:
    """``provider_unavailable`` mends itself; what was rejected waits for a person."""
    if isinstance(error, LimitReached):
        return "cost_limit"
    return PROVIDER_DOWN if isinstance(error, ServiceUnavailable) else error.code


def pause_now(run: Run, *, reason: str, detail: str = "", actor: Actor) -> bool:
    """Pause run and plan together. ``False`` when they were not running any more.

    A plan that is completed stays so when its small run waits; it only says why.
    """
    with change():
        plan = MasterPlan.objects.get(pk=run.plan_id)
        why = {"pause_reason": reason[:40], "pause_detail": detail}
        if not move_if_possible(run, RunStatus.PAUSED, actor=actor, reason=reason, pause_asked="", pause_note=""):
            return False
        if not move_if_possible(plan, PlanStatus.PAUSED, actor=actor, reason=reason, **why):
            MasterPlan.objects.filter(pk=plan.pk).update(**why)
        snapshot = take_snapshot(run.plan_id, reason=reason, detail=detail, actor=actor)
        emit(
            ("plan", run.plan_id),
            "masterplan_paused",
            {"reason": reason, "detail": detail, "snapshot_id": str(snapshot.pk), "can_resume": True},
        )
        waiting = open_modification(run.plan_id)
        if waiting is not None and waiting.analysed_at is None:
            dispatch.analyse_modification(waiting.pk)
        if FailureAnalysis.objects.filter(WAITS_FOR_PAUSE, plan_id=run.plan_id).exists():
            dispatch.apply_choices(run.plan_id)
    return True


def take_snapshot(plan_id: uuid.UUID, *, reason: str, detail: str, actor: Actor) -> ExecutionSnapshot:
    """The state of every task and atom. That of atoms, of which there may be thousands, does not leave the database:
    it is not in the answer.
    """
    with change():
        snapshot = ExecutionSnapshot.objects.create(
            plan_id=plan_id, taken_by=actor.name or actor.kind, reason=reason[:40], detail=detail
        )
        with connection.cursor() as cursor:
            cursor.execute(_STATES, {"plan": plan_id, "snapshot": snapshot.pk})
    return snapshot
