"""Going from one stage of the walk to the next."""

from __future__ import annotations

from django.utils import timezone

from execution import dispatch
from execution.models import Run
from execution.states import RunStatus, Stage


def enter_stage(run: Run, stage: Stage) -> None:
    """Move a run on to its next stage, keep how long the last one took, and wake it."""
    now = timezone.now()
    spent = (now - run.stage_entered_at).total_seconds()
    seconds = {**run.stage_seconds, run.stage: round(run.stage_seconds.get(run.stage, 0) + spent, 3)}
    Run.objects.filter(pk=run.pk, status__in=[RunStatus.RUNNING, RunStatus.PAUSED]).update(
        stage=stage, stage_seconds=seconds, stage_entered_at=now, stage_claim=None, stage_claim_expires=None
    )
    run.stage, run.stage_seconds, run.stage_entered_at = stage, seconds, now
    dispatch.advance_run(run.pk)
