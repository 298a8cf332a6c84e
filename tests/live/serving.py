"""The whole ASGI application, pages and sockets, on a port of its own in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from dataclasses import dataclass, field

import uvicorn
from asgiref.sync import sync_to_async
from django.db import connections

from devmatrix_project.asgi import application
from devmatrix_project.services.application import LARGEST_FRAME


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class LiveServer:
    """Started and stopped as often as a test likes, always at the same address."""

    port: int = field(default_factory=free_port)
    server: uvicorn.Server | None = None
    thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        config = uvicorn.Config(
            application, port=self.port, lifespan="off", log_level="error", ws="websockets-sansio",
            ws_max_size=LARGEST_FRAME, timeout_graceful_shutdown=1,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=asyncio.run, args=[_serve(self.server)], daemon=True)
        self.thread.start()
        until = time.monotonic() + 20
        while not self.server.started:
            if time.monotonic() > until:
                raise TimeoutError("The server of the test did not start.")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.server and self.thread:
            self.server.should_exit = True
            self.thread.join(20)
            self.server = self.thread = None


async def _serve(server: uvicorn.Server) -> None:
    await server.serve()
    await sync_to_async(connections.close_all)()
