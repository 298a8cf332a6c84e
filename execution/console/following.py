"""Follows streams of events from the log, for commands: in order, without gaps, until an end is reached."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

from common.models import PlanEvent
from execution.console.interrupts import interrupt_waits

POLL = 0.15
QUIET = 10.0
"""Seconds without an event after which it is asked whether anybody works."""


def follow(
    stream_id: uuid.UUID,
    *,
    since: int = 0,
    until: frozenset[str],
    not_before: int = 0,
    patience: float = 3600,
    when_quiet: Callable[[], None] | None = None,
) -> Iterator[PlanEvent]:
    """Events of a stream as they come, up to and with the first after ``not_before`` whose type is in ``until``.

    Ends without one when nothing at all comes for ``patience`` seconds. ``when_quiet`` is called once in ``QUIET``
    seconds without an event; what it raises ends the following.
    """
    last, quiet_since, asked = since, time.monotonic(), time.monotonic()
    while time.monotonic() - quiet_since < patience:
        with interrupt_waits():
            come = list(PlanEvent.objects.filter(stream_id=stream_id, seq__gt=last).order_by("seq"))
        for event in come:
            last, quiet_since, asked = event.seq, time.monotonic(), time.monotonic()
            yield event
            if event.type in until and event.seq > not_before:
                return
        if when_quiet is not None and time.monotonic() - asked >= QUIET:
            when_quiet()
            asked = time.monotonic()
        time.sleep(POLL)
