"""The one place where memory's failures end: told in the log, answered with nothing, and left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from integrations.memory import store
from integrations.memory.errors import EmbeddingMismatch, MemoryOff, MemoryUnavailable

ResultT = TypeVar("ResultT")
PAUSE_SECONDS = 30.0
log = structlog.get_logger(__name__)


class _Pause:
    """After a failure nobody of this process asks for a while, so that a store that is slow does not slow a run.

    After the while one thread tries, and the others go on without memory until it has found out.
    """

    until: float = 0.0
    trouble: MemoryUnavailable | EmbeddingMismatch | None = None
    lock = threading.Lock()


def guarded(action: Callable[[], ResultT], *, doing: str) -> ResultT:
    """Do something with memory unless it failed a moment ago. Raises `MemoryUnavailable`, `EmbeddingMismatch`."""
    with _Pause.lock:
        known = current_trouble()
        if known is not None:
            raise type(known)(known.detail, hint=known.hint)
        if _Pause.trouble is not None:
            _Pause.until = time.monotonic() + PAUSE_SECONDS
    try:
        result = action()
    except MemoryOff:
        raise
    except (MemoryUnavailable, EmbeddingMismatch) as error:
        _Pause.until = time.monotonic() + PAUSE_SECONDS
        _Pause.trouble = type(error)(error.detail, hint=error.hint)
        event = "memory_needs_reindex" if isinstance(error, EmbeddingMismatch) else "memory_unavailable"
        log.warning(event, doing=doing, detail=error.detail, hint=error.hint)
        store.forget_client()  # a store that was restarted or mended is met with a new connection
        raise
    end_pause()
    return result


def quietly(action: Callable[[], ResultT], *, doing: str, instead: ResultT) -> ResultT:
    """As `guarded`, giving ``instead`` when memory fails."""
    try:
        return guarded(action, doing=doing)
    except (MemoryUnavailable, EmbeddingMismatch):
        return instead


def current_trouble() -> MemoryUnavailable | EmbeddingMismatch | None:
    """Why memory is left alone by this process just now; nothing when it is not."""
    return _Pause.trouble if time.monotonic() < _Pause.until else None


def end_pause() -> None:
    """Ask memory again at once."""
    _Pause.until, _Pause.trouble = 0.0, None
