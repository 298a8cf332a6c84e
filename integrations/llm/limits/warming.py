"""One call warms the cache of a shared prefix; others with this prefix wait until its answer has begun.

An entry of the provider's cache exists only from then on: a hundred calls begun together would each pay for writing it.
The marker in Redis says `warming` with a short lease, so that a warmer that died is followed by another, then `warm`
for about as long as the provider keeps an entry. Without Redis nothing is warmed.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from integrations.llm.limits import shared
from integrations.llm.limits.heart import LEASE, beating
from integrations.llm.limits.shared import SharedMemoryGone, shared_memory

WARM_SECONDS = 270.0
"""A little less than the five minutes that an entry lives after its last use."""
POLL = 0.05
PATIENCE = 60.0
"""Seconds to wait for a warmer at most; a cold cache costs money, not correctness."""
sleep: Callable[[float], None] = time.sleep
STILL_WARM = 5.0
"""Seconds for which a prefix that was seen warm is not looked up again."""
_WARM = "warm"
_warm_until: dict[str, float] = {}
_MOST_REMEMBERED = 1_000


def forget_local_prefixes() -> None:
    """For tests: which prefixes this process has seen warm."""
    _warm_until.clear()


@dataclass
class Warmth:
    """``first``: this call warms the prefix and must say when its answer has begun."""

    prefix: str
    first: bool
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    begun: bool = False

    def answer_has_begun(self) -> None:
        if self.first and not self.begun:
            self.begun = True
            with suppress(SharedMemoryGone):
                shared_memory().put(_key(self.prefix), _WARM, seconds=WARM_SECONDS)


@contextmanager
def warmed(prefix: str) -> Iterator[Warmth]:
    """Wait for the prefix to be warm, or become the one that warms it. An empty ``prefix`` is not cached at all."""
    warmth = Warmth(prefix, first=False)
    try:
        warmth.first = bool(prefix) and _is_first(warmth)
    except SharedMemoryGone:
        warmth.first = False
    if not warmth.first:
        yield warmth
        return
    with beating(f"warming:{warmth.token}", lambda: _renew(warmth)):
        try:
            yield warmth
        finally:
            if not warmth.begun:
                _make_room(warmth)


def _is_first(warmth: Warmth) -> bool:
    key = _key(warmth.prefix)
    if time.monotonic() < _warm_until.get(shared.PREFIX + key, 0.0):
        return False
    give_up = time.monotonic() + PATIENCE
    arguments: list[str | int] = [warmth.token, int(LEASE * 1000), _WARM, int(WARM_SECONDS * 1000)]
    while True:
        found = shared_memory().run("warm", [key], arguments)
        if found == warmth.token:
            return True
        if found == _WARM:
            _remember(key)
        if found == _WARM or time.monotonic() >= give_up:
            return False
        sleep(POLL)


def _remember(key: str) -> None:
    if len(_warm_until) >= _MOST_REMEMBERED:
        _warm_until.clear()
    _warm_until[shared.PREFIX + key] = time.monotonic() + STILL_WARM


def _renew(warmth: Warmth) -> None:
    shared_memory().run("held", [_key(warmth.prefix)], [warmth.token, int(LEASE * 1000)])


def _make_room(warmth: Warmth) -> None:
    """The warmer failed before its answer began: let the next one warm, at once."""
    with suppress(SharedMemoryGone):
        shared_memory().run("held", [_key(warmth.prefix)], [warmth.token, 0])


def _key(prefix: str) -> str:
    return f"prefix:{prefix}"
