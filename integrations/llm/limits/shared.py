"""The memory that all workers share: Redis, asked quickly, and left alone for a moment when it does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

PREFIX = "devmatrix:llm:"
ANSWER_WITHIN = 2.0
SILENCE = 5.0
"""Seconds without asking after Redis did not answer: a call waits for it once, not each time."""


class SharedMemoryGone(Exception):
    """Redis does not answer at the moment; whoever asks goes on alone."""


class SharedMemory:
    """One client for the life of the process, safe for many threads."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=ANSWER_WITHIN,
            socket_connect_timeout=ANSWER_WITHIN,
            retry=Retry(NoBackoff(), 1),  # once: a connection may be left from before a restart
        )
        self._scripts: dict[str, Any] = {}
        self._silent_until = 0.0
        self._lock = threading.Lock()

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int]) -> Any:
        """Run the Lua script of this name. Raises `SharedMemoryGone`."""
        return self._asking(lambda: self._script(script)(keys=[PREFIX + key for key in keys], args=list(arguments)))

    def get(self, key: str) -> str | None:
        found = self._asking(lambda: self._client.get(PREFIX + key))
        return None if found is None else str(found)

    def put(self, key: str, value: str, *, seconds: float) -> None:
        """Store for so long."""
        self._asking(lambda: self._client.set(PREFIX + key, value, px=int(seconds * 1000)))

    def change(self, key: str, how: Callable[[str | None], str | None], *, seconds: float) -> None:
        """Replace a value by what ``how`` makes of it, as one step; ``None`` removes it. ``how`` may run repeatedly."""

        def step(pipe: Any) -> None:
            found = pipe.get(PREFIX + key)
            made = how(found)
            pipe.multi()
            if made is None:
                pipe.delete(PREFIX + key)
            else:
                pipe.set(PREFIX + key, made, px=int(seconds * 1000))

        self._asking(lambda: self._client.transaction(step, PREFIX + key))

    def _script(self, name: str) -> Any:
        if name not in self._scripts:
            text = (Path(__file__).parent / f"{name}.lua").read_text()
            self._scripts[name] = self._client.register_script(text)
        return self._scripts[name]

    def _asking(self, ask: Callable[[], Any]) -> Any:
        if time.monotonic() < self._silent_until:
            raise SharedMemoryGone
        try:
            return ask()
        except (RedisError, OSError) as error:
            with self._lock:
                if time.monotonic() >= self._silent_until:
                    log.warning("llm_limits_not_shared", error=str(error), again_in_seconds=SILENCE)
                self._silent_until = time.monotonic() + SILENCE
            raise SharedMemoryGone from error


def shared_memory() -> SharedMemory:
    """The memory that the settings name."""
    return _shared_memory(settings.REDIS_URL)


@cache
def _shared_memory(url: str) -> SharedMemory:
    return SharedMemory(url)
