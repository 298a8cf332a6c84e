"""The Messages API on the wire: answers, streams of events, errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.llm.rehearsal.caching import Tokens

Event = tuple[str, dict[str, Any]]
PIECE = 40
"""Characters of one event of a stream, about ten tokens."""


@dataclass(frozen=True)
class Answer:
    """A whole answer. ``begins_after``: seconds until it begins."""

    text: str
    tokens: Tokens = field(default_factory=Tokens)
    output_tokens: int = 100
    stop_reason: str = "end_turn"
    begins_after: float = 0.0


@dataclass(frozen=True)
class Failure:
    """An HTTP error with the body of the API."""

    status: int
    type: str = "api_error"
    message: str = "it failed"
    headers: tuple[tuple[str, str], ...] = ()


def error_body(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def message_body(answer: Answer, model: str) -> dict[str, Any]:
    """A message as it is answered at once."""
    return {
        "id": "msg_local",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": answer.text}],
        "stop_reason": answer.stop_reason,
        "stop_sequence": None,
        "usage": usage_body(answer.tokens, answer.output_tokens),
    }


def usage_body(tokens: Tokens, output: int) -> Mapping[str, int]:
    return {
        "input_tokens": tokens.input,
        "output_tokens": output,
        "cache_creation_input_tokens": tokens.written,
        "cache_read_input_tokens": tokens.read,
    }


def events_of(answer: Answer, model: str) -> Iterator[Event]:
    """The same message as a stream."""
    begun = message_body(answer, model) | {"content": [], "stop_reason": None, "usage": usage_body(answer.tokens, 1)}
    yield "message_start", {"message": begun}
    yield "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
    for start in range(0, len(answer.text), PIECE):
        delta = {"type": "text_delta", "text": answer.text[start : start + PIECE]}
        yield "content_block_delta", {"index": 0, "delta": delta}
    yield "content_block_stop", {"index": 0}
    ends = {"delta": {"stop_reason": answer.stop_reason}, "usage": {"output_tokens": answer.output_tokens}}
    yield "message_delta", ends
    yield "message_stop", {}
