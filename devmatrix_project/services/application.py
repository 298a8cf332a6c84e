"""The application's own processes: web server, workers by queue, beat; and the Chroma server beside them."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path

from devmatrix_project.services import ports
from devmatrix_project.services.layout import PROJECT, Layout
from devmatrix_project.services.service import Service
from devmatrix_project.services.sources import newest_source

WEB_PORT = 8000
QUIET = ("--no-access-log", "--timeout-graceful-shutdown", "3")
LARGEST_FRAME = 2 * 1024 * 1024
"""Bytes, as for a request: what is too long is answered by us, and only far more closes the socket."""
SOCKETS = ("--ws", "websockets-sansio", "--ws-max-size", str(LARGEST_FRAME))


class ApplicationService(Service):
    """A process of this checkout's code; started anew when the code or the addresses it uses have changed."""

    def __init__(self, layout: Layout, *, addresses: Mapping[str, str]) -> None:
        super().__init__(layout)
        self.addresses = addresses

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, **self.addresses, **self.settings(), "PYTHONUNBUFFERED": "1"}

    def settings(self) -> Mapping[str, str]:
        """Settings of this process alone. PostgreSQL's connections are shared, so each says how many it pools."""
        return {"DATABASE_POOL_SIZE": "4"}

    def fingerprint_parts(self) -> list[str]:
        return [*super().fingerprint_parts(), *sorted(map(str, self.addresses.items())), newest_source(PROJECT)]

    def folder(self) -> Path:
        return PROJECT


class Web(ApplicationService):
    """Pages, REST and sockets, served by uvicorn."""

    name = "web"
    patience = 60.0

    def __init__(self, layout: Layout, *, addresses: Mapping[str, str], wanted_port: int = WEB_PORT) -> None:
        super().__init__(layout, addresses=addresses)
        self.wanted_port = wanted_port

    @property
    def url(self) -> str:
        return f"http://{ports.LOOPBACK}:{self.port}"

    def where(self) -> str:
        return self.url

    def choose_port(self) -> int:
        return ports.first_free_from(self.wanted_port)

    def prepare(self) -> None:
        if self.port != self.wanted_port and ports.is_free(self.wanted_port):
            self._reserve(self.wanted_port)  # another program had it last time

    def command(self) -> Sequence[str]:
        options = ["--host", ports.LOOPBACK, "--port", str(self.port), "--lifespan", "off"]
        return [sys.executable, "-m", "uvicorn", "devmatrix_project.asgi:application", *options, *QUIET, *SOCKETS]

    def is_ready(self) -> bool:
        return _http_status(self._health) == HTTPStatus.OK

    def complaint(self) -> str:
        status = _http_status(self._health)
        return f"{self._health} answered {status}. " if status else ""

    @property
    def _health(self) -> str:
        return f"{self.url}/api/v1/health/"


class Worker(ApplicationService):
    """A Celery worker of some queues."""

    listens = False
    patience = 60.0
    stop_patience = 10.0
    pool = "threads"
    concurrency = 4
    queues: Sequence[str] = ()

    def command(self) -> Sequence[str]:
        return [
            *_celery("worker"), "--queues", ",".join(self.queues), "--hostname", f"{self.name}@%h", "--pool", self.pool,
            "--concurrency", str(self.concurrency), "--loglevel", "INFO", "--without-gossip", "--without-mingle",
        ]  # fmt: skip

    def is_ready(self) -> bool:
        """It says so in its log after it has connected to the broker and consumes."""
        return b" ready." in self.log_since_start()

    def where(self) -> str:
        return "queues " + ", ".join(self.queues)


class ModelWorker(Worker):
    """Waits on models: many threads, hardly any work. A message may bring several atoms, ``ATOMS_AT_ONCE`` in all."""

    name = "worker-llm"
    concurrency = 50
    queues = ("llm",)

    def settings(self) -> Mapping[str, str]:
        return {"DATABASE_POOL_SIZE": "20"}


class SecondModelWorker(ModelWorker):
    """Python runs one thread of a process at a time: two take in the answers of a wave in half the time."""

    name = "worker-llm-2"


class ProcessorWorker(Worker):
    """Validates and runs sandboxes: one process per core."""

    name = "worker-cpu"
    pool = "prefork"
    concurrency = os.cpu_count() or 2
    queues = ("cpu",)

    def settings(self) -> Mapping[str, str]:
        # A pool cannot be shared by forked processes; a lost one gives its message back.
        return {"DATABASE_POOL_SIZE": "0", "TASK_REJECT_ON_WORKER_LOST": "true"}


class DefaultWorker(Worker):
    """Callbacks, planning, reconciling."""

    name = "worker-default"
    queues = ("default", "maintenance")


class Beat(ApplicationService):
    """Sends the periodic tasks."""

    name = "beat"
    listens = False

    def command(self) -> Sequence[str]:
        schedule = str(self.layout.data(self.name) / "schedule")
        return [*_celery("beat"), "--schedule", schedule, "--pidfile=", "--loglevel", "INFO"]

    def prepare(self) -> None:
        self.layout.data(self.name).mkdir(mode=0o700, exist_ok=True)

    def is_ready(self) -> bool:
        return b"beat: Starting" in self.log_since_start()

    def where(self) -> str:
        return "periodic tasks"


class Chroma(Service):
    """The vector store's server: its embedded client is not safe from several processes. Nothing waits for it."""

    name = "chroma"
    waits = False

    @property
    def url(self) -> str:
        """`CHROMA_URL` of the application."""
        return f"http://{ports.LOOPBACK}:{self.port}"

    def command(self) -> Sequence[str]:
        program = Path(sys.executable).parent / "chroma"
        options = ["--path", str(self.layout.data(self.name)), "--host", ports.LOOPBACK, "--port", str(self.port)]
        return [str(program), "run", *options]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "ANONYMIZED_TELEMETRY": "False"}

    def prepare(self) -> None:
        self.layout.data(self.name).mkdir(mode=0o700, exist_ok=True)

    def folder(self) -> Path:
        return self.layout.data(self.name)

    def is_ready(self) -> bool:
        return _http_status(f"{self.url}/api/v2/heartbeat") == HTTPStatus.OK


def _celery(kind: str) -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "devmatrix_project", kind]


def _http_status(url: str) -> int | None:
    """The status of an answer; nothing when there was none."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy to ourselves
    try:
        with opener.open(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None
