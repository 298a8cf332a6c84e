"""Hints to watchers: the first at once, those that pile up as one, and the last is never lost."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisIsGone

from common import push


class Layer:
    """Keeps what was sent; ``broken`` is how many of the next messages are refused."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.broken = 0

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        if self.broken:
            self.broken -= 1
            raise RedisIsGone("no connection")
        self.sent.append((group, message))

    def told(self, stream: uuid.UUID) -> list[int]:
        return [message["seq"] for group, message in self.sent if group == push.group_of(stream) and "seq" in message]


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer()
    monkeypatch.setattr(push, "get_channel_layer", lambda: layer)
    return layer


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def quiet(stream: uuid.UUID) -> Callable[[], bool]:
    return lambda: stream not in push._grown


def test_what_piles_up_is_told_as_one_and_the_furthest_is_told_last(layer: Layer) -> None:
    stream, other = uuid.uuid4(), uuid.uuid4()
    for seq in range(1, 501):
        push.send(stream, seq)
    push.send(stream, 499)  # a slower thread
    push.send(other, 7)
    until(lambda: quiet(stream)() and quiet(other)())
    told = layer.told(stream)
    assert told[-1] == 500
    assert told == sorted(set(told))
    assert len(told) < 500
    assert layer.told(other) == [7]


def test_after_a_pause_the_next_hint_is_sent_at_once(layer: Layer) -> None:
    stream = uuid.uuid4()
    push.send(stream, 1)
    until(quiet(stream))
    push.send(stream, 2)
    until(quiet(stream))
    assert layer.told(stream) == [1, 2]


@pytest.mark.parametrize(("refused", "told"), [(1, [1, 2]), (2, [2])])
def test_a_hint_is_sent_once_more_and_one_that_cannot_be_sent_stops_no_later_one(
    layer: Layer, refused: int, told: list[int]
) -> None:
    stream = uuid.uuid4()
    layer.broken = refused
    push.send(stream, 1)
    until(quiet(stream))
    push.send(stream, 2)
    until(quiet(stream))
    assert layer.told(stream) == told
