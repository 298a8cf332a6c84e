"""Structured log lines through structlog, with the trace of the work under way."""

from __future__ import annotations

import logging
from typing import Any

import structlog

from common.actors import current_trace_id


def _with_trace(logger: Any, name: str, event: Any) -> Any:
    if trace := current_trace_id():
        event["trace_id"] = trace
    return event


_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _with_trace,
]


def configure() -> None:
    """Let structlog's loggers write through the standard library's: one form, to standard error, at one level."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def formatter(as_json: bool) -> logging.Formatter:
    """A formatter for the standard library's loggers; JSON lines in production, plain text in development."""
    last: list[Any] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
