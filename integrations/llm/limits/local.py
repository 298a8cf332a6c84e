"""Limits of one process alone, for as long as Redis does not answer."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from integrations.llm.limits.demand import Demand, Rates

SHARE = 0.5
"""The part of the limits that a process takes when it does not know of the others."""
POLL = 0.05


class LocalLimits:
    """The same rules as in `admit.lua`, without what was learned: a line, places, and buckets that refill evenly."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._line: OrderedDict[str, Demand] = OrderedDict()
        self._inside: set[str] = set()
        self._levels: dict[str, tuple[float, float]] = {}

    def admit(self, ticket: str, demand: Demand, rates: Rates) -> float | None:
        """``None`` when the call may begin, else the seconds after which to ask again."""
        allowed = {kind: rate * SHARE for kind, rate in rates.by_kind().items() if rate}
        with self._lock:
            self._line.setdefault(ticket, demand)
            if next(iter(self._line)) != ticket:
                return POLL
            if rates.calls_at_once and len(self._inside) >= max(1, int(rates.calls_at_once * SHARE)):
                return POLL
            levels = {kind: self._level(kind, rate) for kind, rate in allowed.items()}
            waits = [(min(demand.by_kind()[kind], rate) - levels[kind]) * 60 / rate for kind, rate in allowed.items()]
            if max(waits, default=0) > 0:
                return max(waits)
            for kind, level in levels.items():
                self._levels[kind] = (level - demand.by_kind()[kind], self._clock())
            del self._line[ticket]
            self._inside.add(ticket)
            return None

    def leave(self, ticket: str) -> None:
        """The call has ended, or its caller gave up waiting."""
        with self._lock:
            self._line.pop(ticket, None)
            self._inside.discard(ticket)

    def _level(self, kind: str, rate: float) -> float:
        level, at = self._levels.get(kind, (rate, self._clock()))
        return min(rate, level + (self._clock() - at) * rate / 60)


LOCAL_LIMITS = LocalLimits()
