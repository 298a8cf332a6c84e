"""The HTTP server itself: one thread a request, on a port of this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from integrations.llm.capabilities import UNKNOWN, capabilities
from integrations.llm.constraining import too_complex
from integrations.llm.rehearsal.answering import Understudy
from integrations.llm.rehearsal.caching import CHARACTERS_PER_TOKEN
from integrations.llm.rehearsal.wire import Answer, Event, Failure, error_body, events_of, message_body

JSON = "application/json"


class MessagesServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


class MessagesHandler(BaseHTTPRequestHandler):
    """Messages, token counts and models. Subclasses say otherwise in ``respond``."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    understudy: ClassVar[Understudy]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: what it does is seen at the other end."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("/count_tokens"):
            characters = len(json.dumps([body.get("system"), body["messages"]]))
            self.send_whole(200, JSON, json.dumps({"input_tokens": characters // CHARACTERS_PER_TOKEN}))
        elif self.path.endswith("/messages"):
            self.respond_or_refuse(body)
        else:
            self.send_failure(Failure(404, "not_found_error", "there is no such endpoint"))

    def do_GET(self) -> None:
        """The models of our table are there."""
        name = self.path.rpartition("/")[2]
        if capabilities(name) == UNKNOWN:
            self.send_failure(Failure(404, "not_found_error", f"model: {name}"))
            return
        born = "2026-01-01T00:00:00Z"
        model = {"type": "model", "id": name, "display_name": name, "created_at": born, "lifecycle": "active"}
        self.send_whole(200, JSON, json.dumps(model))

    def respond_or_refuse(self, body: dict[str, Any]) -> None:
        """As the vendor does, no schema is taken that is too complex to be compiled."""
        schema = body.get("output_config", {}).get("format", {}).get("schema", {})
        if refused := too_complex(schema):
            self.send_failure(Failure(400, "invalid_request_error", refused))
        else:
            self.respond(body)

    def respond(self, body: dict[str, Any]) -> None:
        answer, entries = self.understudy.answer(body)
        if isinstance(answer, Failure):
            self.send_failure(answer)
            return
        time.sleep(answer.begins_after)
        self.understudy.cache.answer_begins(entries)
        self.send_answer(answer, body)

    def send_answer(self, answer: Answer, body: dict[str, Any]) -> None:
        if body.get("stream"):
            self.send_stream(events_of(answer, body["model"]))
        else:
            self.send_whole(200, JSON, json.dumps(message_body(answer, body["model"])))

    def send_failure(self, failure: Failure) -> None:
        self.send_whole(
            failure.status, JSON, json.dumps(error_body(failure.type, failure.message)), headers=failure.headers
        )

    def send_stream(
        self,
        events: Iterable[Event],
        *,
        finish: bool = True,
        pause: float = 0.0,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.send_head(200, "text/event-stream", (("transfer-encoding", "chunked"), *headers))
        for name, data in events:
            time.sleep(pause)
            chunk = f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
            self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        if finish:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = not finish

    def send_whole(
        self, status: int, kind: str, text: str, *, headers: Iterable[tuple[str, str]] = (), length: int | None = None
    ) -> None:
        """``length``: what is promised, where that is not what is sent."""
        data = text.encode()
        self.send_head(status, kind, (("content-length", str(length or len(data))), *headers))
        self.wfile.write(data)
        self.close_connection = self.close_connection or length is not None

    def send_head(self, status: int, kind: str, headers: Iterable[tuple[str, str]]) -> None:
        self.send_response(status)
        for name, value in (("content-type", kind), ("request-id", self.request_id()), *headers):
            self.send_header(name, value)
        self.end_headers()

    def request_id(self) -> str:
        return f"req_{time.monotonic_ns():x}"


@contextmanager
def serving(handler: type[MessagesHandler], *, port: int = 0) -> Iterator[str]:
    """Base URL of a server for as long as the block runs; on a free port of this machine where none is named."""
    server = MessagesServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def handler_with(understudy: Understudy) -> type[MessagesHandler]:
    return type("Handler", (MessagesHandler,), {"understudy": understudy})
