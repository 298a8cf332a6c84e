"""Lets calls begin within a provider's limits, in the order in which they came, from any worker."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from integrations.llm.limits.demand import KINDS, Demand, Rates, Said, rates_in_force
from integrations.llm.limits.heart import LEASE, beating
from integrations.llm.limits.local import LOCAL_LIMITS
from integrations.llm.limits.shared import SharedMemoryGone, shared_memory
from integrations.llm.prices import Usage

PATIENCE_OF_THE_LINE = 10.0
"""Seconds after which somebody who has not asked again has left the line."""
SHORTEST_POLL, LONGEST_POLL = 0.02, 1.0
sleep: Callable[[float], None] = time.sleep


class NotAdmitted(Exception):
    """No place came free in time."""


@dataclass
class Admission:
    """A call on its way in, through and out. What it learns on its way is told when it leaves."""

    ticket: str
    demand: Demand
    shared: bool = True
    """Whether it was let in by the shared limits; else by those of this process."""
    used: Usage | None = None
    said: Said = field(default_factory=Said)
    hold_seconds: float = 0.0

    def answered(self, usage: Usage, said: Said) -> None:
        """Tokens read from a cache do not count against the provider's limits."""
        self.used, self.said = usage, said

    def failed(self, *, billed: bool, said: Said, hold_seconds: float = 0.0) -> None:
        """Nobody knows what a billed failure used; it stays as foreseen. ``hold_seconds``: this model has to wait."""
        self.used = None if billed else Usage()
        self.said, self.hold_seconds = said, hold_seconds

    def beyond_foreseen(self) -> tuple[int, int]:
        """Tokens of input and output that were used beyond those taken at the beginning; negative: fewer."""
        if self.used is None:
            return 0, 0
        return self.used.input + self.used.cache_written - self.demand.input, self.used.output - self.demand.output


@contextmanager
def admitted(demand: Demand, *, patience: float) -> Iterator[Admission]:
    """Wait until the call may begin; free its place at the end. Raises `NotAdmitted` after ``patience`` seconds."""
    admission = Admission(uuid.uuid4().hex, demand)
    try:
        _stand_in_line(admission, rates_in_force(), patience)
        with beating(f"slot:{admission.ticket}", lambda: _renew(admission)):
            yield admission
    finally:
        _leave(admission)


def _stand_in_line(admission: Admission, rates: Rates, patience: float) -> None:
    give_up = time.monotonic() + patience
    while (wait := _ask(admission, rates)) is not None:
        if time.monotonic() + wait > give_up:
            raise NotAdmitted(f"no place among the calls to {admission.demand.provider} in {patience:.0f} seconds")
        sleep(wait)


def _ask(admission: Admission, rates: Rates) -> float | None:
    """``None`` when let in, else the seconds to wait before asking again."""
    demand = admission.demand
    try:
        let_in, milliseconds = shared_memory().run(
            "admit",
            _keys(demand.provider),
            [
                admission.ticket,
                demand.model,
                rates.calls_at_once,
                int(LEASE * 1000),
                int(PATIENCE_OF_THE_LINE * 1000),
                demand.input,
                demand.output,
                rates.requests,
                rates.input,
                rates.output,
            ],
        )
    except SharedMemoryGone:
        admission.shared = False
        wait = LOCAL_LIMITS.admit(admission.ticket, demand, rates)
    else:
        admission.shared = True
        wait = None if let_in else milliseconds / 1000
    return None if wait is None else min(max(wait, SHORTEST_POLL), LONGEST_POLL) * random.uniform(1.0, 1.3)  # noqa: S311 - jitter


def _leave(admission: Admission) -> None:
    LOCAL_LIMITS.leave(admission.ticket)
    said = admission.said
    learned = [figure for kind in KINDS for figure in (said.limit.get(kind, -1), said.remaining.get(kind, -1))]
    with suppress(SharedMemoryGone):  # places of the dead are freed by their lease
        if admission.shared:
            shared_memory().run(
                "settle",
                _keys(admission.demand.provider),
                [
                    admission.ticket,
                    admission.demand.model,
                    *admission.beyond_foreseen(),
                    int(admission.hold_seconds * 1000),
                    *learned,
                ],
            )


def _renew(admission: Admission) -> None:
    slots = _keys(admission.demand.provider)[:1]
    shared_memory().run("renew", slots, [admission.ticket, int(LEASE * 1000)])


def _keys(provider: str) -> list[str]:
    return [f"limits:{provider}:{part}" for part in ("slots", "queue", "seen", "needs", "state")]
