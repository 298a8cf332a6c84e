"""Figures for Prometheus, made when they are asked for, from the database and Redis: every process says the same.

Apps register sources in ``AppConfig.ready``; a source reads and yields families, and keeps nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Source = Callable[[], Iterable[Metric]]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_sources: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    """Have ``source`` asked at every scrape; ``name`` is what ``metrics_source_up`` calls it."""
    _sources[name] = source


class Figures(Collector):
    """Everything that the sources say. One that cannot read is left out and said to be down: never zeros."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("metrics_source_up", "Whether a source of figures could be read.", labels=["source"])
        for name, source in sorted(_sources.items()):
            try:
                families = list(source())
            except (DatabaseError, RedisError, OSError) as error:
                logger.warning("Figures of %s are missing: %s", name, error)
                families = []
                up.add_metric([name], 0)
            else:
                up.add_metric([name], 1)
            yield from families
        yield up


def exposition() -> bytes:
    """The figures as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures())
    return generate_latest(registry)


def as_json() -> dict[str, list[dict[str, object]]]:
    """The same figures: by name, each sample with its labels and value."""
    return {
        family.name: [
            {"name": sample.name, "labels": dict(sample.labels), "value": sample.value} for sample in family.samples
        ]
        for family in Figures().collect()
    }


def buckets(limits: Iterable[float], counts: Mapping[float, int], total: int) -> list[tuple[str, float]]:
    """Cumulated buckets of a histogram from the number of values up to each limit, and how many there are."""
    return [*((f"{limit:g}", float(counts.get(limit, 0))) for limit in limits), ("+Inf", float(total))]
