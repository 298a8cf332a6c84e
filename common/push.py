"""Tells watchers that a stream has grown. Only a hint: the log is the truth, a lost hint costs a little time.

Channel layers want one event loop per process; hints from many threads go through one loop in a thread of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import uuid
from typing import Any

from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

PAUSE = 0.02
"""Seconds between two hints about one stream from one process: many small steps are one hint for all who watch."""

_lock = threading.Lock()
_grown: dict[uuid.UUID, int] = {}
"""How far the streams have grown that hints are under way about."""
_loop: asyncio.AbstractEventLoop | None = None
_loop_pid = 0


def group_of(stream_id: uuid.UUID) -> str:
    return f"stream.{stream_id}"


def after_commit(stream_id: uuid.UUID, last_seq: int) -> None:
    """Send the hint when the transaction under way is committed."""
    transaction.on_commit(lambda: send(stream_id, last_seq), robust=True)


def gone_after_commit(stream_id: uuid.UUID) -> None:
    """When the transaction under way is committed, have watchers look whether the stream is still there."""
    transaction.on_commit(lambda: _tell_it_is_gone(stream_id), robust=True)


def _tell_it_is_gone(stream_id: uuid.UUID) -> None:
    layer, message = get_channel_layer(), {"type": "stream.gone", "stream": str(stream_id)}
    if layer is not None:
        asyncio.run_coroutine_threadsafe(_deliver(layer, group_of(stream_id), message), _running_loop())


def send(stream_id: uuid.UUID, last_seq: int) -> None:
    """Tell at once that a stream has grown; when that was just told, soon and together with what comes until then."""
    layer, loop = get_channel_layer(), _running_loop()
    if layer is None:
        return
    with _lock:
        under_way = stream_id in _grown
        _grown[stream_id] = max(last_seq, _grown.get(stream_id, 0))
    if not under_way:
        asyncio.run_coroutine_threadsafe(_tell_growth(layer, stream_id), loop)


async def _tell_growth(layer: Any, stream_id: uuid.UUID) -> None:
    """As long as the stream grows. What is told of it while ``PAUSE`` lasts is one hint."""
    told = 0
    while True:
        with _lock:
            seq = _grown[stream_id]
            if seq == told:
                del _grown[stream_id]
                return
        await _deliver(layer, group_of(stream_id), {"type": "stream.grew", "stream": str(stream_id), "seq": seq})
        told = seq
        await asyncio.sleep(PAUSE)


async def _deliver(layer: Any, group: str, message: dict[str, Any]) -> None:
    """A server that was started anew has closed the connection that was kept: a new one is tried once."""
    try:
        try:
            await layer.group_send(group, message)
        except (OSError, RedisError):
            await layer.group_send(group, message)
    except (OSError, RedisError) as error:
        logger.warning("A hint to watchers was lost: %s", error)


def _running_loop() -> asyncio.AbstractEventLoop:
    """The loop of this process; a forked child makes its own."""
    global _loop, _loop_pid
    with _lock:
        if _loop is None or _loop_pid != os.getpid():
            _loop, _loop_pid = asyncio.new_event_loop(), os.getpid()
            _grown.clear()
            threading.Thread(target=_loop.run_forever, name="push", daemon=True).start()
        return _loop
