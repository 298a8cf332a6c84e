"""Whether anybody serves the queues: what a command asks when nothing has moved for a while."""

from __future__ import annotations

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from common.errors import ServiceUnavailable

NEEDED = ("default", "llm", "cpu")
ANSWER_WITHIN = 3.0


class NoWorkers(ServiceUnavailable):
    code = "no_workers"
    title = "Nobody does the work"


class WorkerWatch:
    """Asks whenever it is called; two refusals in a row are believed, since workers and broker may be coming back."""

    def __init__(self) -> None:
        self._refused_before = False

    def __call__(self) -> None:
        """Raises ``NoWorkers``."""
        try:
            require_workers()
        except NoWorkers:
            if self._refused_before:
                raise
            self._refused_before = True
        else:
            self._refused_before = False


def require_workers() -> None:
    """Raises ``NoWorkers`` when the broker does not answer, or when a queue that a build needs has no worker.

    Takes ``ANSWER_WITHIN`` seconds: the workers are asked, and have that long to answer.
    """
    try:
        answers = current_app.control.inspect(timeout=ANSWER_WITHIN).active_queues() or {}
    except (OperationalError, RedisError, OSError) as error:
        raise NoWorkers(f"The broker does not answer: {error}.", hint="Start it with: make up") from error
    served = {str(queue["name"]) for queues in answers.values() for queue in queues}
    missing = [name for name in NEEDED if name not in served]
    if missing:
        word = "queue" if len(missing) == 1 else "queues"
        raise NoWorkers(f"No worker serves the {word} {', '.join(missing)}.", hint="Start the workers with: make up")
