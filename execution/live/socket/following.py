"""Sends one stream to one socket: every event once, in order, soon after it is told."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from planning.selectors.events import EventPage

BETWEEN_READS = 0.05
"""Seconds; hints that come closer than this are answered by one read."""
SAFETY_POLL = 3.0
"""Seconds after which the log is read without a hint, because hints may be lost."""

Read = Callable[[uuid.UUID, int], Awaitable[EventPage]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class StreamFollower:
    """The log is the truth, a hint only says that it is time to read it."""

    def __init__(self, stream_id: uuid.UUID, *, since: int, read: Read, send: Send) -> None:
        self.stream_id = stream_id
        self.last = since
        self._read = read
        self._send = send
        self._hinted = asyncio.Event()
        self._last_read = 0.0

    def hint(self) -> None:
        """The stream has grown."""
        self._hinted.set()

    async def follow(self) -> None:
        """Runs until it is cancelled. Waits for the socket, so a slow watcher slows nobody but itself."""
        while True:
            self._hinted.clear()
            if not await self._send_what_is_new():
                await self._wait_for_hint()
                await self._keep_distance()

    async def _send_what_is_new(self) -> bool:
        """``True`` when there is more than one read brought."""
        self._last_read = time.monotonic()
        page = await self._read(self.stream_id, self.last)
        for event in page.events:
            await self._send(event)
            self.last = int(event["seq"])
        return page.more

    async def _keep_distance(self) -> None:
        wait = self._last_read + BETWEEN_READS - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)

    async def _wait_for_hint(self) -> None:
        try:
            await asyncio.wait_for(self._hinted.wait(), SAFETY_POLL)
        except TimeoutError:
            return
