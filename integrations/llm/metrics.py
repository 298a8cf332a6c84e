"""Figures of model calls, from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Q, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily

from integrations.models import LLMCall, Reservation


def model_figures() -> Iterator[Metric]:
    """Calls, latency, tokens, dollars and the share of prompt tokens read from the cache, by purpose and model."""
    labels = ["purpose", "model"]
    calls = CounterMetricFamily("llm_calls", "Calls that came to their end.", labels=[*labels, "outcome"])
    seconds = SummaryMetricFamily("llm_call_seconds", "Time of calls, with their retries each.", labels=labels)
    tokens = CounterMetricFamily("llm_tokens", "Tokens.", labels=[*labels, "kind"])
    dollars = CounterMetricFamily("llm_cost_usd", "What calls have cost.", labels=labels)
    hits = GaugeMetricFamily("llm_cache_hit_ratio", "Prompt tokens read from the cache.", labels=["model"])
    read: dict[str, int] = {}
    asked: dict[str, int] = {}
    for row in _rows():
        key = [row["purpose"], row["model"]]
        calls.add_metric([*key, "answered"], row["ended"] - row["failed"])
        calls.add_metric([*key, "failed"], row["failed"])
        seconds.add_metric(key, count_value=row["timed"], sum_value=(row["milliseconds"] or 0) / 1000)
        for kind in ("in", "out", "cache_read", "cache_written"):
            tokens.add_metric([*key, kind], row[kind] or 0)
        dollars.add_metric(key, float(row["dollars"] or 0))
        prompt = sum(row[kind] or 0 for kind in ("in", "cache_read", "cache_written"))
        read[row["model"]] = read.get(row["model"], 0) + (row["cache_read"] or 0)
        asked[row["model"]] = asked.get(row["model"], 0) + prompt
    for model, all_tokens in asked.items():
        if all_tokens:
            hits.add_metric([model], read[model] / all_tokens)
    in_flight = GaugeMetricFamily("llm_calls_in_flight", "Calls that are under way.")
    in_flight.add_metric([], LLMCall.objects.filter(reservation=Reservation.RESERVED).count())
    yield from (calls, seconds, tokens, dollars, hits, in_flight)


def _rows() -> list[dict[str, Any]]:
    """One query."""
    ended = LLMCall.objects.exclude(reservation=Reservation.RESERVED).order_by()
    sums: dict[str, Any] = {kind: Sum(f"tokens_{kind}") for kind in ("in", "out", "cache_read", "cache_written")}
    rows: Any = ended.values("purpose", "model").annotate(
        ended=Count("pk"),
        failed=Count("pk", filter=~Q(error_code="")),
        timed=Count("duration_ms"),
        milliseconds=Sum("duration_ms"),
        dollars=Sum("cost"),
        **sums,
    )
    return list(rows)
