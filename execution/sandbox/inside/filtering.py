"""A filter on system calls: what no program that is only to be tested needs, and what namespaces do not cover.

Virtual machine sockets, for one, know no network namespaces: from inside they would reach the host of the machine.
"""

from __future__ import annotations

import ctypes
import os

from execution.sandbox.inside import kernel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SET_SECCOMP, _GET_SECCOMP, _FILTER = 22, 21, 2
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NOT_PERMITTED, _NO_SUCH_CALL, _NO_SUCH_FAMILY = 1, 38, 97
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _MACHINE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_FOREIGN_NUMBERS = 0x40000000
"""Numbers from here are of another way to call the same kernel (x32), which would slip through."""
_UNIX, _INTERNET, _INTERNET6, _NETLINK = 1, 2, 10, 16
_NEW_NAMESPACES = 0x7E020080

_SAME_EVERYWHERE = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 442)
"""io_uring, the mounting calls, pidfd_getfd."""
_MACHINES: dict[str, tuple[int, int, int, int, tuple[int, ...]]] = {
    # audit number, socket, clone, clone3, and in this order: keys; bpf, perf_event_open, userfaultfd; ptrace,
    # process_vm_*, kcmp; mount, umount2, pivot_root, chroot; open_by_handle_at; kexec, modules, reboot, swap, acct;
    # clocks; names; quotactl, syslog, personality; unshare, setns; on x86 also iopl, ioperm, uselib
    "x86_64": (
        0xC000003E, 41, 56, 435,
        (248, 249, 250, 321, 298, 323, 101, 310, 311, 312, 165, 166, 155, 161, 304, 246, 320, 175, 313, 176, 169, 167,
         168, 163, 164, 227, 159, 305, 170, 171, 179, 103, 135, 272, 308, 172, 173, 134),
    ),
    "aarch64": (
        0xC00000B7, 198, 220, 435,
        (217, 218, 219, 280, 241, 282, 117, 270, 271, 272, 40, 39, 41, 51, 265, 104, 294, 105, 273, 106, 142, 224,
         225, 89, 170, 112, 171, 266, 161, 162, 60, 116, 92, 97, 268),
    ),
}  # fmt: skip

_Instruction = tuple[int, int, int, int]


class _Line(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32)]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("lines", ctypes.POINTER(_Line))]


def is_offered() -> bool:
    """Whether the kernel takes filters and we know the numbers of this machine's calls."""
    try:
        kernel.control(_GET_SECCOMP, 0)
    except OSError:
        return False
    return os.uname().machine in _MACHINES


def forbid(*, network: bool) -> None:
    """Filters the calls of this process and of all it starts, for good. Nothing happens where it is not offered.

    Without ``network`` only sockets between processes can be made.
    """
    if not is_offered():
        return
    families = (_UNIX, _INTERNET, _INTERNET6, _NETLINK) if network else (_UNIX,)
    program = list(_program(families))
    lines = (_Line * len(program))(*(_Line(*line) for line in program))
    kernel.control(_SET_SECCOMP, _FILTER, ctypes.byref(_Program(len(program), lines)))


def _program(families: Iterable[int]) -> Iterable[_Instruction]:
    machine, socket, clone, clone3, forbidden = _MACHINES[os.uname().machine]
    yield (_LOAD, 0, 0, _MACHINE_AT)
    yield (_EQUAL, 1, 0, machine)
    yield _refuse(_NO_SUCH_CALL)
    yield (_LOAD, 0, 0, _NUMBER_AT)
    yield (_AT_LEAST, 0, 1, _FOREIGN_NUMBERS)
    yield _refuse(_NO_SUCH_CALL)
    yield (_EQUAL, 0, 1, clone3)  # its flags are in memory, where no filter looks: libraries then take clone
    yield _refuse(_NO_SUCH_CALL)
    for number in (*forbidden, *_SAME_EVERYWHERE):
        yield (_EQUAL, 0, 1, number)
        yield _refuse(_NOT_PERMITTED)
    yield (_EQUAL, 0, 4, clone)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)
    yield (_ANY_BIT, 0, 1, _NEW_NAMESPACES)
    yield _refuse(_NOT_PERMITTED)
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_EQUAL, 1, 0, socket)
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)
    for family in families:
        yield (_EQUAL, 0, 1, family)
        yield (_RETURN, 0, 0, _ALLOW)
    yield _refuse(_NO_SUCH_FAMILY)


def _refuse(error: int) -> _Instruction:
    return (_RETURN, 0, 0, _ERROR | error)
