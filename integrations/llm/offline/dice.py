"""Chance that is no chance: the same words give the same number on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

Thing = TypeVar("Thing")


def fraction(*words: object) -> float:
    """A number from 0 up to 1 that depends on ``words`` only."""
    digest = blake2b("\x1f".join(str(word) for word in words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def pick(things: Sequence[Thing], *words: object) -> Thing:
    """One of ``things``, depending on ``words`` only."""
    return things[int(fraction(*words) * len(things))]
