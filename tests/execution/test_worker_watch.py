"""A command that follows a build does not give up because a worker or the broker is just coming back."""

from __future__ import annotations

import pytest
from celery.app.control import Inspect
from redis.exceptions import ConnectionError as RedisGone

from execution.console.workers import NEEDED, NoWorkers, WorkerWatch

SERVED = {"worker@here": [{"name": name} for name in NEEDED]}


def answering(monkeypatch: pytest.MonkeyPatch, *answers: object) -> None:
    """What the workers say, one time after the other; an error is raised."""
    script = list(answers)

    def active_queues(_: Inspect) -> object:
        answer = script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Inspect, "active_queues", active_queues)


@pytest.mark.parametrize("trouble", [RedisGone("Connection refused."), OSError("refused"), None, {"w": []}])
def test_one_silence_is_forgiven_and_a_second_is_believed(trouble: object, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, trouble, SERVED, trouble, trouble)
    watch = WorkerWatch()
    for _ in range(3):
        watch()
    with pytest.raises(NoWorkers, match="make up"):
        watch()


def test_the_queues_that_nobody_serves_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, *[{"worker@here": [{"name": "cpu"}, {"name": "default"}]}] * 2)
    watch = WorkerWatch()
    watch()
    with pytest.raises(NoWorkers, match="No worker serves the queue llm."):
        watch()
