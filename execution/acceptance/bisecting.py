"""Which change turned tests red: bisection over changes in the order in which they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Change = TypeVar("Change")


def first_bad(changes: Sequence[Change], is_red: Callable[[Sequence[Change]], bool], *, most: int) -> Change | None:
    """The change by which the tests turn red, all changes before it made; asks ``is_red`` at most ``most`` times.

    The tests are red with all changes. ``None`` when they are red without any, so that no change is to blame, or when
    so few questions do not tell.
    """
    if not changes or most < 1 or is_red(()):
        return None
    good, bad, asked = 0, len(changes), 1
    while bad - good > 1:
        if asked >= most:
            return None
        middle = (good + bad) // 2
        asked += 1
        if is_red(changes[:middle]):
            bad = middle
        else:
            good = middle
    return changes[bad - 1]
