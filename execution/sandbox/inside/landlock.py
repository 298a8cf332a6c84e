"""Landlock: what a process and all it starts may still touch, whatever else goes wrong around it."""

from __future__ import annotations

import ctypes
import os
import stat

from execution.sandbox.inside import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1, 2, 4, 8
_TRUNCATE, _DEVICE_CONTROL = 1 << 14, 1 << 15
_READING = _EXECUTE | _READ_FILE | _READ_DIRECTORY
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _DEVICE_CONTROL
_FILE_RIGHTS_SINCE = ((1, (1 << 13) - 1), (2, 1 << 13), (3, _TRUNCATE), (5, _DEVICE_CONTROL))
_NETWORK_SINCE, _BIND_AND_CONNECT = 4, 3
_SCOPES_SINCE, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 3


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("directory", ctypes.c_int32)]


def version() -> int:
    """The version of the interface that this kernel offers, 0 for none."""
    try:
        return kernel.call(_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def restrict(*, readable: list[str], writable: list[str], network: bool) -> None:
    """Confines this process for good; paths that do not exist are left out. Nothing happens where there is no Landlock.

    Signals and abstract sockets reach only what was started from here; without ``network`` no TCP port can be used.
    Each goes as far as the kernel's version does.
    """
    present = version()
    if not present:
        return
    rights = sum(right for since, right in _FILE_RIGHTS_SINCE if present >= since)
    ruleset = _Ruleset(rights, 0 if network or present < _NETWORK_SINCE else _BIND_AND_CONNECT, 0)
    if present >= _SCOPES_SINCE:
        ruleset.scopes = _ABSTRACT_SOCKETS_AND_SIGNALS
    size = 24 if present >= _SCOPES_SINCE else 16 if present >= _NETWORK_SINCE else 8
    descriptor = kernel.call(_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    for path in readable:
        _allow(descriptor, path, _READING)
    for path in writable:
        _allow(descriptor, path, rights)
    kernel.call(_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_FILES
        kernel.call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(_Beneath(rights, descriptor)), 0)
    finally:
        os.close(descriptor)
