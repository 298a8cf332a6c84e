"""How many atoms a process works on at once, and who is next: the most urgent message that waits."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from common.configuration import configuration
from execution.dispatch import AT_ONCE_URGENT, urgency_at

KEPT = 2 * AT_ONCE_URGENT
"""Hands besides ``ATOMS_AT_ONCE``, for the first atoms of a round: a small plan waits for no call of a large one."""
URGENT = urgency_at(KEPT - 1)
"""The last level that is given those."""


@dataclass
class Hands:
    """The hands of a process, of which some are kept for what is urgent. Every method may be called from any thread."""

    free: int
    kept: int = 0
    _waiting: list[tuple[int, int, threading.Condition]] = field(default_factory=list)
    _arrivals: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def waiting(self) -> int:
        """Messages that have none yet."""
        return len(self._waiting)

    @contextmanager
    def taken(self, wanted: int, *, urgency: int) -> Iterator[Taken]:
        """As many as are free of those that are ``wanted``, at least one.

        Waits for it behind those with a lower ``urgency``, and behind those with the same that came before.
        """
        taken = Taken(self, self._take(wanted, urgency))
        try:
            yield taken
        finally:
            taken.give(taken.count)

    def _take(self, wanted: int, urgency: int) -> int:
        with self._lock:
            ours = (urgency, next(self._arrivals), threading.Condition(self._lock))
            heapq.heappush(self._waiting, ours)
            while not (self._free_for(urgency) and self._waiting[0] is ours):
                ours[2].wait()
            heapq.heappop(self._waiting)
            count = min(wanted, self._free_for(urgency))
            self.free -= count
            self._call_next()
            return count

    def give(self, number: int) -> None:
        with self._lock:
            self.free += number
            self._call_next()

    def _free_for(self, urgency: int) -> int:
        return self.free if urgency <= URGENT else max(self.free - self.kept, 0)

    def _call_next(self) -> None:
        if self._waiting and self._free_for(self._waiting[0][0]):
            self._waiting[0][2].notify()


@dataclass
class Taken:
    """Those that a message has taken and not given back yet; used by its own thread only."""

    hands: Hands
    count: int

    def give(self, number: int) -> None:
        if number:
            self.hands.give(number)
            self.count -= number


@cache
def hands() -> Hands:
    """Those of this process: ``ATOMS_AT_ONCE``, and those that are kept."""
    return Hands(configuration().atoms_at_once + KEPT, kept=KEPT)
