"""One starter at a time: an advisory lock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devmatrix_project.services.errors import StartUnderWay
from devmatrix_project.services.layout import plain_write_errors


@contextmanager
def exclusive(path: Path, *, patience: float = 180.0) -> Iterator[None]:
    """Hold the lock file; raises `StartUnderWay` after `patience` seconds."""
    with plain_write_errors(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = path.read_text() or "unknown"
                raise StartUnderWay(
                    f"Process {holder} has been starting or stopping the services for {patience:.0f} s.",
                    hint="Wait for it, or end that process and start again.",
                ) from None
            time.sleep(0.05)
        else:
            return
