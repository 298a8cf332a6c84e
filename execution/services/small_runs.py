"""What a person changes after completion is a small run of its own: waves, tests, report. The plan stays completed."""

from __future__ import annotations

import uuid

from django.db import IntegrityError, transaction

from common.actors import SYSTEM
from common.errors import Conflict
from execution.models import Atom, Run
from execution.services.deciding import begin_run, tell_start
from execution.services.going_back import SnapshotDoesNotFit
from execution.services.pausing import SMALL_RUN_BEGUN, take_snapshot
from execution.services.runs import held_run
from execution.states import AtomStatus, Stage
from planning.models import ExecutionSnapshot, MasterPlan
from planning.states import PlanStatus


class NotBeingBuilt(Conflict):
    code = "not_being_built"
    title = "The plan is not being built"


def run_to_change(plan_id: uuid.UUID) -> Run:
    """The open run of a plan, held until the end of the change; for a completed plan a new small one.

    Raises ``NotBeingBuilt`` for a plan that was not begun, or was given up.
    """
    run = held_run(plan_id)
    if run is not None:
        return run
    plan = MasterPlan.objects.get(pk=plan_id)
    if plan.status != PlanStatus.COMPLETED:
        raise not_being_built(plan)
    try:
        with transaction.atomic():
            return begin_small_run(plan, Stage.WAVES)
    except IntegrityError:  # somebody else began one at the same time
        return run_to_change(plan_id)


def not_being_built(plan: MasterPlan) -> NotBeingBuilt:
    """With what to do about it in the plan's state."""
    hint = {
        PlanStatus.DRAFT: "Approve and execute it; a draft is edited.",
        PlanStatus.APPROVED: "Execute it.",
        PlanStatus.FAILED: "Resume it first.",
    }.get(PlanStatus(plan.status), "Only a plan under way or completed is changed.")
    return NotBeingBuilt(f"{plan.label()} is {plan.status}, it is not being built.", hint=hint, current=plan.status)


def require_being_built(plan: MasterPlan) -> None:
    """Raises ``NotBeingBuilt`` for a plan that was not begun, or was given up."""
    if plan.status not in (PlanStatus.IN_PROGRESS, PlanStatus.PAUSED, PlanStatus.COMPLETED):
        raise not_being_built(plan)


def begin_small_run(plan: MasterPlan, stage: Stage) -> Run:
    """A run of a completed plan that begins at ``stage``. Raises ``IntegrityError`` when there is one."""
    atoms = Atom.objects.filter(plan=plan).exclude(status=AtomStatus.SKIPPED)
    run = begin_run(
        plan,
        stage=stage,
        atoms_total=atoms.count(),
        atoms_accepted=atoms.filter(status=AtomStatus.ACCEPTED).count(),
    )
    tell_start(run, tasks=0, workspace_path=plan.workspace_path)
    take_snapshot(plan.pk, reason=SMALL_RUN_BEGUN, detail="What a cancel goes back to.", actor=SYSTEM)
    return run


def begun_at(run: Run) -> ExecutionSnapshot:
    """The state in which a small run found its plan. Raises ``SnapshotDoesNotFit`` for one that kept none."""
    snapshots = ExecutionSnapshot.objects.filter(plan_id=run.plan_id, reason=SMALL_RUN_BEGUN)
    found = snapshots.filter(created_at__gte=run.started_at).order_by("created_at").first()
    if found is None:
        raise SnapshotDoesNotFit("It is not known how the plan was before this run.", hint="Let it come to its end.")
    return found
