"""What the learning dashboard shows: how plans ended over time, whether memory helped, and each use of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from integrations.memory.health import check_memory
from integrations.memory.judging import ENOUGH, Comparison, Share
from integrations.memory.overview import Asked, asked_by_purpose, collection_states
from integrations.memory.saying import collection_in_words, purpose_in_words, trouble_in_words
from integrations.models import LearningUse, PlanOutcome

PLANS: Final = 50
USES: Final = 40
VERDICTS: Final = {
    "helps": ("Helps", "good"),
    "hurts": ("Hurts", "bad"),
    "no_difference": ("No difference seen", "plain"),
    "too_few": ("Too few cases to say", "plain"),
}


@dataclass(frozen=True)
class Chart:
    """One measure over the plans, oldest first. ``data`` and ``options`` are for Chart.js, ``rows`` for people."""

    title: str
    meaning: str
    latest: str
    data: str
    options: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Comparing:
    """A purpose in words, and as bars: the middle and the ends of each interval in percent."""

    asked: Asked
    purpose: str
    given: str
    without: str
    difference: str
    verdict: str
    tone: str
    bars: list[tuple[str, str, float, float, float]]


def dashboard() -> dict[str, Any]:
    """The context of the page. Eight queries, and the store is asked how much it holds."""
    outcomes = list(reversed(PlanOutcome.objects.order_by("-closed_at")[:PLANS]))
    built = [row for row in outcomes if row.started]
    states = collection_states()
    return {
        "state": check_memory(),
        "collections": [(collection_in_words(row.collection), trouble_in_words(row.trouble), row) for row in states],
        "learned": sum(row.learned for row in states),
        "waiting": sum(row.waiting for row in states),
        "comparisons": [compared(asked) for asked in asked_by_purpose() if asked.lookups],
        "charts": charts(built),
        "plans": list(reversed(outcomes)),
        "uses": [(purpose_in_words(use.purpose), use) for use in latest_uses()],
        "enough": ENOUGH,
        "plans_built": len(built),
        "plans_succeeded": sum(1 for row in built if row.succeeded),
    }


def latest_uses() -> QuerySet[LearningUse]:
    return LearningUse.objects.select_related("record", "lookup").order_by("-created_at")[:USES]


def compared(asked: Asked) -> Comparing:
    """Counts first, rates with their intervals, and a verdict only where there are cases enough."""
    comparison = asked.comparison
    words, tone = VERDICTS[comparison.verdict]
    bars = [_bar("with memory", "given", comparison.given), _bar("without", "without", comparison.without)]
    return Comparing(
        asked,
        purpose_in_words(asked.purpose),
        share_in_words(comparison.given),
        share_in_words(comparison.without),
        difference_in_words(comparison),
        words,
        tone,
        bars,
    )


def _bar(label: str, kind: str, share: Share) -> tuple[str, str, float, float, float]:
    if share.rate is None:
        return label, kind, 0, 0, 0
    low, high = share.interval
    return label, kind, round(100 * share.rate, 1), round(100 * low, 1), round(100 * (high - low), 1)


def share_in_words(share: Share) -> str:
    if share.rate is None:
        return "no case"
    low, high = share.interval
    return f"{share.hits} of {share.cases} ({share.rate:.0%}, between {low:.0%} and {high:.0%})"


def difference_in_words(comparison: Comparison) -> str:
    if comparison.difference is None:
        return "nothing to compare"
    low, high = comparison.interval
    points = [f"{100 * value:+.0f}" for value in (comparison.difference, low, high)]
    return f"{points[0]} points (between {points[1]} and {points[2]})"


Percent = Callable[[PlanOutcome], float | None]
MEASURES: Final[tuple[tuple[str, str, Percent, str], ...]] = (
    ("Success rate", "Share of a plan's tasks that were done.", lambda row: row.success_rate, "%"),
    (
        "Estimation accuracy",
        "100% is exact, 50% is off by a factor of two; of the corrected estimate where there was one.",
        lambda row: row.estimation_accuracy,
        "%",
    ),
    (
        "First-attempt success",
        "Share of a plan's atoms that were accepted at their first attempt.",
        lambda row: row.first_attempt_success,
        "%",
    ),
    (
        "Time variance",
        "Actual over estimated minutes: below 1 was quicker.",
        lambda row: row.time_ratio,
        "×",
    ),
    ("Modifications", "Changes approved after the plan was made.", lambda row: float(row.modifications), ""),
    (
        "Discovery quality",
        "Share of what the discovery set down that stood to the end.",
        lambda row: row.discovery_quality,
        "%",
    ),
)


def charts(outcomes: Sequence[PlanOutcome]) -> list[Chart]:
    """A chart for each measure of a plan."""
    return [_chart(outcomes, *measure) for measure in MEASURES]


def _chart(outcomes: Sequence[PlanOutcome], title: str, meaning: str, value_of: Percent, unit: str) -> Chart:
    values = [value_of(row) for row in outcomes]
    shown = [None if value is None else round(value * 100, 1) if unit == "%" else round(value, 2) for value in values]
    labels = [f"{row.closed_at:%d %b}" for row in outcomes]
    known = [value for value in shown if value is not None]
    dataset = {
        "label": f"{title} {unit}".strip(),
        "data": shown,
        "borderColor": "var(--color-primary-500)",
        "backgroundColor": "var(--color-primary-500)",
        "pointRadius": 3,
        "borderWidth": 2,
        "tension": 0,
        "clip": False,
        "spanGaps": True,
    }
    rows = [
        (f"{row.closed_at:%Y-%m-%d} {row.name}", "not known" if value is None else f"{value:g}{unit}")
        for row, value in zip(outcomes, shown, strict=True)
    ]
    return Chart(
        title,
        meaning,
        f"{known[-1]:g}{unit}" if known else "",
        json.dumps({"labels": labels, "datasets": [dataset]}),
        json.dumps(_options(unit)),
        rows,
    )


def _options(unit: str) -> dict[str, Any]:
    grey = "#9ca3af"
    ticks = {"color": grey, "maxTicksLimit": 6, **({} if unit else {"precision": 0})}
    upper = {"max": 100} if unit == "%" else {"grace": "10%"}
    return {
        "responsive": True,
        "maintainAspectRatio": False,
        "animation": False,
        "layout": {"padding": {"top": 6, "right": 6}},
        "plugins": {"legend": {"display": False}},
        "scales": {
            "x": {"grid": {"display": False}, "ticks": {**ticks, "maxRotation": 0}},
            "y": {"beginAtZero": True, "grid": {"color": "rgba(156,163,175,.2)"}, "ticks": ticks, **upper},
        },
    }
