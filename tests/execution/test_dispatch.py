"""Messages of a round: which queue, how urgent, and that small plans do not wait behind large ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from execution import dispatch
from execution.dispatch import URGENCIES, urgency_at
from execution.models import Atom, Round
from tests.execution.building import finding, make_build

RUN_ROUND = dispatch.run_round
"""The real one: other tests keep messages instead of sending them."""


def test_the_first_of_every_round_are_the_most_urgent_and_the_rest_ever_less() -> None:
    levels = [urgency_at(place) for place in range(100)]
    assert levels == sorted(levels)
    assert {level: levels.count(level) for level in set(levels)} == {0: 8, 1: 8, 2: 16, 3: 32, 4: 36}
    assert urgency_at(10**6) == URGENCIES - 1


def test_every_level_has_its_list_in_the_broker() -> None:
    assert current_app.conf.broker_transport_options["priority_steps"] == list(range(URGENCIES))


@pytest.fixture
def line() -> Iterator[Any]:
    """A channel of the real broker, with an empty queue of the models."""
    with current_app.connection_for_write() as line:
        channel: Any = line.default_channel
        channel.queue_purge("llm")
        yield channel
        channel.queue_purge("llm")


@pytest.mark.django_db
def test_a_plan_of_ten_does_not_wait_behind_a_larger_one(
    line: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    for size in (60, 10):
        texts = {f"atom_{number}": "x = 1\n" for number in range(size)}
        build = make_build({"app/a.py": texts}, workspace=tmp_path / str(size))
        Atom.objects.filter(plan=build.plan).update(status="retrying", feedback=[finding("app/a.py").model_dump()])
        round_: Round = build.open_round(*build.atoms)
        with django_capture_on_commit_callbacks(execute=True):
            RUN_ROUND(round_, list(Atom.objects.filter(plan=build.plan).order_by("number")))
    # of which round, and how many atoms
    messages = [sizes_of(message) for message in taken_from(line, "llm")]
    assert messages == [(60, 8), (10, 8), (60, 8), (10, 2), (60, 16), (60, 16), (60, 12)]


def taken_from(line: Any, queue: str) -> Iterator[Any]:
    """Everything in the queue, in the order in which a worker takes it."""
    while (message := line.basic_get(queue, no_ack=True)) is not None:
        yield message


def sizes_of(message: Any) -> tuple[int, int]:
    """How many atoms the round of a message has, and how many of them it brings."""
    round_id, atom_ids, urgency = message.decode()[0]
    assert urgency == message.properties["priority"]
    return len(Round.objects.get(pk=round_id).atom_ids), len(atom_ids)
