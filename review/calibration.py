"""Whether confidence means what it says: scores against what reviewers decided. Pure; no Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from integrations.memory.judging import Share

BINS: Final = 10
ENOUGH: Final = 5
"""Decisions that a bin needs before its share says anything."""


@dataclass(frozen=True)
class Bin:
    """Decisions on atoms whose confidence lies from ``low`` to below ``high`` (the last bin holds 1.0 too)."""

    low: float
    high: float
    confidence: float
    """The mean of the scores in it."""
    kept: Share
    """How many were approved as they were, of all that were decided."""

    @property
    def says_enough(self) -> bool:
        return self.kept.cases >= ENOUGH


def calibrate(decided: Iterable[tuple[float, bool]]) -> list[Bin]:
    """Pairs of a confidence and whether a reviewer kept the code as it was, in ten bins; those that hold any."""
    held: dict[int, list[tuple[float, bool]]] = {}
    for confidence, kept in decided:
        held.setdefault(min(int(round(confidence * BINS, 6)), BINS - 1), []).append((confidence, kept))
    return [
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            confidence=sum(confidence for confidence, _ in pairs) / len(pairs),
            kept=Share(sum(kept for _, kept in pairs), len(pairs)),
        )
        for number, pairs in sorted(held.items())
    ]


def calibration_error(bins: Iterable[Bin]) -> float | None:
    """How far confidence and decisions lie apart, 0 to 1: the mean over bins, weighted by their decisions (ECE)."""
    known = list(bins)
    total = sum(found.kept.cases for found in known)
    if not total:
        return None
    return sum(abs(found.confidence - found.kept.hits / found.kept.cases) * found.kept.cases for found in known) / total
