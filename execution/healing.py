"""Counts what the reconciler mends, for `/metrics` and for people: it should stay rare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import F
from django.db.models.functions import Now
from prometheus_client.core import CounterMetricFamily, Metric

from execution.models import Healing


def count_healed(found: Mapping[str, int]) -> None:
    """Add these to what was mended so far; kinds of which there was nothing cost nothing."""
    for kind, times in found.items():
        if times:
            Healing.objects.bulk_create([Healing(kind=kind)], ignore_conflicts=True)
            Healing.objects.filter(pk=kind).update(times=F("times") + times, last_at=Now())


def healed_so_far() -> dict[str, int]:
    """Kind to times. One query."""
    return dict(Healing.objects.order_by("kind").values_list("kind", "times"))


def healing_figures() -> Iterator[Metric]:
    """Claims, messages, workspaces and the like that the reconciler has mended. One query."""
    family = CounterMetricFamily("v2_healed", "What the reconciler has mended.", labels=["kind"])
    for kind, times in healed_so_far().items():
        family.add_metric([kind], times)
    yield family
