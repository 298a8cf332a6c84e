"""When an atom is put before a person, and how urgent that is (quality: Review queue). Pure; no Django."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final, Literal

from execution.confidence import ConfidenceLevel, level_of

Why = Literal["attempts_spent", "low_confidence", "sample", "asked"]
Priority = Literal["high", "normal", "low"]

DOUBTFUL_BELOW: Final = 0.70
URGENT_BELOW: Final = 0.50
LOWEST_SHARE: Final = 0.15
"""Share of a plan's atoms that ``bulk-create`` takes, unless told otherwise."""
EASY_LINES: Final = 20
EASY_COMPLEXITY: Final = 5
EASY_SECONDS: Final = 30
"""What an easy item should take at most, at the median (quality: Review queue)."""
_HASH_RANGE: Final = 2**64


@dataclass(frozen=True)
class Settled:
    """What the rule looks at. ``identity`` stays the same however often the rule is asked about one atom."""

    identity: str
    awaits_decision: bool
    accepted: bool
    written_by_person: bool
    confidence: float | None
    passed: bool = False
    """It waits for a person although nothing is wrong with it."""


def why_review(atom: Settled, *, sample_share: float) -> Why | None:
    """The reason to ask a person about this atom, or ``None``. What a person wrote is not asked about again."""
    if atom.awaits_decision:
        return "low_confidence" if atom.passed else "attempts_spent"
    if not atom.accepted or atom.written_by_person:
        return None
    if atom.confidence is not None and atom.confidence < DOUBTFUL_BELOW:
        return "low_confidence"
    return "sample" if in_sample(atom.identity, sample_share) else None


def in_sample(identity: str, share: float) -> bool:
    """Whether a hash of ``identity`` falls into ``share`` (0 to 1): random among atoms, the same at every asking."""
    digest = hashlib.blake2b(identity.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * _HASH_RANGE


def priority_of(why: Why, confidence: float | None) -> Priority:
    """High below 0.50 and where the atom holds others back; low for the random sample."""
    if why == "attempts_spent" or (confidence is not None and confidence < URGENT_BELOW):
        return "high"
    return "low" if why == "sample" else "normal"


def level_for(confidence: float | None) -> ConfidenceLevel:
    """The level of a score; an atom that never passed has none, and nothing speaks for it."""
    return "critical" if confidence is None else level_of(confidence)


def is_easy(*, lines: int, complexity: int, wrote_code: bool) -> bool:
    """Whether deciding took no more than reading something short and simple."""
    return lines <= EASY_LINES and complexity <= EASY_COMPLEXITY and not wrote_code
