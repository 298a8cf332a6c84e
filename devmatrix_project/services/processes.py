"""Processes that outlive whoever started them, and are known again later without mistaking a stranger for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from devmatrix_project.services.accounts import Account
from devmatrix_project.services.errors import ServiceFailed
from devmatrix_project.services.layout import plain_write_errors, read_json, write_private

MARK = "DEVMATRIX_SERVICE"


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A started process: its pid counts only together with its time of birth (seconds since the epoch)."""

    pid: int
    born: float
    port: int | None
    fingerprint: str
    log_offset: int

    def save(self, path: Path) -> None:
        write_private(path, json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> ProcessRecord | None:
        """The record in a file; nothing when there is none or it cannot be understood."""
        content = read_json(path)
        try:
            return cls(**content) if content else None  # type: ignore[arg-type]  # checked by the next line
        except TypeError:
            return None


def spawn(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    account: Account | None = None,
    directory: Path | None = None,
) -> int:
    """Start a process in its own session, its output appended to `log`; gives the pid. Raises `ServiceFailed`."""
    with plain_write_errors(log), log.open("ab") as output:
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=dict(environment),
                start_new_session=True,
                close_fds=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        except (FileNotFoundError, PermissionError) as error:
            raise ServiceFailed(f"{command[0]} could not be run: {error}.", hint="Run `make setup` again.") from error
    # It is meant to outlive this object, which would otherwise complain about a forgotten child.
    process.returncode = 0
    return int(process.pid)


def in_foreground(command: Sequence[str], *, environment: Mapping[str, str], directory: Path | None = None) -> int:
    """Run a command on our terminal; gives its exit status. Ctrl-C is for the command: we wait until it has ended."""
    previous = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        return int(subprocess.run(list(command), env=dict(environment), cwd=directory, check=False).returncode)
    except FileNotFoundError as error:
        raise ServiceFailed(f"{command[0]} was not found.", hint="Is it the name of a program?") from error
    finally:
        signal.signal(signal.SIGINT, previous)


def born(pid: int) -> float | None:
    """When the process was started; nothing when it does not run (a dead child not yet collected does not run)."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            _collect(pid)
            return None
        return float(process.create_time())
    except psutil.NoSuchProcess:
        return None


def is_alive(record: ProcessRecord) -> bool:
    """Whether the very process of the record runs, not another that was given its pid later."""
    moment = born(record.pid)
    # The clock behind the time of birth may be corrected by a fraction of a second.
    return moment is not None and abs(moment - record.born) < 2.0


def stop(record: ProcessRecord, *, gently: signal.Signals = signal.SIGTERM, patience: float = 15.0) -> None:
    """End the process, then by force after `patience` seconds, with its children. Does nothing to strangers."""
    if not is_alive(record):
        return
    children = _children(record.pid)
    os.kill(record.pid, gently)
    if not wait_until(lambda: not is_alive(record), patience=patience):
        children = _children(record.pid)
        os.kill(record.pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(record), patience=5)
    _end(children)


def marked(mark: str) -> list[psutil.Process]:
    """The processes that carry our mark in their environment, their children included."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone, or somebody else's
    return found


def end_marked(mark: str) -> None:
    """End processes that carry our mark but are in no record: their starter was killed before it could write one."""
    _end(marked(mark))


def end_working_on(folder: Path) -> None:
    """End processes that were given a path below a private folder, such as type checkers that stay after a check."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(word.startswith(f"{folder}/") for word in process.cmdline()):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    _end(found)


def end_in_folder(folder: Path) -> None:
    """End processes working in a private folder whose parent was killed; they get a moment to leave by themselves."""
    working = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == folder:
                working.append(process)
        except (psutil.Error, OSError):
            continue
    _end(psutil.wait_procs(working, timeout=2)[1])


def _children(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _end(found: list[psutil.Process]) -> None:
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.terminate()  # psutil compares the time of birth first
    for process in psutil.wait_procs(found, timeout=3)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, timeout=3)


def _collect(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # somebody else's child


def wait_until(condition: Callable[[], bool], *, patience: float, pause: float = 0.03) -> bool:
    """Whether the condition came true within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.3, 0.3)
    return True
