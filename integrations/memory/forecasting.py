"""What earlier plans say of a new one: the stack they vote for, how large it will be, how long it will take. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import geometric_mean, median
from typing import Final

PRIOR: Final = 1.0
"""Weight of not knowing: the confidence of a vote approaches 1 only with many votes."""
PRIOR_CASES: Final = 3
"""So many plans that were exactly on time are counted with those that were not."""
WIDEST: Final = 20
"""How many past plans the correction of estimates is taken from, latest first."""


@dataclass(frozen=True)
class Precedent:
    """An earlier plan like the new one. ``minutes`` is what it took, 0 where that is not known."""

    stack: str
    tasks: int
    minutes: float
    similarity: float
    succeeded: bool = True


@dataclass(frozen=True)
class StackVote:
    """``confidence`` 0 to 1: the winner's share of all weight, not knowing counted as one vote."""

    stack: str
    confidence: float
    votes: int


@dataclass(frozen=True)
class Forecast:
    """Tasks and minutes of similar plans, weighted by similarity; ``None`` where there is none."""

    tasks: float | None
    minutes: float | None
    precedents: int


def stack_vote(precedents: Iterable[Precedent], *, among: Sequence[str]) -> StackVote | None:
    """Each success votes for its stack by its similarity, each failure against it. ``None`` when nobody votes for one.

    Ties go to the stack named first in ``among``.
    """
    weights: dict[str, float] = defaultdict(float)
    votes: dict[str, int] = defaultdict(int)
    total = 0.0
    for plan in precedents:
        if plan.stack not in among:
            continue
        weights[plan.stack] += plan.similarity if plan.succeeded else -plan.similarity
        votes[plan.stack] += 1
        total += plan.similarity
    liked = [stack for stack in among if weights[stack] > 0]
    if not liked:
        return None
    best = max(liked, key=lambda stack: weights[stack])
    return StackVote(best, round(weights[best] / (total + PRIOR), 3), votes[best])


def forecast(precedents: Iterable[Precedent]) -> Forecast:
    """What plans that succeeded say of the size of a similar one."""
    succeeded = [plan for plan in precedents if plan.succeeded and plan.similarity > 0]
    timed = [plan for plan in succeeded if plan.minutes > 0]
    return Forecast(
        tasks=_mean([(plan.tasks, plan.similarity) for plan in succeeded]),
        minutes=_mean([(plan.minutes, plan.similarity) for plan in timed]),
        precedents=len(succeeded),
    )


def correction(ratios: Sequence[float]) -> float:
    """What to multiply an estimate by, from actual over estimated minutes of past plans, latest first.

    The median, so that one stray plan moves little, drawn towards 1 (in logarithms) while there are few.
    """
    known = [ratio for ratio in ratios if ratio > 0][:WIDEST]
    if not known:
        return 1.0
    return geometric_mean([median(known)] * len(known) + [1.0] * PRIOR_CASES)


def _mean(weighted: list[tuple[float, float]]) -> float | None:
    total = sum(weight for _, weight in weighted)
    return sum(value * weight for value, weight in weighted) / total if total else None
