"""Asks a model on behalf of a discovery, letting watchers see the tokens come in."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F

from common.changes import StreamKey, change, emit
from integrations.llm import gateway
from integrations.llm.gateway import About, Progress, Reply
from integrations.llm.shapes import Shape
from planning.models import DiscoveryDocument
from planning.services.finding import Finder

if TYPE_CHECKING:
    from integrations.llm.offline.engine import EngineOptions

SECONDS_BETWEEN_PROGRESS = 0.5


class TokenWatcher:
    """Tells how far an answer is, and what it names so far, at most every half second.

    Each is a row, and a stream may send hundreds a second.
    """

    def __init__(self, stream: StreamKey, event_type: str, finder: Finder | None = None) -> None:
        self.stream = stream
        self.event_type = event_type
        self.finder = finder
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < SECONDS_BETWEEN_PROGRESS:
            return
        self._last = now
        with change():
            emit(
                self.stream,
                self.event_type,
                {"tokens_received": progress.tokens_received, "estimated_total": progress.estimated_total},
            )
            if self.finder is not None:
                self.finder.look("".join(progress.parts))


def ask_for(
    discovery: DiscoveryDocument,
    purpose: str,
    inputs: Shape,
    *,
    event_type: str,
    attempt: int = 1,
    stream: StreamKey | None = None,
    finder: Finder | None = None,
) -> Reply[Any]:
    """One model call for a discovery, outside any transaction; watchers of ``stream``, else of its own, are told.

    With a ``finder`` also of what the answer names while it comes.
    """
    return gateway.ask(
        purpose,
        inputs,
        about=About(conversation=discovery.conversation_id, discovery=discovery.pk, trace_id=discovery.trace_id),
        attempt=attempt,
        options=engine_options_of(discovery),
        on_progress=TokenWatcher(stream or discovery.event_stream(), event_type, finder),
    )


def engine_options_of(discovery: DiscoveryDocument) -> EngineOptions | None:
    """How the offline engine is to answer, where something was said about it."""
    if not discovery.engine_options:
        return None
    from integrations.llm.offline.engine import EngineOptions  # noqa: PLC0415 - a large library

    return EngineOptions(**discovery.engine_options)


def tokens_of(reply: Reply[Any]) -> int:
    """Everything that was read and written."""
    return reply.tokens.prompt + reply.tokens.output


def spending_fields(reply: Reply[Any]) -> dict[str, Any]:
    """Column values that add a reply's tokens and cost to a discovery."""
    return {
        "tokens": F("tokens") + tokens_of(reply),
        "cost": F("cost") + Decimal(reply.cost),
        "model": reply.model,
    }
