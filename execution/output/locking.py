"""One writer at a time, between threads of a process and between processes, released by the kernel when one dies."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from execution.output.errors import WorkspaceBusy


class FolderLock:
    """A lock on a file. The thread that holds it may take it again; everybody else waits up to ``timeout`` seconds."""

    def __init__(self, path: Path, *, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._thread_lock = threading.RLock()
        self._depth = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raises ``WorkspaceBusy`` when somebody else holds the lock for too long."""
        deadline = time.monotonic() + self._timeout
        if not self._thread_lock.acquire(timeout=self._timeout):
            raise self._busy()
        try:
            descriptor = self._take(deadline) if self._depth == 0 else None
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if descriptor is not None:
                    os.close(descriptor)
        finally:
            self._thread_lock.release()

    def _take(self, deadline: float) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise self._busy() from None
                    time.sleep(0.02)
                else:
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise

    def _busy(self) -> WorkspaceBusy:
        return WorkspaceBusy(
            f"Another process has been writing {self._path.parent.parent} for more than {self._timeout:g} seconds.",
            hint="Try again; the lock is free as soon as that process ends.",
        )
