"""Starts one command in its own namespaces, or only under limits, and watches it to its end.

Three processes: the launcher enters the namespaces; its child is the first process of the new pid namespace, builds the
view, watches and collects; the grandchild gives up every privilege and becomes the command. When the first process
ends the kernel kills whatever the command left behind.
"""

from __future__ import annotations

import os
import sys

from execution.sandbox.inside import kernel
from execution.sandbox.inside.copying import copy_tree
from execution.sandbox.inside.order import FAILED, Order, Reply
from execution.sandbox.inside.privileges import become, map_user
from execution.sandbox.inside.view import build_view
from execution.sandbox.inside.watching import watch

_SIGKILL = 9
_NOBODY = 65534
"""The host's user of a command whose launcher is root: as root the limit on processes would not bind."""


def main() -> None:
    """Reads the order from standard input and writes the reply to the descriptor named in the first argument."""
    reply_to = int(sys.argv[1])
    os.set_inheritable(reply_to, False)
    with open(0, "rb", closefd=False) as stream:
        order = Order.from_bytes(stream.read())
    kernel.control(kernel.SET_DEATH_SIGNAL, _SIGKILL)
    if order.parent and os.getppid() != order.parent:  # another process id namespace knows it by no number
        os._exit(1)
    try:
        if order.namespaces:
            _enter_and_watch(order, reply_to)
        else:
            _watch_limited(order, reply_to)
    except OSError as error:
        _send(reply_to, Reply(FAILED, 0, str(error)))


def _enter_and_watch(order: Order, reply_to: int) -> None:
    root = os.geteuid() == 0 and _is_mapped(_NOBODY)
    flags = kernel.NEW_NAMESPACE | kernel.NEW_UTS | kernel.NEW_IPC | kernel.NEW_PID | kernel.NEW_NET
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(flags if root else flags | kernel.NEW_USER)
    if not root:
        map_user(inside=0, user=user, group=group)
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    try:
        kernel.control(kernel.SET_DEATH_SIGNAL, _SIGKILL)
        kernel.control(kernel.SET_DUMPABLE, 0)
        kernel.set_hostname("sandbox")
        _bring_loopback_up()
        owner = _NOBODY if root else 0
        build_view(order, owner)
        reply = _start_and_watch(order, owner)
    except OSError as error:
        reply = Reply(FAILED, 0, str(error))
    _send(reply_to, reply)
    os._exit(0)


def _is_mapped(user: int) -> bool:
    """Whether this user namespace knows the user; in a container without subordinate users only one is known."""
    with open("/proc/self/uid_map", "rb") as file:
        ranges = [line.split() for line in file]
    return any(int(first) <= user < int(first) + int(count) for first, _, count in ranges)


def _watch_limited(order: Order, reply_to: int) -> None:
    kernel.control(kernel.SET_SUBREAPER, 1)
    copy_tree(order.workspace, order.room, frozenset(order.skipped), None)
    os.chdir(order.room)
    _send(reply_to, _start_and_watch(order, None))


def _start_and_watch(order: Order, owner: int | None) -> Reply:
    """``owner`` is the user to become, seen from here; None keeps the present one and its privileges."""
    reading, writing = os.pipe()
    command = os.fork()
    if command == 0:
        try:
            become(order, owner)
        except OSError as error:
            os.write(writing, str(error).encode())
        finally:
            os._exit(127)
    os.close(writing)
    with open(reading, "rb") as stream:
        problem = stream.read()  # ends when the command is executed: the pipe closes with it
    if problem:
        os.waitpid(command, 0)
        return Reply(FAILED, 0, problem.decode())
    return watch(order, command)


def _bring_loopback_up() -> None:
    import _socket  # the high-level module costs 5 ms
    import fcntl
    import struct

    get_flags, set_flags, up = 0x8913, 0x8914, 1
    probe = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        answer = fcntl.ioctl(probe.fileno(), get_flags, struct.pack("16sH14s", b"lo", 0, b""))
        flags = struct.unpack("16sH14s", answer)[1]
        fcntl.ioctl(probe.fileno(), set_flags, struct.pack("16sH14s", b"lo", flags | up, b""))
    finally:
        probe.close()


def _send(reply_to: int, reply: Reply) -> None:
    data = reply.to_bytes()
    while data:
        data = data[os.write(reply_to, data) :]
