"""The readers of this process: the first watcher of a stream starts one, the last one ends it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from common.push import group_of
from execution.live.socket.reading import Listener, StreamReader
from planning.selectors.events import written_since

logger = logging.getLogger(__name__)


@dataclass
class Shared:
    reader: StreamReader
    task: asyncio.Task[None]


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[uuid.UUID, Shared]] = WeakKeyDictionary()


def reader_of(stream_id: uuid.UUID) -> StreamReader:
    """The reader of a stream in this event loop; who takes it enters among its ``listeners`` at once."""
    here = _shared.setdefault(asyncio.get_running_loop(), {})
    if stream_id not in here:
        reader = StreamReader(stream_id, read=database_sync_to_async(written_since))
        task = asyncio.create_task(_serve(reader))
        here[stream_id] = Shared(reader, task)
        task.add_done_callback(lambda ended: _ended(stream_id, ended))
    return here[stream_id].reader


async def leave(stream_id: uuid.UUID, listener: Listener) -> None:
    """Stop to listen; a reader without listeners ends."""
    here = _shared.get(asyncio.get_running_loop(), {})
    shared = here.get(stream_id)
    if shared is None:
        return
    shared.reader.listeners.discard(listener)
    if not shared.reader.listeners:
        del here[stream_id]
        shared.task.cancel()
        await asyncio.gather(shared.task, return_exceptions=True)


async def _serve(reader: StreamReader) -> None:
    """Subscribed before the first read, so that nothing is told between the two unheard."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    group = group_of(reader.stream_id)
    await layer.group_add(group, channel)
    reading = asyncio.create_task(reader.run())
    hearing = asyncio.create_task(_hear(reader, channel))
    try:
        done, _ = await asyncio.wait([reading, hearing], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (reading, hearing):
            task.cancel()
        await asyncio.gather(reading, hearing, return_exceptions=True)
        await layer.group_discard(group, channel)


async def _hear(reader: StreamReader, channel: str) -> None:
    """Hints of ``common.push``."""
    layer = get_channel_layer()
    while True:
        message = await layer.receive(channel)
        if message["type"] == "stream.gone":
            for listener in list(reader.listeners):
                listener.doubt()
        reader.hint()


def _ended(stream_id: uuid.UUID, task: asyncio.Task[None]) -> None:
    """Only a failure ends a reader that has listeners."""
    if task.cancelled():
        return
    logger.error("Reading a stream failed: %r", task.exception())
    shared = _shared.get(task.get_loop(), {}).pop(stream_id, None)
    if shared is not None:
        for listener in list(shared.reader.listeners):
            listener.broke()
