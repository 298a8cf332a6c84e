"""Figures of the queues and of the sockets that people watch through, asked of the broker and of Redis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from kombu.exceptions import ChannelError, OperationalError
from prometheus_client.core import GaugeMetricFamily, Metric

ANSWER_WITHIN = 2


def queue_figures() -> Iterator[Metric]:
    """Messages that wait, by queue; open sockets. Raises ``OSError`` when the broker does not answer."""
    depth = GaugeMetricFamily("queue_depth", "Messages that wait for a worker.", labels=["queue"])
    for queue, waiting in queue_depths(queue.name for queue in current_app.conf.task_queues).items():
        depth.add_metric([queue], waiting)
    yield depth
    watching = GaugeMetricFamily("watchers", "Open sockets, in all web processes.")
    watching.add_metric([], open_sockets())
    yield watching


def queue_depths(names: Iterable[str]) -> dict[str, int]:
    """Whatever the broker is. A queue that has nothing in it may be unknown to it."""
    depths = {}
    try:
        with current_app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, timeout=ANSWER_WITHIN)
            channel: Any = connection.default_channel  # of the broker's own class
            for name in names:
                try:
                    depths[name] = int(channel.queue_declare(name, passive=True).message_count)
                except ChannelError:
                    depths[name] = 0
    except OperationalError as error:
        raise OSError(f"The broker does not answer: {error}") from error
    return depths


def open_sockets() -> int:
    """Every socket listens to a channel of its own, which is Redis's to count. Raises ``RedisError``."""
    layer: dict[str, Any] = settings.CHANNEL_LAYERS["default"]
    prefix = layer["CONFIG"]["prefix"]
    timeouts = {"socket_timeout": ANSWER_WITHIN, "socket_connect_timeout": ANSWER_WITHIN}
    with redis.Redis.from_url(settings.REDIS_URL, **timeouts) as client:
        return len(client.pubsub_channels(f"{prefix}specific.*"))
