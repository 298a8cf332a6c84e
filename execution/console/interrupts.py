"""Ctrl-C between two statements to the database, never in the middle of one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupt_waits() -> Iterator[None]:
    """A Ctrl-C that comes inside is raised as ``KeyboardInterrupt`` at the end of the block, a second one at once.

    A statement that is broken off leaves its connection unusable, also for what is done about the interruption.
    Elsewhere than in the main thread, which alone hears Ctrl-C, nothing is held back.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    previous = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if came:
        raise KeyboardInterrupt
