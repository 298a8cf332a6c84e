"""Whether memory helps: how items ended that were given something, compared with those that were not. Pure.

Wilson's interval for a share, Newcombe's (method 10) for the difference of two; no claim on few cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal

Z: Final = 1.959964
"""Two sides, 95%."""
ENOUGH: Final = 20
"""Cases that each side needs before anything is said."""

Verdict = Literal["helps", "hurts", "no_difference", "too_few"]


@dataclass(frozen=True)
class Share:
    """``hits`` of ``cases``; the interval holds the true share in 95 of 100 such samples."""

    hits: int
    cases: int

    @property
    def rate(self) -> float | None:
        return self.hits / self.cases if self.cases else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval; everything is possible where there is no case."""
        if not self.cases:
            return 0.0, 1.0
        p, n = self.hits / self.cases, self.cases
        middle = p + Z * Z / (2 * n)
        spread = Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        scale = 1 + Z * Z / n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


@dataclass(frozen=True)
class Comparison:
    """Items that were given what memory found, and items that were not."""

    given: Share
    without: Share

    @property
    def difference(self) -> float | None:
        """Rate of those with memory less the rate of those without."""
        if self.given.rate is None or self.without.rate is None:
            return None
        return self.given.rate - self.without.rate

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true difference lies in 95 of 100 such samples."""
        if self.given.rate is None or self.without.rate is None:
            return -1.0, 1.0
        p, q = self.given.rate, self.without.rate
        (p_low, p_high), (q_low, q_high) = self.given.interval, self.without.interval
        low = p - q - sqrt((p - p_low) ** 2 + (q_high - q) ** 2)
        high = p - q + sqrt((p_high - p) ** 2 + (q - q_low) ** 2)
        return low, high

    @property
    def verdict(self) -> Verdict:
        """``too_few`` until both sides have enough cases; ``no_difference`` when the interval holds zero."""
        if min(self.given.cases, self.without.cases) < ENOUGH:
            return "too_few"
        low, high = self.interval
        return "helps" if low > 0 else "hurts" if high < 0 else "no_difference"
