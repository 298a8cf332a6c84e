"""Giving up privileges: the command runs as a user of its own, in a user namespace of its own, under limits."""

from __future__ import annotations

import os
import resource

from execution.sandbox.inside import filtering, kernel, landlock
from execution.sandbox.inside.view import USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from execution.sandbox.inside.order import Order


def become(order: Order, owner: int | None) -> None:
    """Replaces this process by the command; returns only by raising OSError.

    With ``owner`` the process becomes that user, then user ``USER`` of a new user namespace: limits on processes are
    counted per namespace, so runs do not disturb each other. Executing as an ordinary user there drops every
    capability, and further user namespaces are forbidden.
    """
    os.setsid()
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    if owner is not None:
        _drop_to(owner)
    kernel.control(kernel.SET_NO_NEW_PRIVILEGES, 1)
    _limit(order)
    landlock.restrict(readable=order.readable, writable=order.writable, network=order.network)
    filtering.forbid(network=order.network)
    _execute(order)


def _execute(order: Order) -> None:
    """Looks along PATH itself: ``os.execvpe`` imports a module, and ours are out of sight by now."""
    name = order.command[0]
    directories = [""] if "/" in name else order.environment.get("PATH", "").split(":")
    for directory in directories:
        path = os.path.join(directory, name)
        if os.access(path, os.X_OK):
            os.execve(path, order.command, order.environment)  # noqa: S606 - no shell is what is wanted
    raise FileNotFoundError(2, f"no such command: {name}")


def _drop_to(owner: int) -> None:
    if owner != os.geteuid():
        os.setgroups([])
        os.setresgid(owner, owner, owner)
        os.setresuid(owner, owner, owner)
    # Undumpable like the watcher it was forked from, the process could not write its own maps.
    kernel.control(kernel.SET_DUMPABLE, 1)
    kernel.unshare(kernel.NEW_USER)
    map_user(inside=USER, user=owner, group=owner)
    _write("/proc/sys/user/max_user_namespaces", "0")


def map_user(*, inside: int, user: int, group: int) -> None:
    """Maps one user and one group of the parent namespace to ``inside`` in the namespace just entered."""
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{inside} {user} 1")
    _write("/proc/self/gid_map", f"{inside} {group} 1")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _limit(order: Order) -> None:
    limits = (
        (resource.RLIMIT_CPU, order.cpu, order.cpu + 1),
        (resource.RLIMIT_AS, order.memory, order.memory),
        (resource.RLIMIT_FSIZE, order.file_size, order.file_size),
        (resource.RLIMIT_NPROC, order.processes, order.processes),
        (resource.RLIMIT_NOFILE, order.open_files, order.open_files),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for kind, soft, hard in limits:
        ceiling = resource.getrlimit(kind)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(kind, (soft, hard))
