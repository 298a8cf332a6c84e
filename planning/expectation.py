"""What memory expected of a plan when it was made, and what that was taken from. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from integrations.memory.forecasting import StackVote

CONFIDENT = 0.5
VOTES_NEEDED = 2
"""From here on the vote chooses the stack, where nobody named one."""


@dataclass(frozen=True)
class Expectation:
    """``precedents``: similar plans, which vote for a ``stack`` and tell how many ``tasks`` and ``minutes`` they took.

    ``factor`` corrects the sum of the estimates, from the ``factor_from`` plans that were built last.
    """

    precedents: int
    stack: StackVote | None
    tasks: float | None
    minutes: float | None
    factor: float
    factor_from: int

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Expectation | None:
        """As kept with a plan; ``None`` where nothing was."""
        if not kept:
            return None
        known = {each.name: kept[each.name] for each in fields(cls)}
        return cls(**{**known, "stack": StackVote(**known["stack"]) if known["stack"] else None})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def shown(self, *, estimated_minutes: float) -> dict[str, Any]:
        """With what follows from it for an estimate, and its origin in words."""
        return {**asdict(self), "corrected_minutes": self.corrected(estimated_minutes), "origin": self.origin}

    def corrected(self, estimated_minutes: float) -> float:
        """An estimate of the planner in minutes, corrected by how such estimates turned out so far."""
        return round(estimated_minutes * self.factor, 1)

    @property
    def recommended_stack(self) -> str:
        """The stack voted for with some confidence, or nothing."""
        vote = self.stack
        return vote.stack if vote and vote.votes >= VOTES_NEEDED and vote.confidence >= CONFIDENT else ""

    @property
    def origin(self) -> str:
        """For people: what all of this was taken from."""
        return f"{self._of_the_correction()} {self._of_the_precedents()}"

    def _of_the_correction(self) -> str:
        if not self.factor_from:
            return "No plan was built to its end yet, so the estimate is not corrected."
        return f"The estimate is multiplied by {self.factor:.2f}, from what {_plans(self.factor_from)} took before."

    def _of_the_precedents(self) -> str:
        if not self.precedents:
            return "Memory knew no similar plan."
        took = [f"{self.tasks:.0f} tasks"] if self.tasks else []
        took += [f"{self.minutes:.0f} minutes"] if self.minutes else []
        size = f" Those that succeeded had about {' and '.join(took)}." if took else ""
        vote = f" They vote for {self.stack.stack} (confidence {self.stack.confidence:.2f})." if self.stack else ""
        return f"Memory knew {_plans(self.precedents)} like it.{size}{vote}"


def _plans(count: int) -> str:
    return f"{count} plan" if count == 1 else f"{count} plans"
