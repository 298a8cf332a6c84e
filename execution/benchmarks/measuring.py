"""What a benchmark gives, and how time is taken."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One figure. ``wanted`` is the most it should be, ``least`` the least; ``None`` where nothing was promised."""

    name: str
    value: float
    unit: str
    wanted: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool | None:
        if self.wanted is None and self.least is None:
            return None
        return (self.wanted is None or self.value <= self.wanted) and (self.least is None or self.value >= self.least)


def cpu_seconds(work: Callable[[], object], *, times: int = 5) -> float:
    """Median CPU time of ``work`` in this process, after one run that is not counted."""
    work()
    taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def cpu_side_by_side(*works: Callable[[], object], times: int = 5) -> tuple[float, ...]:
    """The least CPU time of each of several works, which take turns: for ratios on a machine that others use too."""
    least = [float("inf")] * len(works)
    for _ in range(times):
        for index, work in enumerate(works):
            started = time.process_time()
            work()
            least[index] = min(least[index], time.process_time() - started)
    return tuple(least)


def wall_seconds(work: Callable[[], object], *, times: int = 5) -> float:
    """Median wall time of ``work``, after one run that is not counted."""
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
