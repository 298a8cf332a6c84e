"""All services of one checkout, in the order in which they need each other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devmatrix_project.services import processes
from devmatrix_project.services.accounts import service_account
from devmatrix_project.services.application import (
    Beat,
    Chroma,
    DefaultWorker,
    ModelWorker,
    ProcessorWorker,
    SecondModelWorker,
    Web,
)
from devmatrix_project.services.data_services import DataServices
from devmatrix_project.services.errors import failed
from devmatrix_project.services.layout import PROJECT, Layout, plain_write_errors, write_private
from devmatrix_project.services.locking import exclusive
from devmatrix_project.services.postgresql import PostgreSQL
from devmatrix_project.services.redis_server import RedisServer
from devmatrix_project.services.service import Service, Status

Tell = Callable[[str], None]


class Stack:
    """Start, stop and show. Every method may be called by several processes at once; one does the work."""

    def __init__(self, layout: Layout, *, wanted_port: int = 8000) -> None:
        self.layout = layout
        self.data = DataServices.of(layout)
        self.chroma = None if os.environ.get("CHROMA_URL") else Chroma(layout)
        self.wanted_port = wanted_port

    def addresses(self) -> dict[str, str]:
        """The settings that lead a process to these services."""
        found = {**self.data.environment(), "SECRET_KEY": self.layout.secret("secret-key")}
        found["CHROMA_URL"] = self.chroma.url if self.chroma else os.environ["CHROMA_URL"]
        return found

    def application(self) -> list[Service]:
        """The application's processes, the web server last."""
        addresses = self.addresses()
        kinds = (DefaultWorker, ModelWorker, SecondModelWorker, ProcessorWorker, Beat)
        workers: list[Service] = [kind(self.layout, addresses=addresses) for kind in kinds]
        return [*workers, self.web()]

    def web(self) -> Web:
        return Web(self.layout, addresses=self.addresses(), wanted_port=self.wanted_port)

    def up_data(self) -> None:
        """PostgreSQL and Redis only. Raises `ServiceFailed`, `CannotWrite` or `StartUnderWay`."""
        self.layout.create()
        with exclusive(self.layout.lock):
            self._start_data()

    def up(self, tell: Tell) -> None:
        """Everything. Raises `ServiceFailed`, `CannotWrite` or `StartUnderWay`; what runs by then goes on running."""
        self.layout.create()
        with exclusive(self.layout.lock):
            self._start_data()
            tell("database and broker are up")
            self._manage("migrate", "--noinput")
            tell("database is migrated")
            start_together(self.application())
            web = self.web()
            if web.port != self.wanted_port:
                tell(f"port {self.wanted_port} is in use by another program, so the page is on port {web.port}")
            tell("workers and web server are up")
            if self.chroma:
                self.chroma.launch()

    def down(self) -> None:
        """Stop all that was ever started here, the data services last. Data stay."""
        self.layout.create()
        with exclusive(self.layout.lock):
            with ThreadPoolExecutor() as pool:
                list(pool.map(lambda service: service.stop(), [*self.application(), Chroma(self.layout)]))
            # Type checkers stay for the next check, with an environment too clean to carry our mark.
            processes.end_working_on(self.layout.root / "caches")
            for service in self._own_data():
                service.stop()
            self.layout.environment_file.unlink(missing_ok=True)

    def status(self) -> list[Status]:
        services = [*self.data, *self.application(), *([self.chroma] if self.chroma else [])]
        return [service.status() for service in services]

    def _own_data(self) -> Iterable[Service]:
        # Also when DATABASE_URL is given now: they may run from a time when it was not.
        account = service_account() if any(self.data) else None
        return (RedisServer(self.layout, account=account), PostgreSQL(self.layout, account=account))

    def _start_data(self) -> None:
        start_together(list(self.data))
        lines = "".join(f"{name}={value}\n" for name, value in self.addresses().items())
        write_private(self.layout.environment_file, lines)
        with plain_write_errors(self.layout.root):
            (self.layout.root / "static").mkdir(exist_ok=True)

    def _manage(self, *arguments: str) -> None:
        log = self.layout.log(arguments[0])
        with plain_write_errors(log), log.open("wb") as output:
            done = subprocess.run(
                [sys.executable, str(PROJECT / "manage.py"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.addresses()},
                cwd=PROJECT,
                check=False,
            )
        if done.returncode != 0:
            raise failed(f"manage.py {arguments[0]} failed.", log)


def start_together(services: Iterable[Service]) -> None:
    """Start all, then wait until all are ready: their start-up times do not add up."""
    launched = [service for service in services if service.launch()]
    for service in launched:
        service.await_ready()


def python_command(words: list[str]) -> list[str]:
    """A command line for `run`: `manage.py migrate` means this environment's Python."""
    if words and Path(words[0]).suffix == ".py":
        return [sys.executable, *words]
    return words
