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

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_loop_pid = 0


def group_of(stream_id: uuid.UUID) -> str:
    return f"stream.{stream_id}"


def after_commit(stream_id: uuid.UUID, last_seq: int) -> None:
    """Send the hint when the transaction under way is committed."""
    transaction.on_commit(lambda: send(stream_id, last_seq), robust=True)


def gone_after_commit(stream_id: uuid.UUID) -> None:
    """When the transaction under way is committed, have watchers look whether the stream is still there."""
    transaction.on_commit(lambda: _tell(stream_id, {"type": "stream.gone", "stream": str(stream_id)}), robust=True)


def send(stream_id: uuid.UUID, last_seq: int) -> None:
    _tell(stream_id, {"type": "stream.grew", "stream": str(stream_id), "seq": last_seq})


def _tell(stream_id: uuid.UUID, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    asyncio.run_coroutine_threadsafe(_deliver(layer, group_of(stream_id), message), _running_loop())


async def _deliver(layer: Any, group: str, message: dict[str, Any]) -> None:
    try:
        await layer.group_send(group, message)
    except OSError as error:
        logger.warning("A hint to watchers was lost: %s", error)


def _running_loop() -> asyncio.AbstractEventLoop:
    """The loop of this process; a forked child makes its own."""
    global _loop, _loop_pid
    with _lock:
        if _loop is None or _loop_pid != os.getpid():
            _loop, _loop_pid = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="push", daemon=True).start()
        return _loop
