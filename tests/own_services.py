"""pytest plugin: every run has its own PostgreSQL and Redis, and nobody has to start them.

One server of each per run below `.devmatrix/test/`; xdist workers share the database server (pytest-django gives each
its own database) and have a Redis each. `DATABASE_URL` and `REDIS_URL` given from outside are used instead. A plugin,
not a conftest, because the addresses must be known before pytest-django reads the settings.
"""

from __future__ import annotations

import atexit
import os
import shutil
from pathlib import Path

import pytest

from devmatrix_project.services import processes
from devmatrix_project.services.accounts import service_account
from devmatrix_project.services.layout import PROJECT, Layout
from devmatrix_project.services.locking import exclusive
from devmatrix_project.services.postgresql import PostgreSQL
from devmatrix_project.services.redis_server import RedisServer

RUN = "DEVMATRIX_TEST_RUN"  # folder of this run; set for xdist workers, which inherit the environment
RUNS = PROJECT / ".devmatrix" / "test"
OWN_POSTGRESQL = pytest.StashKey[PostgreSQL]()
OWN_REDIS = pytest.StashKey[RedisServer]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Choose the addresses; nothing is started yet, so that a run of pure tests stays fast."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        remove_abandoned_runs()
        os.environ[RUN] = str(RUNS / f"{os.getpid()}-{int(processes.born(os.getpid()) or 0)}")
    run = Layout(Path(os.environ[RUN]))
    keep_to_ourselves(run.root)
    choose_database(early_config, run, worker)
    choose_redis(early_config, run, worker)


def keep_to_ourselves(folder: Path) -> None:
    """A developer's .env or shell must not lead tests to a paid model, to other servers or to real workspaces."""
    (folder / "static").mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "ANTHROPIC_API_KEY": "",
        "CHROMA_URL": "",
        "DATABASE_IDLE_TRANSACTION_SECONDS": "0",  # a test keeps its transaction for as long as it takes
        "DEBUG": "false",
        "DEVMATRIX_DEVELOPMENT": "true",
        "DEVMATRIX_WORKSPACES_DIR": str(folder / "workspaces"),
        "LLM_PROVIDER": "offline",
        "STATIC_ROOT": str(folder / "static"),
    }


def choose_database(config: pytest.Config, run: Layout, worker: str | None) -> None:
    """The controller reserves the server's address; workers know by its record that the server is ours."""
    if os.environ.get("DATABASE_URL") and not (worker and run.record(PostgreSQL.name).exists()):
        return
    server = PostgreSQL(run, account=service_account(), throw_away=True)
    os.environ["DATABASE_URL"] = server.url
    config.stash[OWN_POSTGRESQL] = server


def choose_redis(config: pytest.Config, run: Layout, worker: str | None) -> None:
    """Every process has its own, because channels and queues know no test databases."""
    if os.environ.get("REDIS_URL") and not (worker and run.record(RedisServer.name).exists()):
        return
    layout = Layout(run.root / worker) if worker else run
    server = RedisServer(layout, account=service_account(), throw_away=True)
    os.environ["REDIS_URL"] = server.url
    config.stash[OWN_REDIS] = server


def pytest_sessionstart(session: pytest.Session) -> None:
    own = session.config.stash.get(OWN_REDIS, None)
    if own is not None and not _is_controller(session.config):
        atexit.register(own.stop)
        own.start()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started; the controller also the database server, and its folder goes."""
    controller = not os.environ.get("PYTEST_XDIST_WORKER")
    for server in (config.stash.get(OWN_REDIS, None), config.stash.get(OWN_POSTGRESQL, None)):
        if server is not None and (controller or isinstance(server, RedisServer)):
            server.stop()
            atexit.unregister(server.stop)
    if controller and RUN in os.environ:
        shutil.rmtree(os.environ.pop(RUN), ignore_errors=True)


@pytest.fixture(scope="session")
def own_postgresql(request: pytest.FixtureRequest) -> str:
    """The database server of this run, running: its `DATABASE_URL`. Tests of the database get it by themselves."""
    server = request.config.stash.get(OWN_POSTGRESQL, None)
    if server is not None:
        if not os.environ.get("PYTEST_XDIST_WORKER"):
            atexit.register(server.stop)
        with exclusive(server.layout.lock):  # the first of several workers starts it
            server.start()
    return os.environ["DATABASE_URL"]


def remove_abandoned_runs() -> None:
    """Stop and remove what runs left that were killed."""
    RUNS.mkdir(parents=True, exist_ok=True)
    with exclusive(RUNS / "lock"):
        for folder in RUNS.iterdir():
            pid, _, moment = folder.name.partition("-")
            if folder.is_dir() and moment.isdigit() and not _runs(int(pid), int(moment)):
                for layout in (Layout(folder), *(Layout(worker) for worker in folder.glob("gw*"))):
                    PostgreSQL(layout).stop()
                    RedisServer(layout).stop()
                shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int, moment: int) -> bool:
    born = processes.born(pid)
    return born is not None and abs(born - moment) < 3


def _is_controller(config: pytest.Config) -> bool:
    """Whether xdist workers run the tests, not this process."""
    return not os.environ.get("PYTEST_XDIST_WORKER") and bool(getattr(config.option, "dist", "no") != "no")
