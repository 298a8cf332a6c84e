"""Sends one stream to one socket: every event once, in order, soon after it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from execution.live.socket.reading import Read, StreamReader, Told, told

AT_ONCE = 500
"""How many events are sent without a look at what else is to be done."""

Send = Callable[[Sequence[Told]], Awaitable[None]]


class ReaderFailed(Exception):
    """The stream cannot be read; the watcher comes again."""


class StreamFollower:
    """Where one watcher stands. What the reader does not keep any more is read from the log."""

    def __init__(
        self, reader: StreamReader, *, since: int, read: Read, send: Send, on_doubt: Callable[[], None] = lambda: None
    ) -> None:
        self.last = since
        self.doubt = on_doubt
        self._reader = reader
        self._read = read
        self._send = send
        self._hinted = asyncio.Event()
        self._broke = False

    def hint(self) -> None:
        """There may be something new."""
        self._hinted.set()

    def broke(self) -> None:
        """The reader has failed."""
        self._broke = True
        self._hinted.set()

    async def follow(self) -> None:
        """Runs until it is cancelled. Waits for its socket, so that a slow watcher slows nobody but itself."""
        while not self._broke:
            self._hinted.clear()
            news = self._reader.after(self.last)
            if news is None:
                page = await self._read(self._reader.stream_id, self.last)
                news = [told(event) for event in page.events]
            if not news:
                await self._hinted.wait()
            for begin in range(0, len(news), AT_ONCE):
                await self._send(news[begin : begin + AT_ONCE])
                self.last = news[begin : begin + AT_ONCE][-1].seq
        raise ReaderFailed
