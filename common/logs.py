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


def formatter(as_json: bool) -> logging.Formatter:
    """A formatter for the standard library's loggers; JSON lines in production, plain text in development."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace,
    ]
    last: list[Any] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
