"""The host's side of one run: start the launcher, read what the command prints, take the reply."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

from common.errors import DevMatrixError
from execution.sandbox import bubblewrap
from execution.sandbox.inside.order import CPU, FAILED, MEMORY, PROCESSES, TIMEOUT, Order, Reply
from execution.sandbox.inside.view import HOME, SYSTEM, WORKSPACE
from execution.sandbox.limits import Killed, Limits, Outcome
from execution.sandbox.reading import BoundedText, read_all

SKIPPED = (".git", "__pycache__", ".venv", "node_modules", ".mypy_cache", ".ruff_cache", ".pytest_cache")
"""Names never copied into a run."""

_SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types", "nsswitch.conf", "passwd", "group")
_OWN = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")

Way = Literal["namespaces", "bubblewrap", "limits"]
"""How a run is isolated: namespaces of our own making, those that bubblewrap makes, or only limits."""

_CODE = Path(__file__).resolve().parents[2]
_START = f"import sys; sys.path.insert(0, {str(_CODE)!r}); from execution.sandbox.inside.launcher import main; main()"
_GRACE = 5.0
"""Seconds beyond the wall time after which the host stops waiting for the watcher inside."""
_REPLY_LIMIT = 1 << 28
_ENDINGS: dict[int, Killed] = {TIMEOUT: "timeout", MEMORY: "memory", CPU: "cpu", PROCESSES: "processes"}


class SandboxFailed(DevMatrixError):
    """The command could not be started; says nothing about the command's own result."""

    code = "sandbox_failed"
    title = "The sandbox could not be set up"
    status = 503


def launch(
    command: Sequence[str],
    *,
    workspace: Path,
    limits: Limits,
    environment: Mapping[str, str],
    way: Way,
    binds: Sequence[tuple[str, str]] = (),
    collect: Sequence[str] = (),
) -> Outcome:
    """Runs ``command`` with exactly ``environment`` and waits for its end. Raises SandboxFailed."""
    with _room(way) as room:
        order = Order(
            command=list(command),
            environment={**environment, "HOME": room, "TMPDIR": room} if room else dict(environment),
            workspace=str(workspace.resolve()),
            room=room,
            binds=[tuple(pair) for pair in binds],
            collect=list(collect),
            skipped=list(SKIPPED),
            namespaces=way == "namespaces",
            network=way != "limits",
            readable=_readable(binds) if room else ["/"],
            writable=[room or WORKSPACE, *(_OWN if room else (HOME, "/tmp", "/dev"))],  # noqa: S108 - the run's own
            parent=os.getpid(),
            wall=limits.wall,
            cpu=limits.cpu,
            memory=limits.memory,
            disk=limits.disk,
            file_size=limits.file_size,
            processes=limits.processes,
            open_files=limits.open_files,
        )
        return _carry_out(order, limits, way)


@contextlib.contextmanager
def _room(way: Way) -> Iterator[str]:
    """Where the copy of the workspace goes when the run has no file system of its own, else an empty text."""
    if way != "limits":
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="devmatrix-run-", ignore_cleanup_errors=True) as room:
        yield room


def _readable(binds: Sequence[tuple[str, str]]) -> list[str]:
    """What a run without a file system of its own may read of the host's."""
    system = [f"/{name}" for name in SYSTEM]
    return [*system, *(f"/etc/{name}" for name in _SETTINGS), *(path for pair in binds for path in pair)]


def _carry_out(order: Order, limits: Limits, way: Way) -> Outcome:
    started = time.monotonic()
    out, err, answer = BoundedText(limits.output), BoundedText(limits.output), BoundedText(2 * _REPLY_LIMIT)
    reading, writing = os.pipe()
    with (
        open(reading, "rb", buffering=0),
        subprocess.Popen(
            _launcher(order, way, writing),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(writing,),
            start_new_session=True,
            env={"LC_ALL": "C.UTF-8"},
        ) as process,
    ):
        os.close(writing)
        stdin, stdout, stderr = _pipes(process)
        with contextlib.suppress(BrokenPipeError), stdin:
            stdin.write(order.to_bytes())
        streams = {stdout.fileno(): out, stderr.fileno(): err, reading: answer}
        try:
            stopped = read_all(streams, deadline=started + limits.wall + _GRACE, flood=limits.flood)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return _outcome(Reply.from_bytes(answer.raw()), stopped, out, err, time.monotonic() - started)


def _launcher(order: Order, way: Way, reply_to: int) -> list[str]:
    launcher = [sys.executable, "-I", "-S", "-c", _START, str(reply_to)]
    if way != "bubblewrap":
        return launcher
    program = bubblewrap.installed()
    if program is None:
        raise SandboxFailed("Bubblewrap is not installed.")
    return bubblewrap.wrapped(program, launcher, order)


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise SandboxFailed("The launcher has no pipes.")
    return process.stdin, process.stdout, process.stderr


def _outcome(
    reply: Reply | None, stopped: Killed | None, out: BoundedText, err: BoundedText, duration: float
) -> Outcome:
    if stopped is None and reply is None:
        raise SandboxFailed(f"The launcher ended without a reply: {err.text()[-500:].strip() or 'no output'}.")
    if reply is not None and reply.ending == FAILED:
        raise SandboxFailed(f"The command could not be started: {reply.message}.")
    killed_by = stopped or (_ENDINGS.get(reply.ending) if reply else None)
    return Outcome(
        exit_code=reply.exit_code if reply else -signal.SIGKILL,
        stdout=out.text(),
        stderr=err.text(),
        truncated=out.truncated or err.truncated,
        duration=duration,
        killed_by=killed_by,
        files=dict(reply.files) if reply else {},
    )
