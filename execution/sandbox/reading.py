"""Reading the output of a process that may print without end, in bounded memory."""

from __future__ import annotations

import os
import selectors
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class BoundedText:
    """Keeps the beginning and the end of a stream, ``limit`` bytes in all."""

    limit: int
    total: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _tail: deque[bytes] = field(default_factory=deque)
    _tail_size: int = 0

    def add(self, chunk: bytes) -> None:
        self.total += len(chunk)
        room = self.limit // 2 - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        if chunk:
            self._tail.append(chunk)
            self._tail_size += len(chunk)
        while self._tail and self._tail_size - len(self._tail[0]) >= self.limit - self.limit // 2:
            self._tail_size -= len(self._tail.popleft())

    @property
    def truncated(self) -> bool:
        return self.total > self.limit

    def raw(self) -> bytes:
        """What was kept, as it came."""
        return bytes(self._head) + b"".join(self._tail)

    def text(self) -> str:
        """What was kept, as UTF-8; a line says how much was dropped between beginning and end."""
        room = self.limit - self.limit // 2
        tail = b"".join(self._tail)[-room:] if room else b""
        dropped = self.total - len(self._head) - len(tail)
        note = f"\n[... {dropped} bytes dropped ...]\n".encode() if dropped else b""
        return (bytes(self._head) + note + tail).decode("utf-8", "replace")


def read_all(streams: dict[int, BoundedText], *, deadline: float, flood: int) -> Literal["timeout", "output"] | None:
    """Reads every descriptor to its end. Returns ``timeout`` or ``output`` when it stopped before, else None.

    ``deadline`` is a value of ``time.monotonic``; ``flood`` bounds, in bytes, what one stream may carry.
    """
    with selectors.DefaultSelector() as selector:
        for descriptor in streams:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                return "timeout"
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, 1 << 16)
                if not chunk:
                    selector.unregister(key.fd)
                streams[key.fd].add(chunk)
                if streams[key.fd].total > flood:
                    return "output"
    return None
