"""Bodies of answers are read to a certain length and for a certain time, whatever the server sends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 8_000_000
"""Far more than the longest whole answer has; `MOST_STREAMED_BYTES` leaves room for the frame of every token."""
MOST_STREAMED_BYTES = 64_000_000


class TooMuch(Exception):
    """The server sent more than any answer has."""


class TooSlow(Exception):
    """The answer was still coming when the time for all of it had passed."""


def bounding(*, seconds: float) -> Callable[[httpx2.Response], None]:
    """A hook for responses that bounds their bodies."""
    import httpx2

    class Bounded(httpx2.SyncByteStream):
        def __init__(self, inner: httpx2.SyncByteStream, most: int) -> None:
            self._inner = inner
            self._most = most
            self._deadline = time.monotonic() + seconds

        def __iter__(self) -> Iterator[bytes]:
            received = 0
            for piece in self._inner:
                received += len(piece)
                if received > self._most:
                    raise TooMuch
                if time.monotonic() > self._deadline:
                    raise TooSlow
                yield piece

        def close(self) -> None:
            self._inner.close()

    def bound(response: httpx2.Response) -> None:
        streamed = response.headers.get("content-type", "").startswith("text/event-stream")
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = Bounded(response.stream, MOST_STREAMED_BYTES if streamed else MOST_BYTES)

    return bound
