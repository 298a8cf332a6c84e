"""Keeps what this process holds in the shared memory alive, from one thread, so that leases can be short.

A process that dies stops renewing, and within a lease others have its places, its markers and its probe.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from integrations.llm.limits.shared import SharedMemoryGone

LEASE = 20.0

_held: dict[str, Callable[[], object]] = {}
_lock = threading.Lock()
_thread_pid = 0


@contextmanager
def beating(name: str, renew: Callable[[], object]) -> Iterator[None]:
    """Call ``renew`` three times in a lease while the body runs."""
    with _lock:
        _held[name] = renew
        _ensure_heart()
    try:
        yield
    finally:
        with _lock:
            _held.pop(name, None)


def renew_held() -> None:
    """Renew everything that this process holds; what cannot be renewed now is tried next time."""
    with _lock:
        renewals = list(_held.values())
    for renew in renewals:
        try:
            renew()
        except SharedMemoryGone:
            return


def _ensure_heart() -> None:
    global _thread_pid  # noqa: PLW0603 - one heart per process, and a forked child needs its own
    if _thread_pid != os.getpid():
        _thread_pid = os.getpid()
        threading.Thread(target=_beat, name="llm-limits", daemon=True).start()


def _beat() -> None:
    while True:
        threading.Event().wait(LEASE / 3)
        renew_held()
