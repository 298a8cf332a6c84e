"""A real HTTP server that speaks the Messages API, with server-sent events, and misbehaves as a script tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from integrations.llm.rehearsal import wire
from integrations.llm.rehearsal.caching import Tokens
from integrations.llm.rehearsal.server import JSON, MessagesHandler, serving
from integrations.llm.rehearsal.wire import Failure

__all__ = ["Answer", "ErrorInStream", "Failure", "Page", "Raw", "Script", "Step", "messages_server"]


@dataclass(frozen=True)
class Answer:
    """An answer, well-formed unless it says otherwise. ``cut_after``: close after so many pieces of its text."""

    text: str
    input_tokens: int = 1_000
    output_tokens: int = 100
    cache_written: int = 0
    cache_read: int = 0
    stop_reason: str = "end_turn"
    cut_after: int | None = None
    end_quietly: bool = False
    """When cut, end the body properly, as a proxy does that gives up."""
    pause: float = 0.0
    """Seconds before anything is said."""
    pause_between: float = 0.0
    """Seconds before each event of a stream."""
    headers: tuple[tuple[str, str], ...] = ()
    usage: object = ...
    """What is said of usage instead of figures that are right."""

    def message(self, model: str) -> dict[str, Any]:
        return self._with_usage(wire.message_body(self._wire(), model))

    def events(self, model: str) -> Iterator[wire.Event]:
        for name, data in wire.events_of(self._wire(), model):
            if name == "message_start":
                yield name, {"message": self._with_usage(data["message"])}
            else:
                yield name, self._with_usage(data)

    def _wire(self) -> wire.Answer:
        tokens = Tokens(self.input_tokens, read=self.cache_read, written=self.cache_written)
        return wire.Answer(self.text, tokens, self.output_tokens, self.stop_reason)

    def _with_usage(self, data: dict[str, Any]) -> dict[str, Any]:
        return data | {"usage": self.usage} if "usage" in data and self.usage is not ... else data


@dataclass(frozen=True)
class Raw:
    """Any body, called what one likes."""

    body: str
    kind: str = JSON
    status: int = 200


def Page(status: int = 200) -> Raw:
    """A web page where an API should be."""
    return Raw("<html><body>Welcome</body></html>", "text/html", status)


@dataclass(frozen=True)
class ErrorInStream:
    """A stream that begins well and then says that it failed."""

    type: str = "overloaded_error"


Step = Answer | Failure | Raw | ErrorInStream


@dataclass
class Script:
    """What to answer, in turn; the last one again and again. ``seen`` holds the bodies and headers that came.

    ``models``: what to answer to questions about a model; without it, those of our table are there.
    """

    steps: list[Step]
    models: Failure | Raw | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, body: dict[str, Any], headers: dict[str, str]) -> Step:
        with self.lock:
            self.seen.append(body)
            self.headers.append(headers)
            return self.steps[min(len(self.seen), len(self.steps)) - 1]


@contextmanager
def messages_server(script: Script) -> Iterator[str]:
    """Base URL of a server on a free port of this machine, for as long as the block runs."""

    class Handler(ScriptedHandler):
        wanted = script

    with serving(Handler) as address:
        yield address


class ScriptedHandler(MessagesHandler):
    """Does what its script says next."""

    wanted: Script

    def do_GET(self) -> None:
        if self.wanted.models is None:
            super().do_GET()
        else:
            self.perform(self.wanted.models, {})

    def respond(self, body: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.perform(self.wanted.next(body, headers), body)

    def perform(self, step: Step, body: dict[str, Any]) -> None:
        if isinstance(step, Failure):
            self.send_failure(step)
        elif isinstance(step, Raw):
            self.send_whole(step.status, step.kind, step.body)
        elif isinstance(step, ErrorInStream):
            begun = next(Answer("").events("a-model"))
            self.send_stream([begun, ("error", wire.error_body(step.type, "no"))])
        else:
            time.sleep(step.pause)
            self.answer_streamed(step, body) if body.get("stream") else self.answer_whole(step, body)

    def answer_whole(self, answer: Answer, body: dict[str, Any]) -> None:
        text = json.dumps(answer.message(body["model"]))
        if answer.cut_after is None:
            self.send_whole(200, JSON, text, headers=answer.headers)
        else:
            self.send_whole(200, JSON, text[: len(text) // 2], length=len(text.encode()))

    def answer_streamed(self, answer: Answer, body: dict[str, Any]) -> None:
        before_text = 2
        events = islice(
            answer.events(body["model"]), None if answer.cut_after is None else before_text + answer.cut_after
        )
        finish = answer.cut_after is None or answer.end_quietly
        self.send_stream(events, finish=finish, pause=answer.pause_between, headers=answer.headers)

    def request_id(self) -> str:
        return f"req_{len(self.wanted.seen)}"
