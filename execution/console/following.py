"""Follows streams of events from the log, for commands: in order, without gaps, until an end is reached."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

from common.models import PlanEvent

POLL = 0.15


def follow(
    stream_id: uuid.UUID, *, since: int = 0, until: frozenset[str], patience: float = 3600
) -> Iterator[PlanEvent]:
    """Events of a stream as they come, up to and with the first whose type is in ``until``.

    Ends without one when nothing at all comes for ``patience`` seconds.
    """
    last, quiet_since = since, time.monotonic()
    while time.monotonic() - quiet_since < patience:
        for event in PlanEvent.objects.filter(stream_id=stream_id, seq__gt=last).order_by("seq"):
            last, quiet_since = event.seq, time.monotonic()
            yield event
            if event.type in until:
                return
        time.sleep(POLL)
