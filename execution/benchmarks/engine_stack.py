"""Real workers for a benchmark, on a database and a broker database of its own; nothing of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis
from celery import current_app
from django.conf import settings
from django.db import connection

from common.errors import DevMatrixError
from execution.benchmarks.scratch import scratch_database

INCLUDED = "execution.benchmarks.engine_worker"
MESSAGES = 50
"""At once of the worker that waits on models, as `make demo` starts it; each brings up to sixteen atoms."""
PLAIN, PLAIN_THREADS = "bench", 100
"""The worker of the shape without an engine, a message for each atom."""
PATIENCE = 300.0


class BenchFailed(DevMatrixError):
    code = "bench_failed"
    title = "The benchmark's workers did not do their work"


@dataclass(frozen=True)
class EngineStack:
    """``folder`` is where plans may write; ``models`` are queues of their own of the workers that wait on models."""

    folder: Path
    redis_url: str
    models: tuple[str, ...]


@contextmanager
def engine_stack(*, model_seconds: float, model_workers: int = 2) -> Iterator[EngineStack]:
    """The workers that `make demo` starts, and one for the shape without an engine. Raises ``BenchFailed``."""
    with ExitStack() as stack:
        stack.enter_context(scratch_database())
        url = stack.enter_context(empty_broker())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="devmatrix-bench-")))
        environment = {
            **os.environ,
            "DATABASE_URL": scratch_url(),
            "REDIS_URL": url,
            "DEVMATRIX_WORKSPACES_DIR": str(folder),
            "BENCH_MODEL_SECONDS": str(model_seconds),
            "LOG_LEVEL": "WARNING",
        }
        started: list[subprocess.Popen[bytes]] = []
        models = tuple(f"llm-{number}" for number in range(1, model_workers + 1))
        kinds = [
            *((f"llm,{own}", "threads", MESSAGES, "20") for own in models),
            ("cpu", "prefork", 1, "0"),
            ("default", "threads", 4, "4"),
            (PLAIN, "threads", PLAIN_THREADS, "4"),
        ]
        for queues, pool, size, connections in kinds:
            own = {**environment, "DATABASE_POOL_SIZE": connections}
            log = folder / f"{queues.split(',')[-1]}.log"
            started.append(stack.enter_context(worker(queues, pool, size, environment=own, log=log)))
        await_workers(started, folder)
        try:
            yield EngineStack(folder, url, models)
        except BenchFailed as failed:
            raise BenchFailed(failed.detail, hint=ends_of_logs(folder)) from failed


@contextmanager
def empty_broker() -> Iterator[str]:
    """An empty database of the settings' Redis server, for this process's messages too; emptied afterwards."""
    server = settings.REDIS_URL.rsplit("/", 1)[0]
    for number in range(15, 1, -1):
        url = f"{server}/{number}"
        client = redis.Redis.from_url(url)
        if client.dbsize() == 0:
            break
    else:
        raise BenchFailed("No database of the Redis server is empty.", hint="Empty one of 2 to 15.")
    before = current_app.conf.broker_url, current_app.conf.result_backend
    current_app.conf.update(broker_url=url, result_backend=url)
    try:
        yield url
    finally:
        current_app.conf.update(broker_url=before[0], result_backend=before[1])
        client.flushdb()
        client.close()


def scratch_url() -> str:
    """The address of the database in use, with the name that it has at the moment."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@contextmanager
def worker(
    queues: str, pool: str, size: int, *, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable, "-m", "celery", "--app", "devmatrix_project", "worker", "--include", INCLUDED,
        "--queues", queues, "--hostname", f"bench-{log.stem}@%h", "--pool", pool, "--concurrency", str(size),
        "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


def await_workers(workers: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    """Until all of them answer. Raises ``BenchFailed`` with their logs when one has ended, or does not answer."""
    deadline = time.monotonic() + PATIENCE
    while len(current_app.control.ping(timeout=1.0) or []) < len(workers):
        if time.monotonic() > deadline or any(worker.poll() is not None for worker in workers):
            raise BenchFailed("The workers did not start.", hint=ends_of_logs(folder))


def ends_of_logs(folder: Path) -> str:
    return "\n".join(f"{log.name}:\n{log.read_text()[-2000:]}" for log in sorted(folder.glob("*.log")))
