"""Reads the event log the way watchers do: in order, from what they saw last."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from common.models import PlanEvent, Stream

MOST_EVENTS = 1000


@dataclass(frozen=True)
class EventPage:
    """Events after ``since``, at most ``MOST_EVENTS``; ``last_seq`` is that of the whole stream."""

    events: list[dict[str, Any]]
    last_seq: int

    @property
    def more(self) -> bool:
        return bool(self.events) and int(self.events[-1]["seq"]) < self.last_seq


def events_since(stream_id: uuid.UUID, since: int) -> EventPage:
    """Two queries. A stream without events is empty, not unknown."""
    last = Stream.objects.filter(pk=stream_id).values_list("last_seq", flat=True).first() or 0
    rows = PlanEvent.objects.filter(stream_id=stream_id, seq__gt=since).order_by("seq")[:MOST_EVENTS]
    events = [envelope(event) for event in rows]
    return EventPage(events, max([last, *(event["seq"] for event in events[-1:])]))


def envelope(event: PlanEvent) -> dict[str, Any]:
    """An event as it is sent to watchers."""
    return {
        "type": event.type,
        "seq": event.seq,
        "ts": event.ts.isoformat(),
        "trace_id": event.trace_id,
        "masterplan_id": str(event.masterplan_id) if event.masterplan_id else None,
        "conversation_id": str(event.conversation_id) if event.conversation_id else None,
        "data": event.data,
    }
