"""The one place where memory's failures end: told in the log, answered with nothing, and left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable

ResultT = TypeVar("ResultT")
PAUSE_SECONDS = 30.0
log = structlog.get_logger(__name__)


class _Pause:
    """After a failure nobody asks for a while, so that a store that is down or slow does not slow a whole run."""

    until: float = 0.0


def quietly(action: Callable[[], ResultT], *, doing: str, instead: ResultT) -> ResultT:
    """Do something with memory; when memory fails, say so in the log and give ``instead``."""
    if time.monotonic() < _Pause.until:
        return instead
    try:
        return action()
    except MemoryUnavailable as error:
        _Pause.until = time.monotonic() + PAUSE_SECONDS
        log.warning("memory_unavailable", doing=doing, detail=error.detail, hint=error.hint)
    except EmbeddingMismatch as error:
        log.warning("memory_needs_reindex", doing=doing, detail=error.detail, hint=error.hint)
    return instead


def end_pause() -> None:
    """Ask memory again at once."""
    _Pause.until = 0.0
