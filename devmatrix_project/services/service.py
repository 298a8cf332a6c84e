"""What all services have in common: start once, reuse, heal, tell when ready, stop."""

from __future__ import annotations

import hashlib
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from devmatrix_project.services import ports, processes
from devmatrix_project.services.accounts import Account
from devmatrix_project.services.errors import failed
from devmatrix_project.services.layout import Layout
from devmatrix_project.services.processes import ProcessRecord

LONG_LOG = 20 * 1024**2  # bytes; one older log is kept


class State(StrEnum):
    """What is known of a service."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPED = "stopped"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Status:
    """One line of `status`; `where` is an address without secrets."""

    name: str
    state: State
    pid: int | None
    where: str
    log: Path


class Service(ABC):
    """One long-running process. Callers hold the lock of the layout around `start` and `stop`."""

    name: ClassVar[str]
    patience: ClassVar[float] = 60.0  # seconds until it must be ready
    reuse_patience: float = 5.0  # seconds until one that runs already must answer
    gently: ClassVar[signal.Signals] = signal.SIGTERM
    stop_patience: float = 15.0
    listens: ClassVar[bool] = True
    waits: ClassVar[bool] = True  # False: start-up does not wait for it

    def __init__(self, layout: Layout, *, account: Account | None = None) -> None:
        self.layout = layout
        self.account = account

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command line. No secrets in it: everybody on the machine can read it."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Ask the service itself, as its users would."""

    def environment(self) -> Mapping[str, str]:
        """The process environment; by default ours."""
        return os.environ

    @property
    def mark(self) -> str:
        """Put into the environment of the process: shows whose it is even when no record of it could be written."""
        return f"{self.name}@{self.layout.root}"

    def prepare(self) -> None:  # noqa: B027 - most have nothing to do
        """Make what must exist before the process starts, and mend what a crash left."""

    def settle(self) -> None:  # noqa: B027 - most have nothing to do
        """Finish what can only be done once it is ready."""

    def complaint(self) -> str:
        """What it answered instead of being ready, as a sentence; empty when it answered nothing."""
        return ""

    def where(self) -> str:
        """Its address, without secrets."""
        return f"{ports.LOOPBACK}:{self.port}" if self.listens else ""

    @property
    def log(self) -> Path:
        return self.layout.log(self.name)

    @property
    def record(self) -> ProcessRecord | None:
        return ProcessRecord.load(self.layout.record(self.name))

    @property
    def port(self) -> int:
        """The port it has, had, or will have: kept over restarts so that clients find it again."""
        record = self.record
        if record is None or record.port is None:
            record = self._reserve(self.choose_port())
        return record.port or 0

    def choose_port(self) -> int:
        return ports.free_port()

    def fingerprint(self) -> str:
        """Changes when a running process would no longer be what `start` would start."""
        return hashlib.sha256("\0".join(self.fingerprint_parts()).encode()).hexdigest()[:16]

    def fingerprint_parts(self) -> list[str]:
        return list(self.command())

    def log_since_start(self) -> bytes:
        """What the process wrote to its log, without what earlier ones wrote."""
        record = self.record
        if record is None or not self.log.exists():
            return b""
        with self.log.open("rb") as stream:
            stream.seek(min(record.log_offset, self.log.stat().st_size))
            return stream.read(262_144)

    def is_running(self) -> bool:
        record = self.record
        return record is not None and record.pid > 0 and processes.is_alive(record)

    def start(self) -> bool:
        """Make it run and answer; gives whether a process had to be started. Raises `ServiceFailed`."""
        if self.launch():
            self.await_ready()
            return True
        return False

    def launch(self) -> bool:
        """Start the process unless the wanted one runs already; does not wait until it is ready."""
        record = self.record
        if record is not None and record.pid > 0 and processes.is_alive(record):
            if record.fingerprint == self.fingerprint() and (
                not self.waits or self._answers(patience=self.reuse_patience)
            ):
                return False
            self.stop()
        self.layout.create()
        self._put_long_log_aside()
        processes.end_marked(self.mark)
        if self.listens and not ports.is_free(self.port):
            self._reserve(self.choose_port())
        self.prepare()
        self._spawn()
        return True

    def await_ready(self) -> None:
        """Wait until it answers. Raises `ServiceFailed` with the end of its log, and leaves nothing running."""
        if self._answers(patience=self.patience):
            self.settle()
            return
        died = not self.is_running()
        what = "died while starting" if died else f"was not ready after {self.patience:.0f} s"
        complaint = self.complaint()
        self.stop()
        raise failed(f"{self.name} {what}. {complaint}".strip(), self.log)

    def stop(self) -> None:
        """End it; the data stay. Does nothing when it does not run."""
        record = self.record
        if record is not None and record.pid > 0:
            processes.stop(record, gently=self.gently, patience=self.stop_patience)
            processes.end_marked(self.mark)  # what it started in sessions of their own
            self._reserve(record.port)

    def status(self) -> Status:
        record = self.record
        pid = record.pid if record and record.pid > 0 else None
        if pid is None:
            state = State.STOPPED
        elif not self.is_running():
            state, pid = State.DIED, None
        else:
            state = State.RUNNING if self.is_ready() else State.STARTING
        return Status(name=self.name, state=state, pid=pid, where=self.where(), log=self.log)

    def _answers(self, *, patience: float) -> bool:
        processes.wait_until(lambda: self.is_ready() or not self.is_running(), patience=patience)
        return self.is_running() and self.is_ready()

    def _put_long_log_aside(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LONG_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _spawn(self) -> None:
        log_offset = self.log.stat().st_size if self.log.exists() else 0
        port = self.port if self.listens else None
        pid = processes.spawn(
            self.command(),
            log=self.log,
            environment={**self.environment(), processes.MARK: self.mark},
            account=self.account,
            directory=self.folder(),
        )
        moment = processes.born(pid) or 0.0
        ProcessRecord(pid, moment, port, self.fingerprint(), log_offset).save(self.layout.record(self.name))

    def folder(self) -> Path | None:
        """The working directory of the process."""
        return None

    def _reserve(self, port: int | None) -> ProcessRecord:
        self.layout.create()
        record = ProcessRecord(pid=0, born=0.0, port=port, fingerprint="", log_offset=0)
        record.save(self.layout.record(self.name))
        return record
