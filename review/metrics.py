"""Figures of the review queue."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from review.models import Review, ReviewDecision


def review_figures() -> Iterator[Metric]:
    """What waits, for how long, and what was decided. Two queries."""
    waiting = Review.objects.open().aggregate(size=Count("pk"), since=Min("created_at"))
    size = GaugeMetricFamily("v2_review_queue_size", "Reviews that wait for a decision.")
    size.add_metric([], waiting["size"])
    age = GaugeMetricFamily("v2_review_queue_oldest_seconds", "Age of the oldest of them.")
    since = waiting["since"]
    age.add_metric([], (timezone.now() - since).total_seconds() if since else 0)
    decisions = CounterMetricFamily("v2_review_decisions", "Decisions by kind.", labels=["decision"])
    for kind, count in ReviewDecision.objects.order_by().values_list("decision").annotate(count=Count("pk")):
        decisions.add_metric([kind], count)
    yield from (size, age, decisions)
