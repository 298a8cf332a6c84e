"""The states of a circuit breaker and what moves it among them. Pure: time and storage come from outside."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

LONGEST_OPEN = 600.0
LONGEST_ASKED_FOR = 3600.0
"""A provider may ask for a longer rest than we would take; an hour of it is believed."""


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class Circuit:
    """``failures`` in a row; ``opened`` times in a row. Open until ``open_until``, half open after it. Epoch seconds.

    While half open one call at a time is let through, the ``probe``: its end closes the circuit or opens it again.
    """

    failures: int = 0
    opened: int = 0
    open_until: float = 0.0
    probe: str = ""
    probe_until: float = 0.0
    reason: str = ""

    def state(self, now: float) -> State:
        if not self.opened:
            return State.CLOSED
        return State.OPEN if now < self.open_until else State.HALF_OPEN

    def probed_by(self, caller: str, now: float, *, lease: float) -> Circuit:
        """Make ``caller`` the probe, where the circuit is half open and has none that lives."""
        if self.state(now) is not State.HALF_OPEN or (self.probe not in {"", caller} and now < self.probe_until):
            return self
        return replace(self, probe=caller, probe_until=now + lease)

    def left_by(self, caller: str) -> Circuit:
        """Another may be the probe, where ``caller`` was it and neither closed the circuit nor opened it again."""
        return replace(self, probe="", probe_until=0.0) if self.probe == caller else self

    def failed(self, caller: str, now: float, *, most: int, rest: float, reason: str) -> Circuit:
        """One more failure: opens after ``most`` in a row, and at once when the probe failed."""
        if self.state(now) is State.OPEN:
            return self
        if self.opened:
            return self.tripped(now, rest=rest, reason=reason) if caller == self.probe else self
        counted = replace(self, failures=self.failures + 1)
        return counted.tripped(now, rest=rest, reason=reason) if counted.failures >= most else counted

    def tripped(self, now: float, *, rest: float, reason: str, asked: float = 0.0) -> Circuit:
        """Open for ``rest`` seconds, doubling with every time in a row; for longer where the provider asked for it."""
        if self.state(now) is State.OPEN:
            return replace(self, open_until=max(self.open_until, now + min(asked, LONGEST_ASKED_FOR)))
        seconds = max(min(rest * 2.0**self.opened, LONGEST_OPEN), min(asked, LONGEST_ASKED_FOR))
        return Circuit(opened=self.opened + 1, open_until=now + seconds, reason=reason)

    def to_text(self) -> str:
        return json.dumps(asdict(self))


CLOSED = Circuit()


def from_text(text: str | None) -> Circuit:
    return Circuit(**json.loads(text)) if text else CLOSED
