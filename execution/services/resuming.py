"""Runs that paused because their provider was down go on by themselves when it answers again."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from common.actors import SYSTEM
from common.configuration import configuration
from common.errors import Conflict
from execution.models import Run
from execution.services.pausing import PROVIDER_DOWN
from execution.services.runs import resume_run
from execution.states import RunStatus
from integrations.llm.limits.breaker import outlook
from integrations.llm.limits.circuit import State

logger = logging.getLogger(__name__)


def resume_after_outage() -> int:
    """Resume runs whose provider is back; how many. For the reconciler.

    While the circuit is half open it is one run, whose first call finds out; the one that has waited longest, so that
    a run whose calls keep failing does not keep the others waiting.
    """
    waiting = _waiting()
    if not waiting.exists():
        return 0
    look = outlook(configuration().llm_provider)
    if look.state is State.OPEN:
        return 0
    chosen = list(waiting[:1] if look.state is State.HALF_OPEN else waiting)
    return sum(_resume(run) for run in chosen)


def _waiting() -> QuerySet[Run]:
    """Runs that paused for their provider, the longest ago first.

    Not before the shortest rest has passed: a circuit that only another process knew of looks closed from here.
    """
    rested = timezone.now() - timedelta(seconds=configuration().llm_breaker_seconds)
    paused = Run.objects.filter(status=RunStatus.PAUSED, plan__pause_reason=PROVIDER_DOWN)
    since = paused.annotate(since=Max("plan__snapshots__created_at"))
    return since.filter(since__lt=rested).select_related("plan").order_by("since")


def _resume(run: Run) -> bool:
    try:
        resume_run(plan=run.plan, actor=SYSTEM)
    except Conflict as error:  # a person was faster
        logger.info("Run %s was not resumed: %s", run.pk, error)
        return False
    return True
