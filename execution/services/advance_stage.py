"""Going from one stage of the walk to the next, or back to the waves."""

from __future__ import annotations

from django.utils import timezone

from common.changes import emit
from execution import dispatch
from execution.models import Run
from execution.states import RunStatus, Stage

AFTER_WAVES = [Stage.GATE, Stage.INFRASTRUCTURE, Stage.TESTING, Stage.CLOSING]


def enter_stage(run: Run, stage: Stage) -> bool:
    """Move a run on from the stage it is known to be in, keep how long that took, and wake it.

    ``False`` when it is in another stage by now, or over: somebody sent it elsewhere.
    """
    now = timezone.now()
    spent = (now - run.stage_entered_at).total_seconds()
    seconds = {**run.stage_seconds, run.stage: round(run.stage_seconds.get(run.stage, 0) + spent, 3)}
    here = Run.objects.filter(pk=run.pk, stage=run.stage, status__in=[RunStatus.RUNNING, RunStatus.PAUSED])
    if not here.update(
        stage=stage, stage_seconds=seconds, stage_entered_at=now, stage_claim=None, stage_claim_expires=None
    ):
        return False
    run.stage, run.stage_seconds, run.stage_entered_at = stage, seconds, now
    emit(
        ("plan", run.plan_id),
        "masterplan_updated",
        {"status": run.plan.status, "by": "", "reason": "stage", "stage": stage.value},
    )
    dispatch.advance_run(run.pk)
    return True


def back_to_waves(run: Run) -> None:
    """A run that is past its waves goes through them again, because something was changed. Wakes it in any case."""
    if run.stage not in AFTER_WAVES or not enter_stage(run, Stage.WAVES):
        dispatch.advance_run(run.pk)
