"""One change of the truth: rows, history and events in one transaction, the stream's counter taken last.

Taking the counter last keeps the time in which a plan's stream is locked short, and keeps the order of locks the same
everywhere (items first, streams after), so that changes running beside each other do not deadlock.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from common import push
from common.actors import Actor, current_trace_id
from common.models import PlanEvent, PlanHistory
from common.signals import events_told
from common.statements import insert_all

StreamKey = tuple[str, uuid.UUID]

_current: ContextVar[Change | None] = ContextVar("change", default=None)


@dataclass
class Change:
    """Collects what is to be told; written when the outermost ``change()`` ends."""

    events: dict[StreamKey, list[PlanEvent]] = field(default_factory=dict)
    history: list[PlanHistory] = field(default_factory=list)

    def write(self) -> None:
        insert_all(self.history)
        for (kind, stream_id), events in sorted(self.events.items(), key=lambda pair: str(pair[0][1])):
            last = _advance(kind, stream_id, by=len(events))
            for offset, event in enumerate(events):
                event.seq = last - len(events) + 1 + offset
            insert_all(events)
            push.after_commit(stream_id, last)
            _tell_after_commit(events)


def _tell_after_commit(events: list[PlanEvent]) -> None:
    transaction.on_commit(lambda: events_told.send(sender=Change, events=events), robust=True)


@contextmanager
def change() -> Iterator[Change]:
    """A transaction whose history and events are written at its end. Nested calls join the outermost."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    with transaction.atomic():
        mine = Change()
        token = _current.set(mine)
        try:
            yield mine
        finally:
            _current.reset(token)
        mine.write()


def emit(stream: StreamKey, event_type: str, data: Mapping[str, Any]) -> None:
    """Put an event into a stream, within the change under way or one of its own."""
    kind, stream_id = stream
    with change() as current:
        current.events.setdefault(stream, []).append(
            PlanEvent(
                stream_id=stream_id,
                type=event_type,
                data=dict(data),
                masterplan_id=stream_id if kind == "plan" else None,
                conversation_id=stream_id if kind == "conversation" else None,
                trace_id=current_trace_id(),
            )
        )


def remember(
    *,
    plan_id: uuid.UUID | None,
    change_type: str,
    actor: Actor,
    item_type: str,
    item_id: uuid.UUID,
    item_label: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add a row to the history, within the change under way or one of its own."""
    with change() as current:
        current.history.append(
            PlanHistory(
                plan_id=plan_id,
                change_type=change_type,
                actor_kind=actor.kind,
                actor_id=actor.id,
                actor_name=actor.name,
                item_type=item_type,
                item_id=item_id,
                item_label=item_label[:300],
                before=dict(before or {}),
                after=dict(after or {}),
                reason=reason,
                trace_id=current_trace_id(),
            )
        )


def _advance(kind: str, stream_id: uuid.UUID, *, by: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO common_stream (id, kind, last_seq) VALUES (%s, %s, %s) "
            "ON CONFLICT (id) DO UPDATE SET last_seq = common_stream.last_seq + EXCLUDED.last_seq RETURNING last_seq",
            [stream_id, kind, by],
        )
        row = cursor.fetchone()
    return int(row[0])
