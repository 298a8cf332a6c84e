"""Watching a command: its wall time, the memory of its whole tree, its end, and the end of all it started."""

from __future__ import annotations

import os
import select
import time

from execution.sandbox.inside.copying import collect
from execution.sandbox.inside.order import CPU, FINISHED, MEMORY, PROCESSES, TIMEOUT, Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from execution.sandbox.inside.order import Order

_SIGKILL, _SIGXCPU = 9, 24
_TICK = 0.1
_PAGE = 4096


def watch(order: Order, command: int) -> Reply:
    """Waits for the command, kills what it left, and answers with the collected files."""
    ending = _wait(order, command)
    if ending != FINISHED:
        os.kill(command, _SIGKILL)
    exit_code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    if ending == FINISHED and exit_code == -_SIGXCPU:
        ending = CPU
    _kill_rest(order.namespaces)
    return Reply(ending, exit_code, "", collect(order.collect))


def _wait(order: Order, command: int) -> int:
    deadline = time.monotonic() + order.wall
    poll = select.poll()
    descriptor = os.pidfd_open(command)
    poll.register(descriptor, select.POLLIN)
    try:
        while not poll.poll(_TICK * 1000):
            if time.monotonic() > deadline:
                return TIMEOUT
            processes = _descendants()
            if memory_of(processes) > order.memory:
                return MEMORY
            if len(processes) > order.processes:  # where the command's user is root the kernel's limit does not bind
                return PROCESSES
        return FINISHED
    finally:
        os.close(descriptor)


def _kill_rest(everything: bool) -> None:
    """Kills until no child is left; orphans become children of this process, so none escapes."""
    while True:
        if everything:
            _kill(-1)
        else:
            for process in _descendants():
                _kill(process)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _kill(process: int) -> None:
    try:  # noqa: SIM105 - contextlib is slow to import
        os.kill(process, _SIGKILL)
    except ProcessLookupError:
        pass  # it ended by itself


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parent = _parent(name)
            children.setdefault(parent, []).append(int(name))
    found, queue = [], [os.getpid()]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def _parent(process: str) -> int:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return -1  # it ended meanwhile


def memory_of(processes: list[int]) -> int:
    """Bytes that the processes hold for themselves (shared pages are not counted)."""
    pages = 0
    for process in processes:
        try:
            with open(f"/proc/{process}/statm", "rb") as file:
                fields = file.read().split()
        except OSError:
            continue  # it ended meanwhile
        pages += int(fields[1]) - int(fields[2])
    return pages * _PAGE
