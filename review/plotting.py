"""The plot of confidence against decisions, as numbers for an SVG picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from review.calibration import Bin

SIDE: Final = 100.0
"""The picture's field is this wide and high; confidence goes to the right, the share approved upwards."""
SMALLEST, LARGEST = 1.4, 3.6


@dataclass(frozen=True)
class Point:
    """``y`` is measured downwards, as in SVG; the true share lies between ``top`` and ``bottom`` in 95 of 100 cases."""

    x: float
    y: float
    top: float
    bottom: float
    radius: float
    bin: Bin


@dataclass(frozen=True)
class Plot:
    points: list[Point]
    line: str
    """Through the points that say enough, for a ``polyline``."""


def plot(bins: Sequence[Bin]) -> Plot:
    most = max((found.kept.cases for found in bins), default=1)
    points = [_point(found, most) for found in bins]
    line = " ".join(f"{point.x:.1f},{point.y:.1f}" for point in points if point.bin.says_enough)
    return Plot(points, line)


def _point(found: Bin, most: int) -> Point:
    low, high = found.kept.interval
    share = found.kept.hits / found.kept.cases
    radius = SMALLEST + (LARGEST - SMALLEST) * (found.kept.cases / most) ** 0.5
    return Point(
        x=round(found.confidence * SIDE, 2),
        y=round((1 - share) * SIDE, 2),
        top=round((1 - high) * SIDE, 2),
        bottom=round((1 - low) * SIDE, 2),
        radius=round(radius, 2),
        bin=found,
    )
