"""One stream, read once for everybody in this process who follows it: two hundred watchers cost what one costs."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from common.rendering import to_json
from planning.selectors.events import EventPage

KEPT = 2_000
"""How many of the latest events a reader keeps; who is further behind reads the log alone."""
BETWEEN_READS = 0.05
"""Seconds; hints that come closer than this are answered by one read."""
SAFETY_POLL = 3.0
"""Seconds after which the log is read without a hint, because hints may be lost."""
BEYOND = 2**62
"""After this number there is no event: a read from here tells only where the stream stands."""

Read = Callable[[uuid.UUID, int], Awaitable[EventPage]]


@dataclass(frozen=True, slots=True)
class Told:
    """An event as text, written once for all."""

    seq: int
    text: str


def told(event: dict[str, Any]) -> Told:
    return Told(int(event["seq"]), to_json(event).decode())


class Listener(Protocol):
    """Who follows a stream."""

    def hint(self) -> None:
        """There may be something new."""

    def doubt(self) -> None:
        """The stream may be gone."""

    def broke(self) -> None:
        """The reader has failed, nothing will come any more."""


class StreamReader:
    """The log is the truth, a hint only says that it is time to read it."""

    def __init__(self, stream_id: uuid.UUID, *, read: Read) -> None:
        self.stream_id = stream_id
        self.listeners: set[Listener] = set()
        self._read = read
        self._events: deque[Told] = deque(maxlen=KEPT)
        self._last: int | None = None
        self._hinted = asyncio.Event()
        self._read_at = 0.0

    def hint(self) -> None:
        """The stream has grown."""
        self._hinted.set()

    def after(self, seq: int) -> list[Told] | None:
        """What came after ``seq``, in order; ``None`` when that is more than what is kept. The log has no gaps."""
        if self._last is None or seq < (before := self._last - len(self._events)):
            return None
        return list(islice(self._events, seq - before, None))

    async def run(self) -> None:
        """Runs until it is cancelled, or the log cannot be read."""
        self._last = (await self._read(self.stream_id, BEYOND)).last_seq
        while True:
            self._wake()
            await self._wait_for_hint()
            await self._keep_distance()
            self._hinted.clear()
            while await self._read_on():
                pass

    async def _read_on(self) -> bool:
        """``True`` when there is more than one read brought."""
        self._read_at = time.monotonic()
        page = await self._read(self.stream_id, self._last or 0)
        self._events.extend(told(event) for event in page.events)
        if page.events:
            self._last = self._events[-1].seq
        return page.more

    def _wake(self) -> None:
        for listener in list(self.listeners):
            listener.hint()

    async def _keep_distance(self) -> None:
        wait = self._read_at + BETWEEN_READS - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)

    async def _wait_for_hint(self) -> None:
        try:
            await asyncio.wait_for(self._hinted.wait(), SAFETY_POLL)
        except TimeoutError:
            return
