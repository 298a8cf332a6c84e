"""What a provider's outage has stopped goes on when it is back: runs, steps of discoveries, answers in a chat."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from common.configuration import configuration
from integrations.llm.limits.breaker import outlook
from integrations.llm.limits.circuit import State

WaitingT = TypeVar("WaitingT", bound=Model)


def may_go_on(stopped: QuerySet[WaitingT], *, since: str) -> list[WaitingT]:
    """Those of the stopped rows that may try now, the longest waiting first; ``since`` is their field of the time.

    While the circuit is open nobody, while it is half open one, whose call finds out for all: the one that has waited
    longest, so that one whose calls keep failing does not keep the others waiting. Nobody before the shortest rest has
    passed, since a circuit that only another process knew of looks closed from here.
    """
    rested = timezone.now() - timedelta(seconds=configuration().llm_breaker_seconds)
    waiting = stopped.filter(**{f"{since}__lt": rested}).order_by(since)
    if not waiting.exists():
        return []
    state = outlook(configuration().llm_provider).state
    if state is State.OPEN:
        return []
    return list(waiting[:1] if state is State.HALF_OPEN else waiting)
