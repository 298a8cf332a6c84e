"""Figures of executions, by mode, so that ``mvp`` and ``v2_atoms`` can be compared. Nine queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Extract
from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from common.metrics import buckets
from execution.models import Atom, FailureAnalysis, GateResult, Run, Wave
from execution.states import AtomStatus, RunStatus
from integrations.models import CostLimit
from planning.models import MasterPlan

SECONDS = (30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 3_600.0, 7_200.0, 10_800.0)
DOLLARS = (0.1, 0.5, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0)
RETRIES = (0.0, 1.0, 2.0, 3.0, 5.0)
WINDOW = timedelta(days=1)
"""Precision is of runs that ended in this time."""


def execution_figures() -> Iterator[Metric]:
    """Runs, atoms, waves, gates, costs, satisfaction."""
    yield from _runs()
    yield from _atoms()
    yield _by_mode(
        CounterMetricFamily("v2_waves_executed", "Waves that ran to their end.", labels=["mode"]),
        Wave.objects.filter(started_at__isnull=False, finished_at__isnull=False),
    )
    yield _by_mode(
        CounterMetricFamily("v2_atoms_failed", "Atoms whose attempts were spent.", labels=["mode"]),
        FailureAnalysis.objects.all(),
    )
    yield _gates()
    yield _costs()
    yield _satisfaction()


def _runs() -> Iterable[Metric]:
    ended = Run.objects.filter(status=RunStatus.COMPLETED).annotate(seconds=_seconds("finished_at"))
    yield _histogram("v2_execution_time_seconds", "Seconds from start to end of a run.", ended, "seconds", SECONDS)
    precision = GaugeMetricFamily(
        "v2_precision_percent", "Atoms accepted with no human change, of runs of the last day.", labels=["mode"]
    )
    recent = Run.objects.filter(finished_at__gt=timezone.now() - WINDOW, precision__isnull=False, atoms_total__gt=0)
    share = Sum(F("precision") * F("atoms_total"), output_field=FloatField()) / Cast(Sum("atoms_total"), FloatField())
    for mode, value in recent.order_by().values_list("mode").annotate(share=share):
        precision.add_metric([mode], 100 * value)
    yield precision
    longest = GaugeMetricFamily("v2_run_longest_seconds", "Age of the oldest run under way.", labels=["mode"])
    running = Run.objects.filter(status=RunStatus.RUNNING).order_by()
    for mode, since in running.values_list("mode").annotate(since=Min("started_at")):
        longest.add_metric([mode], (timezone.now() - since).total_seconds())
    yield longest


def _atoms() -> Iterable[Metric]:
    """One read of the atoms."""
    made = CounterMetricFamily("v2_atoms_generated", "Atoms that drafts were cut into.", labels=["mode"])
    parallel = GaugeMetricFamily("v2_parallel_atoms", "Atoms that are being worked on.", labels=["mode"])
    confidence = GaugeMetricFamily("v2_confidence_average", "Mean confidence of accepted atoms.", labels=["mode"])
    retries = HistogramMetricFamily("v2_retries_per_atom", "Attempts after the first.", labels=["mode"])
    accepted = Q(status=AtomStatus.ACCEPTED)
    few = {f"upto_{place}": accepted & Q(attempts__lte=limit + 1) for place, limit in enumerate(RETRIES)}
    rows = _modes(Atom.objects.all()).annotate(
        total=Count("pk"),
        running=Count("pk", filter=Q(status=AtomStatus.RUNNING)),
        confident=Avg("confidence", filter=accepted),
        ended=Count("pk", filter=accepted),
        tries=Sum("attempts", filter=accepted),
        **{name: Count("pk", filter=those) for name, those in few.items()},
    )
    for row in rows:
        mode = [row["mode"]]
        made.add_metric(mode, row["total"])
        parallel.add_metric(mode, row["running"])
        if row["confident"] is not None:
            confidence.add_metric(mode, float(row["confident"]))
        counts = {limit: row[f"upto_{place}"] for place, limit in enumerate(RETRIES)}
        more = max((row["tries"] or 0) - row["ended"], 0)
        retries.add_metric(mode, buckets(RETRIES, counts, row["ended"]), sum_value=more)
    return made, parallel, confidence, retries


def _gates() -> Metric:
    family = CounterMetricFamily("v2_gate_results", "Verdicts of Gate S.", labels=["mode", "result"])
    words = {True: "passed", False: "failed", None: "not_applicable"}
    for row in _modes(GateResult.objects.all(), "passed").annotate(count=Count("pk")):
        family.add_metric([row["mode"], words[row["passed"]]], row["count"])
    return family


def _costs() -> Metric:
    """What plans that were begun have cost so far, calls in flight left out."""
    spent = CostLimit.objects.filter(plan_id=OuterRef("pk")).values("spent")[:1]
    plans = MasterPlan.objects.filter(started_at__isnull=False)
    rows = plans.annotate(mode=F("execution_mode"), dollars=Cast(Subquery(spent), FloatField()))
    rows = rows.filter(dollars__isnull=False)
    return _histogram("v2_cost_per_project_usd", "Dollars that a plan has cost.", rows, "dollars", DOLLARS)


def _satisfaction() -> Metric:
    family = GaugeMetricFamily("v2_user_satisfaction", "Mean rating by owners, 1 to 5.", labels=["mode"])
    rated = MasterPlan.objects.filter(rating__isnull=False).order_by()
    for mode, mean in rated.values_list("execution_mode").annotate(mean=Avg("rating")):
        family.add_metric([mode], float(mean))
    return family


def _modes(rows: QuerySet[Any], *more: str) -> QuerySet[Any]:
    """Rows of plans, grouped by the mode that the plan is built in."""
    grouped: QuerySet[Any] = rows.order_by().annotate(mode=F("plan__execution_mode")).values("mode", *more)
    return grouped


def _by_mode(family: CounterMetricFamily, rows: QuerySet[Any]) -> Metric:
    for row in _modes(rows).annotate(count=Count("pk")):
        family.add_metric([row["mode"]], row["count"])
    return family


def _seconds(until: str) -> Any:
    return Cast(Extract(F(until) - F("started_at"), "epoch"), FloatField())


def _histogram(name: str, text: str, rows: QuerySet[Any], value: str, limits: Sequence[float]) -> Metric:
    """By mode; the database counts."""
    family = HistogramMetricFamily(name, text, labels=["mode"])
    upto = {f"upto_{place}": Count("pk", filter=Q(**{f"{value}__lte": limit})) for place, limit in enumerate(limits)}
    for row in rows.order_by().values("mode").annotate(number=Count("pk"), whole=Sum(value), **upto):
        counts = {limit: row[f"upto_{place}"] for place, limit in enumerate(limits)}
        family.add_metric([row["mode"]], buckets(limits, counts, row["number"]), sum_value=row["whole"] or 0.0)
    return family
