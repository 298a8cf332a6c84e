"""The socket itself: reads messages, answers each, follows streams, keeps the line alive."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import User

from common.actors import new_trace_id, set_trace_id
from common.errors import DevMatrixError, LimitReached
from common.problems import problem
from common.rendering import to_json
from execution.live.socket.actions import JOINS, perform
from execution.live.socket.allowance import Allowance
from execution.live.socket.following import StreamFollower
from execution.live.socket.identity import Identity, NotAuthenticated, by_session, by_token, header_token
from execution.live.socket.messages import BadMessage, ClientMessage, error_reply, parse, reply
from execution.live.socket.reading import Told
from execution.live.socket.sharing import leave, reader_of
from planning.selectors.events import written_since

logger = logging.getLogger(__name__)

MAX_STREAMS = 20
HEARTBEAT = 20.0
IDLE_LIMIT = 65.0
SIGN_IN_LIMIT = 15.0
"""Seconds: between our heartbeats; of silence until a peer counts as dead; to sign in."""

# Close codes 4000 to 4999 are the application's own; these end like the HTTP status of the same meaning.
CLOSE_NOT_AUTHENTICATED = 4401
CLOSE_IDLE = 4408
CLOSE_TOO_MANY_MESSAGES = 4429
CLOSE_FAILED = 4500


@dataclass
class Followed:
    """A stream that this socket follows, and the message that asked for it."""

    message: ClientMessage
    follower: StreamFollower
    task: asyncio.Task[None]


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One connection. Every stream it follows has a task of its own; so has its heart."""

    async def connect(self) -> None:
        self.identity: Identity | None = by_session(self.scope)
        self.allowance = Allowance()
        self.heard_at = self.opened_at = time.monotonic()
        self.followed: dict[uuid.UUID, Followed] = {}
        self.doubts: set[asyncio.Task[None]] = set()
        self.closing = False
        await self.accept()
        if self.identity is None and (token := header_token(self.scope)):
            try:
                self.identity = await by_token(token)
            except NotAuthenticated:
                await self.close(code=CLOSE_NOT_AUTHENTICATED)
                return
        self.heart = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        self.closing = True
        if hasattr(self, "heart"):
            self.heart.cancel()
        for doubt in self.doubts:
            doubt.cancel()
        for stream_id in list(self.followed):
            await self._leave(stream_id)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answers every message; none of them closes the socket but one too many."""
        if self.closing:
            return
        self.heard_at = time.monotonic()
        if not self.allowance.take():
            self.closing = True
            await self.close(code=CLOSE_TOO_MANY_MESSAGES, reason="too_many_messages")
            return
        set_trace_id(new_trace_id())
        message: ClientMessage | None = None
        try:
            message = parse(text_data)
            await self._answer(message)
        except BadMessage as error:
            await self._send(error_reply(error.reply_to, error))
        except DevMatrixError as error:
            await self._send(error_reply(message.id if message else None, error))

    async def _answer(self, message: ClientMessage) -> None:
        if message.action == "authenticate":
            self.identity = await by_token(message.token)
            await self._send(reply(message.id, user=self.identity.user.get_username()))
        elif message.action == "heartbeat":
            await self._send(reply(message.id))
        elif self.identity is None:
            raise NotAuthenticated("Sign in first.", hint="Send {action: authenticate, token: ...}.")
        elif message.action in JOINS:
            await self._join(self.identity.user, message)
        elif message.action == "leave_masterplan":
            await self._leave(message.plan)
            await self._send(reply(message.id))
        else:
            await self._send(reply(message.id, **await database_sync_to_async(perform)(self.identity.user, message)))

    async def _join(self, user: User, message: ClientMessage) -> None:
        joining = await database_sync_to_async(JOINS[message.action])(user, message)
        if joining.stream_id not in self.followed and len(self.followed) >= MAX_STREAMS:
            raise LimitReached(f"A socket follows at most {MAX_STREAMS} streams.", hint="Leave one, or open another.")
        await self._leave(joining.stream_id)
        await self._send(reply(message.id, stream=str(joining.stream_id), last_seq=joining.last_seq))
        self._follow(joining.stream_id, message)

    def _follow(self, stream_id: uuid.UUID, message: ClientMessage) -> None:
        reader = reader_of(stream_id)
        follower = StreamFollower(
            reader,
            since=message.since,
            read=database_sync_to_async(written_since),
            send=self._send_together if message.batch else self._send_each,
            on_doubt=lambda: self._doubt(stream_id),
        )
        reader.listeners.add(follower)
        task = asyncio.create_task(follower.follow())
        task.add_done_callback(self._following_ended)
        self.followed[stream_id] = Followed(message, follower, task)

    async def _leave(self, stream_id: uuid.UUID) -> None:
        followed = self.followed.pop(stream_id, None)
        if followed is None:
            return
        followed.task.cancel()
        await asyncio.gather(followed.task, return_exceptions=True)
        await leave(stream_id, followed.follower)

    def _following_ended(self, task: asyncio.Task[None]) -> None:
        """Only a failure ends a follower by itself: the watcher is told by a closed socket, and comes again."""
        if task.cancelled() or self.closing:
            return
        self.closing = True
        logger.error("Following a stream failed: %r", task.exception())
        self.last_words = asyncio.create_task(self.close(code=CLOSE_FAILED))

    def _doubt(self, stream_id: uuid.UUID) -> None:
        task = asyncio.create_task(self._end_if_gone(stream_id))
        self.doubts.add(task)
        task.add_done_callback(self.doubts.discard)

    async def _end_if_gone(self, stream_id: uuid.UUID) -> None:
        """Who follows what was deleted, or is not theirs to see any more, is told so."""
        followed = self.followed.get(stream_id)
        if followed is None or self.identity is None:
            return
        try:
            await database_sync_to_async(JOINS[followed.message.action])(self.identity.user, followed.message)
        except DevMatrixError as error:
            await self._leave(stream_id)
            await self._send({"type": "gone", "stream": str(stream_id), "error": problem(error)})

    async def _beat(self) -> None:
        """Tells the peer that we live; drops one that says nothing, never signs in, or may not sign in any more."""
        while True:
            await asyncio.sleep(HEARTBEAT if self.identity else min(HEARTBEAT, SIGN_IN_LIMIT))
            now = time.monotonic()
            if self.identity is None and now - self.opened_at >= SIGN_IN_LIMIT:
                await self.close(code=CLOSE_NOT_AUTHENTICATED, reason="not_authenticated")
            elif now - self.heard_at > IDLE_LIMIT:
                await self.close(code=CLOSE_IDLE, reason="idle")
            elif self.identity is not None and not await self.identity.still_valid():
                await self.close(code=CLOSE_NOT_AUTHENTICATED, reason="not_authenticated")
            else:
                await self._send({"type": "heartbeat"})
                for stream_id in list(self.followed):
                    await self._end_if_gone(stream_id)
                continue
            return

    async def _send(self, content: dict[str, Any]) -> None:
        await self.send(text_data=to_json(content).decode())

    async def _send_each(self, news: Sequence[Told]) -> None:
        for event in news:
            await self.send(text_data=event.text)

    async def _send_together(self, news: Sequence[Told]) -> None:
        await self.send(text_data='{"events":[' + ",".join(event.text for event in news) + "]}")
