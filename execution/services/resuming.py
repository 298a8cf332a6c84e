"""Runs that paused because their provider was down go on by themselves when it answers again."""

from __future__ import annotations

import logging

from django.db.models import Max, Q

from common.actors import SYSTEM
from common.errors import Conflict
from execution.models import Run
from execution.services.pausing import PROVIDER_DOWN
from execution.services.runs import resume_run
from execution.states import RunStatus
from integrations.llm.limits.recovery import may_go_on

logger = logging.getLogger(__name__)


def resume_after_outage() -> int:
    """Resume runs whose provider is back; how many. For the reconciler."""
    paused = Run.objects.filter(status=RunStatus.PAUSED, plan__pause_reason=PROVIDER_DOWN).select_related("plan")
    since_their_pause = paused.annotate(
        since=Max("plan__snapshots__created_at", filter=Q(plan__snapshots__reason=PROVIDER_DOWN))
    )
    return sum(_resume(run) for run in may_go_on(since_their_pause, since="since"))


def _resume(run: Run) -> bool:
    try:
        resume_run(plan=run.plan, actor=SYSTEM)
    except Conflict as error:  # a person was faster
        logger.info("Run %s was not resumed: %s", run.pk, error)
        return False
    return True
