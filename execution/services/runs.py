"""Control of a run: start, pause, resume. Each is idempotent and correct when it races with the others."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone

from common import claims
from common.actors import Actor
from common.changes import change, emit
from common.configuration import configuration
from common.errors import Conflict, TransitionConflict
from common.transitions import transition
from execution import dispatch
from execution.models import Atom, Run
from execution.services.deciding import begin_run, tell_start
from execution.services.pausing import MARKS, pause_now
from execution.states import AtomStatus, RunStatus, Stage
from execution.switches import Switches
from planning.models import MasterPlan, Task
from planning.services.modifications import require_no_modification
from planning.states import PlanStatus


class AlreadyRunning(Conflict):
    code = "already_running"
    title = "The plan is being built already"


class NotStarted(Conflict):
    code = "not_started"
    title = "The plan was never started"


def start_run(*, plan: MasterPlan, actor: Actor, mode: str | None = None) -> Run:
    """Begin to build an approved plan, in ``mode`` as far as the flags allow it.

    Raises ``TransitionConflict`` for any other, ``AlreadyRunning`` for a second, ``ModificationWaits``.
    """
    path = configuration().workspaces_dir / str(plan.pk)
    with change():
        require_no_modification(plan.pk)
        transition(plan, PlanStatus.IN_PROGRESS, actor=actor, workspace_path=str(path))
        try:
            with transaction.atomic():
                run = begin_run(plan, asked=mode or "")
        except IntegrityError:
            raise AlreadyRunning(f"{plan.label()} has an open run.", hint="Resume or cancel that one.") from None
        tell_start(run, tasks=plan.total_tasks, workspace_path=str(path))
        dispatch.advance_run(run.pk)
    return run


def ask_to_pause(*, plan: MasterPlan, actor: Actor, reason: str = "person", note: str = "") -> bool:
    """Pause at the next safe point: what runs is finished and recorded, nothing new starts. ``note`` says why.

    ``True`` when paused at once (nothing was in flight), ``False`` when it will be. Pausing a paused plan is no error.
    """
    with change():
        run, plan = held_run_and_plan(plan.pk)
        if run is not None and run.status == RunStatus.PAUSED:
            return True
        if run is None:
            raise TransitionConflict(
                item=plan.label(),
                current=plan.status,
                wanted=PlanStatus.PAUSED,
                legal=plan.machine.targets(plan.status),
            )
        if not in_flight(run):
            return pause_now(run, reason=reason, detail=note, actor=actor)
        Run.objects.filter(pk=run.pk).update(pause_asked=reason, pause_note=note)
        return False


def resume_run(*, plan: MasterPlan, actor: Actor) -> Run:
    """Go on from the stored state; accepted work is never repeated. Resuming a running plan is no error.

    Raises ``TransitionConflict``, ``NotStarted``, ``ModificationWaits`` while a proposed change waits for a decision.
    """
    with change():
        run, plan = held_run_and_plan(plan.pk)
        require_no_modification(plan.pk)
        if run is not None and run.status == RunStatus.RUNNING:
            Run.objects.filter(pk=run.pk).update(pause_asked="", pause_note="")
            dispatch.advance_run(run.pk)
            return run
        if plan.status == PlanStatus.APPROVED:
            raise NotStarted(f"{plan.label()} was never started.", hint="Execute it.", current=plan.status)
        if run is not None and plan.status == PlanStatus.COMPLETED:  # a small run, which leaves the plan completed
            MasterPlan.objects.filter(pk=plan.pk).update(pause_reason="", pause_detail="")
        else:
            transition(plan, PlanStatus.IN_PROGRESS, actor=actor, pause_reason="", pause_detail="")
        if run is None:
            run = begin_run(plan)
        else:
            transition(run, RunStatus.RUNNING, actor=actor, pause_asked="", pause_note="")
        plan.snapshots.exclude(reason__in=MARKS).filter(resumed_at__isnull=True).update(resumed_at=timezone.now())
        emit(("plan", plan.pk), "masterplan_resumed", {"by": actor.name})
        dispatch.advance_run(run.pk)
    return run


def open_run(plan_id: uuid.UUID) -> Run | None:
    return Run.objects.filter(plan_id=plan_id, status__in=[RunStatus.RUNNING, RunStatus.PAUSED]).first()


def held_run_and_plan(plan_id: uuid.UUID) -> tuple[Run | None, MasterPlan]:
    """The open run and the plan, both held. The run first, as everything that advances it does: no deadlocks."""
    return held_run(plan_id), MasterPlan.objects.select_for_update(no_key=True).get(pk=plan_id)


def held_run(plan_id: uuid.UUID) -> Run | None:
    """The open run, held until the end of the transaction. Whoever holds the plan or atoms too takes this first."""
    unfinished = [RunStatus.RUNNING, RunStatus.PAUSED]
    return Run.objects.select_for_update(no_key=True).filter(plan_id=plan_id, status__in=unfinished).first()


def still_in(run: Run, stage: Stage) -> bool:
    """Whether the run, which is held from here on, is open and still in the stage that it was in."""
    held = held_run(run.plan_id)
    return held is not None and held.pk == run.pk and held.stage == stage


def latest_run(plan_id: uuid.UUID) -> Run | None:
    return Run.objects.filter(plan_id=plan_id).order_by("-started_at").first()


def switches_of(plan_id: uuid.UUID) -> Switches:
    """What the latest run of a plan uses; everything for a plan that was never started. One query."""
    run = latest_run(plan_id)
    return run.uses if run is not None else Switches()


def reported_run(plan_id: uuid.UUID) -> Run | None:
    """The latest run that came to its report; a small run after it may be under way."""
    return Run.objects.filter(plan_id=plan_id, report__isnull=False).order_by("-started_at").first()


def in_flight(run: Run) -> bool:
    """Whether somebody works on this run at this moment."""
    if run.stage == Stage.CODE_GENERATION:
        return Task.objects.filter(claims.alive("draft_claim"), plan_id=run.plan_id).exists()
    if run.stage == Stage.WAVES:
        rounds = run.plan.rounds.filter(claims.alive(), status="open")
        return rounds.exists() or Atom.objects.filter(plan_id=run.plan_id, status=AtomStatus.RUNNING).exists()
    return Run.objects.filter(claims.alive("stage_claim"), pk=run.pk).exists()
