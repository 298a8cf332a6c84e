"""The parts of the socket that need neither a database nor a connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import TooLarge
from execution.live.socket.allowance import Allowance
from execution.live.socket.following import BETWEEN_READS, StreamFollower
from execution.live.socket.messages import MAX_MESSAGE_BYTES, BadMessage, parse
from planning.selectors.events import EventPage


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_allowance_is_spent_and_refills() -> None:
    clock = Clock()
    allowance = Allowance(burst=3, per_second=2.0, clock=clock)
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [allowance.take() for _ in range(2)] == [True, False]
    clock.now += 3600
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]


def test_a_message_is_read_with_its_fields() -> None:
    plan = uuid.uuid4()
    message = parse(json.dumps({"action": "join_masterplan", "id": 7, "masterplan_id": str(plan), "since": 3, "x": 1}))
    assert (message.action, message.id, message.plan, message.since) == ("join_masterplan", 7, plan, 3)


@pytest.mark.parametrize(
    ("text", "detail", "reply_to"),
    [
        (None, "Only text messages are read here.", None),
        ("", "The message is not JSON.", None),
        ("[1]", "The message is not a JSON object.", None),
        ("[" * 30_000, "The message is not JSON.", None),
        ('{"id": "a"}', "action: Field required", "a"),
        ('{"action": "x", "id": 5, "since": -1}', "since: Input should be greater than or equal to 0", 5),
        ('{"action": "x", "masterplan_id": "7"}', "masterplan_id: Input should be a valid UUID", None),
        ('{"action": "x", "id": [1]}', "id.str: Input should be a valid string", None),
    ],
)
def test_what_cannot_be_read_is_named(text: str | None, detail: str, reply_to: object) -> None:
    with pytest.raises(BadMessage) as raised:
        parse(text)
    assert raised.value.detail.startswith(detail)
    assert raised.value.reply_to == reply_to


def test_a_message_has_a_largest_size() -> None:
    with pytest.raises(TooLarge):
        parse(json.dumps({"action": "x" * MAX_MESSAGE_BYTES}))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(BadMessage):
        parse(text)


class Log:
    """A stream in memory, which counts how often it is read."""

    def __init__(self, events: int = 0, *, page: int = 10) -> None:
        self.length = events
        self.page = page
        self.reads: list[float] = []

    async def read(self, stream_id: uuid.UUID, since: int) -> EventPage:
        self.reads.append(time.monotonic())
        return EventPage(
            [{"seq": seq} for seq in range(since + 1, min(self.length, since + self.page) + 1)], self.length
        )


async def follow(log: Log, *, since: int = 0) -> tuple[StreamFollower, list[int], asyncio.Task[None]]:
    seen: list[int] = []

    async def send(event: dict[str, Any]) -> None:
        seen.append(event["seq"])

    follower = StreamFollower(uuid.uuid4(), since=since, read=log.read, send=send)
    task = asyncio.create_task(follower.follow())
    await asyncio.sleep(0.01)
    return follower, seen, task


async def test_what_was_missed_comes_first_page_by_page_in_order() -> None:
    log = Log(events=25)
    _, seen, task = await follow(log, since=4)
    task.cancel()
    assert seen == list(range(5, 26)), "who is behind does not wait between pages"


async def test_hints_that_come_together_are_answered_by_one_read() -> None:
    log = Log(page=1_000)
    follower, seen, task = await follow(log)
    for _ in range(200):
        log.length += 1
        follower.hint()
        await asyncio.sleep(0.001)
    await asyncio.sleep(24 * BETWEEN_READS)
    task.cancel()
    assert seen == list(range(1, 201))
    gaps = [after - before for before, after in zip(log.reads, log.reads[1:], strict=False)]
    assert min(gaps) > BETWEEN_READS * 0.9


async def test_a_lost_hint_costs_a_little_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.live.socket.following.SAFETY_POLL", 0.1)
    log = Log()
    _, seen, task = await follow(log)
    log.length = 2
    await asyncio.sleep(0.3)
    task.cancel()
    assert seen == [1, 2]
