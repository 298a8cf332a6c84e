"""Two hundred watchers of one plan: how soon they see what is committed, and whether the run notices them.

The web server runs in a process of its own, the watchers in another, as they do where they matter; this one writes
events as a run does, by turns with and without watchers.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

import uvicorn
from django.contrib.auth.models import User
from knox.models import AuthToken

from common.changes import change, emit
from execution.benchmarks.measuring import Measure
from execution.benchmarks.scratch import scratch_database
from planning.models import Conversation, Workspace

WATCHERS = 200
ROUNDS = 3
COMMITS = 120
EVENTS_A_COMMIT = 3
EVERY = 0.05
"""Seconds between commits: about what a run with a hundred atoms under way tells."""
PATIENCE = 60.0
CROWD = "execution.benchmarks.crowd"


def bench_watching() -> list[Measure]:
    """200 watchers of one stream: from commit to their sockets, and what a commit costs the run beside them."""
    with scratch_database(), web_server() as address:
        owner = User.objects.create_user("bench", password=uuid.uuid4().hex)
        workspace = Workspace.objects.create(owner=owner, name="Bench", slug="bench")
        stream = Conversation.objects.create(owner=owner, workspace=workspace, title="Bench").pk
        token = AuthToken.objects.create(owner)[1]
        alone: list[float] = []
        watched: list[float] = []
        seen: list[float] = []
        for _ in range(ROUNDS):
            alone += commits(stream)[0]
            with watchers(address, token, stream) as crowd:
                taken, moments = commits(stream)
                watched += taken
                seen += delays(crowd, moments)
    seen.sort()
    return [
        Measure("commit to watcher, median", 1000 * statistics.median(seen), "ms"),
        Measure("commit to watcher, p95", 1000 * seen[int(0.95 * len(seen))], "ms", wanted=150),
        Measure(
            "commit of the run, watched against alone", statistics.median(watched) / statistics.median(alone), "x", 1.25
        ),
        Measure("events that were seen", float(len(seen)), "events"),
    ]


def commits(stream: uuid.UUID) -> tuple[list[float], dict[int, float]]:
    """Seconds that each commit took, and the moment after which each event could be seen, by its text."""
    taken: list[float] = []
    moments: dict[int, float] = {}
    for _ in range(COMMITS):
        began = time.perf_counter()
        with change():
            numbers = [time.monotonic_ns() for _ in range(EVENTS_A_COMMIT)]
            for number in numbers:
                emit(("conversation", stream), "atom_execution_progress", {"number": number})
        taken.append(time.perf_counter() - began)
        moments.update(dict.fromkeys(numbers, time.time()))
        time.sleep(max(0.0, EVERY - taken[-1]))
    return taken, moments


def delays(crowd: subprocess.Popen[str], moments: dict[int, float]) -> list[float]:
    """How long after its commit each watcher had each event. Raises ``RuntimeError`` if one did not see them all."""
    words = cast("IO[str]", crowd.stdin)
    words.write(f"{max(moments)}\n")
    words.flush()
    found: list[float] = []
    for line in cast("IO[str]", crowd.stdout):
        seen: dict[str, float] = json.loads(line)
        if not set(moments) <= set(map(int, seen)):
            raise RuntimeError("A watcher did not see every event.")
        found += [max(0.0, at - moments[int(number)]) for number, at in seen.items() if int(number) in moments]
    return found


@contextmanager
def watchers(address: str, token: str, stream: uuid.UUID) -> Iterator[subprocess.Popen[str]]:
    """A process with all watchers, each of which has joined."""
    command = [sys.executable, "-m", CROWD, address, str(stream), str(WATCHERS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as crowd:
        try:
            words = cast("IO[str]", crowd.stdin)
            words.write(f"{token}\n")
            words.flush()
            if cast("IO[str]", crowd.stdout).readline().strip() != "joined":
                raise RuntimeError("The watchers could not join.")
            yield crowd
        finally:
            crowd.kill()


@contextmanager
def web_server() -> Iterator[str]:
    """uvicorn as it is started in earnest, on the scratch database; its host and port.

    Forked before the first query, so that it has this process's settings and none of its connections.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("fork").Process(target=serve, args=[port])
    server.start()
    try:
        wait_until_ready(port)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.join()


def serve(port: int) -> None:
    uvicorn.run(
        "devmatrix_project.asgi:application",
        port=port, lifespan="off", access_log=False, log_level="warning", ws="websockets-sansio",
    )  # fmt: skip


def wait_until_ready(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/ready/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError("The web server of the benchmark did not start.")
