"""The parts of the socket that need neither a database nor a connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable, Sequence
from unittest.mock import AsyncMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import TooLarge
from execution.live.socket import reading
from execution.live.socket.allowance import Allowance
from execution.live.socket.following import ReaderFailed, StreamFollower
from execution.live.socket.messages import MAX_MESSAGE_BYTES, BadMessage, parse
from execution.live.socket.reading import BETWEEN_READS, StreamReader, Told
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


class Watched:
    """A reader of a log with followers, all of which end with it."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.reader = StreamReader(uuid.uuid4(), read=log.read)
        self.tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Watched:
        self.tasks.append(asyncio.create_task(self.reader.run()))
        await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def follow(self, *, since: int = 0) -> list[int]:
        """What a follower is sent, as it comes."""
        seen: list[int] = []

        async def send(news: Sequence[Told]) -> None:
            seen.extend(event.seq for event in news)

        follower = StreamFollower(self.reader, since=since, read=self.log.read, send=send)
        self.reader.listeners.add(follower)
        self.tasks.append(asyncio.create_task(follower.follow()))
        await asyncio.sleep(0.01)
        return seen

    def grow(self, number: int = 1) -> None:
        self.log.length += number
        self.reader.hint()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


async def test_what_was_missed_comes_first_page_by_page_in_order() -> None:
    async with Watched(Log(events=25)) as watched:
        seen = await watched.follow(since=4)
        await until(lambda: len(seen) == 21)
        assert seen == list(range(5, 26)), "who is behind does not wait between pages"


async def test_hints_that_come_together_are_answered_by_one_read() -> None:
    log = Log(page=1_000)
    async with Watched(log) as watched:
        seen = await watched.follow()
        log.reads.clear()
        for _ in range(200):
            watched.grow()
            await asyncio.sleep(0.001)
        await until(lambda: len(seen) == 200)
    assert seen == list(range(1, 201))
    gaps = [after - before for before, after in zip(log.reads, log.reads[1:], strict=False)]
    assert min(gaps) > BETWEEN_READS * 0.9


async def test_many_watchers_cost_what_one_costs() -> None:
    log = Log(events=3, page=1_000)
    async with Watched(log) as watched:
        seen = [await watched.follow(since=3) for _ in range(50)]
        log.reads.clear()
        watched.grow(4)
        await until(lambda: all(len(one) == 4 for one in seen))
    assert {tuple(one) for one in seen} == {(4, 5, 6, 7)}
    assert len(log.reads) == 1


async def test_who_is_further_behind_than_what_is_kept_reads_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "KEPT", 5)
    async with Watched(Log(page=4)) as watched:
        early = await watched.follow()
        watched.grow(20)
        await until(lambda: len(early) == 20)
        late = await watched.follow(since=2)
        await until(lambda: len(late) == 18)
        watched.grow(1)
        await until(lambda: len(late) == 19)
        assert (early, late) == (list(range(1, 22)), list(range(3, 22)))


async def test_a_lost_hint_costs_a_little_time_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SAFETY_POLL", 0.05)
    async with Watched(Log()) as watched:
        seen = await watched.follow()
        watched.log.length = 2
        await until(lambda: seen == [1, 2])


async def test_followers_of_a_reader_that_failed_end() -> None:
    reader = StreamReader(uuid.uuid4(), read=Log().read)
    follower = StreamFollower(reader, since=0, read=Log().read, send=AsyncMock())
    task = asyncio.create_task(follower.follow())
    await asyncio.sleep(0)
    follower.broke()
    with pytest.raises(ReaderFailed):
        await task
