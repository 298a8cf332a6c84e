"""Reads the event log the way watchers do: in order, from what they saw last."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Cast

from common.models import PlanEvent, Stream
from common.rendering import AsWritten

MOST_EVENTS = 1000
ENVELOPE = ("type", "seq", "ts", "trace_id", "masterplan_id", "conversation_id", "data")


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
    rows = PlanEvent.objects.filter(stream_id=stream_id, seq__gt=since).order_by("seq").values(*ENVELOPE)
    events = [_told(row) for row in rows[:MOST_EVENTS]]
    return EventPage(events, max([last, *(event["seq"] for event in events[-1:])]))


def written_since(stream_id: uuid.UUID, since: int) -> EventPage:
    """As ``events_since``, for ``common.rendering.to_json`` only: ``data`` is JSON as the database writes it."""
    last = Stream.objects.filter(pk=stream_id).values_list("last_seq", flat=True).first() or 0
    rows = PlanEvent.objects.filter(stream_id=stream_id, seq__gt=since).order_by("seq")
    written = rows.annotate(written=Cast("data", AsWritten())).values_list(*ENVELOPE[:-1], "written")
    events = [dict(zip(ENVELOPE, row, strict=True)) for row in written[:MOST_EVENTS]]
    for event in events:
        event["ts"] = event["ts"].isoformat()
    return EventPage(events, max([last, *(event["seq"] for event in events[-1:])]))


def envelope(event: PlanEvent) -> dict[str, Any]:
    """An event as it is sent to watchers."""
    return _told({name: getattr(event, name) for name in ENVELOPE})


def _told(row: dict[str, Any]) -> dict[str, Any]:
    row["ts"] = row["ts"].isoformat()
    for name in ("masterplan_id", "conversation_id"):
        row[name] = str(row[name]) if row[name] else None
    return row
