"""A real HTTP server that speaks the Messages API, with server-sent events, and misbehaves as a script tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A well-formed answer. ``cut_after``: close the connection after so many pieces of its text."""

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


@dataclass(frozen=True)
class Failure:
    """An HTTP error with the body of the API, or any other body."""

    status: int
    type: str = "api_error"
    message: str = "it failed"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """A web page where an API should be."""

    html: str = "<html><body>Welcome</body></html>"
    status: int = 200


@dataclass(frozen=True)
class ErrorInStream:
    """A stream that begins well and then says that it failed."""

    type: str = "overloaded_error"


Step = Answer | Failure | Page | ErrorInStream


@dataclass
class Script:
    """What to answer, in turn; the last one again and again. ``seen`` holds the bodies and headers that came."""

    steps: list[Step]
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

    class Handler(_Handler):
        wanted = script

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wanted: Script

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Tests read what came from the script instead."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        step = self.wanted.next(body, headers)
        if isinstance(step, Answer) and step.pause:
            time.sleep(step.pause)
        if isinstance(step, Failure):
            self._whole(step.status, "application/json", _error(step), step.headers)
        elif isinstance(step, Page):
            self._whole(step.status, "text/html", step.html, ())
        elif isinstance(step, ErrorInStream):
            self._stream(
                [_start(Answer("")), ("error", {"type": "error", "error": {"type": step.type, "message": "no"}})]
            )
        elif body.get("stream"):
            self._answer_streamed(step)
        else:
            self._answer_whole(step, body["model"])

    def _answer_whole(self, answer: Answer, model: str) -> None:
        message = {**_message(answer, model), "content": [{"type": "text", "text": answer.text}]}
        message["stop_reason"] = answer.stop_reason
        text = json.dumps(message)
        if answer.cut_after is not None:
            self._head(200, "application/json", (), length=len(text.encode()))
            self.wfile.write(text.encode()[: len(text) // 2])
            self.close_connection = True
            return
        self._whole(200, "application/json", text, ())

    def _answer_streamed(self, answer: Answer) -> None:
        pieces = [answer.text[i : i + 40] for i in range(0, len(answer.text), 40)]
        events = [
            _start(answer),
            ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
            *(
                ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": piece}})
                for piece in pieces[: answer.cut_after]
            ),
        ]
        if answer.cut_after is None:
            events += [
                ("content_block_stop", {"index": 0}),
                (
                    "message_delta",
                    {"delta": {"stop_reason": answer.stop_reason}, "usage": {"output_tokens": answer.output_tokens}},
                ),
                ("message_stop", {}),
            ]
        self._stream(events, finish=answer.cut_after is None or answer.end_quietly, pause=answer.pause_between)

    def _stream(self, events: list[tuple[str, dict[str, Any]]], *, finish: bool = True, pause: float = 0.0) -> None:
        self._head(200, "text/event-stream", (("transfer-encoding", "chunked"),))
        for name, data in events:
            time.sleep(pause)
            chunk = f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        if finish:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = not finish

    def _whole(self, status: int, kind: str, text: str, headers: tuple[tuple[str, str], ...]) -> None:
        self._head(status, kind, headers, length=len(text.encode()))
        self.wfile.write(text.encode())

    def _head(self, status: int, kind: str, headers: tuple[tuple[str, str], ...], length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("request-id", f"req_{len(self.wanted.seen)}")
        if length is not None:
            self.send_header("content-length", str(length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()


def _error(failure: Failure) -> str:
    return json.dumps({"type": "error", "error": {"type": failure.type, "message": failure.message}})


def _message(answer: Answer, model: str) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": answer.input_tokens,
            "output_tokens": answer.output_tokens,
            "cache_creation_input_tokens": answer.cache_written,
            "cache_read_input_tokens": answer.cache_read,
        },
    }


def _start(answer: Answer) -> tuple[str, dict[str, Any]]:
    message = _message(answer, "claude-sonnet-5-5")
    message["usage"] = {**message["usage"], "output_tokens": 1}
    return ("message_start", {"message": message})
