"""A whole set of services for journeys alone: its own database, broker, workers, workspaces and caches.

Real processes, started with the supervisor's classes in a folder of their own, so that they can be killed without
harming anybody else. The environments of generated projects are those that `make setup` prepared.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil
import redis

from common.configuration import configuration
from devmatrix_project.services import processes
from devmatrix_project.services.accounts import service_account
from devmatrix_project.services.application import (
    ApplicationService,
    Beat,
    DefaultWorker,
    ModelWorker,
    ProcessorWorker,
)
from devmatrix_project.services.layout import PROJECT, Layout
from devmatrix_project.services.postgresql import PostgreSQL
from devmatrix_project.services.redis_server import RedisServer
from devmatrix_project.services.service import Service
from devmatrix_project.services.stack import start_together
from execution.validation.environments import Environment
from planning.stacks import STACKS
from tests.prepared import prepared_environment

APPLICATION: tuple[type[ApplicationService], ...] = (DefaultWorker, ModelWorker, ProcessorWorker, Beat)


@dataclass
class PrivateServices:
    """`settings` are environment variables of the workers and of the commands run beside them."""

    layout: Layout
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        account = service_account()
        self.postgresql = PostgreSQL(self.layout, account=account, throw_away=True)
        self.redis = RedisServer(self.layout, account=account, throw_away=True)

    @property
    def addresses(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.postgresql.url,
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": self.layout.secret("secret-key"),
            "DEVMATRIX_STATE_DIR": str(self.layout.root),
            "DEVMATRIX_WORKSPACES_DIR": str(self.layout.root / "workspaces"),
            **self.settings,
        }

    def start_data(self) -> None:
        self.layout.create()
        for stack in STACKS:
            share_prepared(self.layout, prepared_environment(stack))
        start_together([self.postgresql, self.redis])
        migrated = self.manage("migrate", "--noinput", "--verbosity", "0")
        assert migrated.returncode == 0, migrated.stderr

    def service(self, kind: type[ApplicationService]) -> ApplicationService:
        return kind(self.layout, addresses=self.addresses)

    def start(self, *kinds: type[ApplicationService]) -> None:
        """Start these processes, or all of them, and wait until they are ready."""
        start_together([self.service(kind) for kind in kinds or APPLICATION])

    def stop_application(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda kind: self.service(kind).stop(), APPLICATION))
        processes.end_working_on(self.layout.root / "caches")  # type checkers stay for the next check

    def stop(self) -> None:
        self.stop_application()
        self.redis.stop()
        self.postgresql.stop()

    def manage(self, *words: str, patience: float = 240.0, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end, as a user would."""
        return subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *words],
            env={**os.environ, **self.addresses, **settings},
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience,
        )

    @contextmanager
    def command(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A management command that goes on beside the test; it is killed by its id if the test leaves it behind."""
        with listening_to_ctrl_c():
            process = subprocess.Popen(
                [sys.executable, str(PROJECT / "manage.py"), *words],
                env={**os.environ, **self.addresses},
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis.url)

    def own_processes(self) -> list[psutil.Process]:
        """What still runs of ours: it carries our mark, works in our folder, or was given a path of it."""
        kinds: tuple[type[Service], ...] = (*APPLICATION, PostgreSQL, RedisServer)
        found = [process for kind in kinds for process in processes.marked(f"{kind.name}@{self.layout.root}")]
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if str(self.layout.root) in " ".join([process.cwd(), *process.cmdline()]):
                    found.append(process)
        return found


def share_prepared(layout: Layout, environment: Environment) -> None:
    """Lend the prepared environment, and what the type checker knows of it, to a folder that has neither."""
    known = configuration().caches_dir / "types" / environment.key / "seeds"
    types = layout.root / "caches" / "types" / environment.key
    types.mkdir(parents=True, exist_ok=True)
    for link, target in ((layout.root / "environments", environment.path.parent), (types / "seeds", known)):
        if not link.is_symlink():
            link.symlink_to(target.resolve(), target_is_directory=True)


# -- faults ------------------------------------------------------------------------------------------------------------


def family(service: Service) -> list[psutil.Process]:
    """The process of a service with everything that it has started, itself first."""
    record = service.record
    assert record is not None
    assert service.is_running(), f"{service.name} does not run"
    parent = psutil.Process(record.pid)
    return [parent, *parent.children(recursive=True)]


def children(service: Service) -> list[psutil.Process]:
    """Everything that the process of a service has started."""
    return family(service)[1:]


def kill(service: Service) -> None:
    """SIGKILL to the process and its children at once; returns when they are gone."""
    found = family(service)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    assert processes.wait_until(lambda: not service.is_running(), patience=60)
    psutil.wait_procs(found, timeout=10)


@contextmanager
def frozen(service: Service) -> Iterator[None]:
    """The process and its children stand still within the context; they go on afterwards, if they still live."""
    found = family(service)
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in found:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def listening_to_ctrl_c() -> Iterator[None]:
    """What is started within listens to Ctrl-C, also when these tests run in the background, where nobody does."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def interrupt(process: subprocess.Popen[str]) -> None:
    """Ctrl-C."""
    process.send_signal(signal.SIGINT)
