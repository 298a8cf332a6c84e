"""The socket itself: reads messages, answers each, follows streams, keeps the line alive."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import User

from common.actors import new_trace_id, set_trace_id
from common.errors import DevMatrixError, LimitReached
from common.push import group_of
from common.rendering import to_json
from execution.live.socket.actions import JOINS, perform
from execution.live.socket.allowance import Allowance
from execution.live.socket.following import StreamFollower
from execution.live.socket.identity import NotAuthenticated, header_token, session_user, still_active, user_of_token
from execution.live.socket.messages import BadMessage, ClientMessage, error_reply, parse, reply
from planning.selectors.events import events_since

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


class LiveConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """One connection. Every stream it follows has a task of its own; so has its heart."""

    async def connect(self) -> None:
        self.user: User | None = session_user(self.scope)
        self.allowance = Allowance()
        self.heard_at = self.opened_at = time.monotonic()
        self.followers: dict[uuid.UUID, StreamFollower] = {}
        self.tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
        self.closing = False
        await self.accept()
        if self.user is None and (token := header_token(self.scope)):
            try:
                self.user = await user_of_token(token)
            except NotAuthenticated:
                await self.close(code=CLOSE_NOT_AUTHENTICATED)
                return
        self.heart = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        self.closing = True
        if hasattr(self, "heart"):
            self.heart.cancel()
        for stream_id in list(self.tasks):
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

    async def stream_grew(self, hint: dict[str, Any]) -> None:
        """A hint of ``common.push``."""
        follower = self.followers.get(uuid.UUID(hint["stream"]))
        if follower is not None:
            follower.hint()

    async def _answer(self, message: ClientMessage) -> None:
        if message.action == "authenticate":
            self.user = await user_of_token(message.token)
            await self._send(reply(message.id, user=self.user.get_username()))
        elif message.action == "heartbeat":
            await self._send(reply(message.id))
        elif self.user is None:
            raise NotAuthenticated("Sign in first.", hint="Send {action: authenticate, token: ...}.")
        elif message.action in JOINS:
            await self._join(self.user, message)
        elif message.action == "leave_masterplan":
            await self._leave(message.plan)
            await self._send(reply(message.id))
        else:
            await self._send(reply(message.id, **await database_sync_to_async(perform)(self.user, message)))

    async def _join(self, user: User, message: ClientMessage) -> None:
        """Subscribed before the first read, so that nothing is told between the two unheard."""
        joining = await database_sync_to_async(JOINS[message.action])(user, message)
        if joining.stream_id not in self.followers and len(self.followers) >= MAX_STREAMS:
            raise LimitReached(f"A socket follows at most {MAX_STREAMS} streams.", hint="Leave one, or open another.")
        await self._leave(joining.stream_id)
        await self.channel_layer.group_add(group_of(joining.stream_id), self.channel_name)
        await self._send(reply(message.id, stream=str(joining.stream_id), last_seq=joining.last_seq))
        follower = StreamFollower(
            joining.stream_id, since=message.since, read=database_sync_to_async(events_since), send=self._send
        )
        self.followers[joining.stream_id] = follower
        task = asyncio.create_task(follower.follow())
        task.add_done_callback(self._following_ended)
        self.tasks[joining.stream_id] = task

    async def _leave(self, stream_id: uuid.UUID) -> None:
        self.followers.pop(stream_id, None)
        task = self.tasks.pop(stream_id, None)
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self.channel_layer.group_discard(group_of(stream_id), self.channel_name)

    def _following_ended(self, task: asyncio.Task[None]) -> None:
        """Only a failure ends a follower by itself: the watcher is told by a closed socket, and comes again."""
        if task.cancelled() or self.closing:
            return
        self.closing = True
        logger.error("Following a stream failed: %r", task.exception())
        self.last_words = asyncio.create_task(self.close(code=CLOSE_FAILED))

    async def _beat(self) -> None:
        """Tells the peer that we live; drops one that says nothing, never signs in, or may not sign in any more."""
        while True:
            await asyncio.sleep(HEARTBEAT if self.user else min(HEARTBEAT, SIGN_IN_LIMIT))
            now = time.monotonic()
            if self.user is None and now - self.opened_at >= SIGN_IN_LIMIT:
                await self.close(code=CLOSE_NOT_AUTHENTICATED, reason="not_authenticated")
            elif now - self.heard_at > IDLE_LIMIT:
                await self.close(code=CLOSE_IDLE, reason="idle")
            elif self.user is not None and not await still_active(self.user):
                await self.close(code=CLOSE_NOT_AUTHENTICATED, reason="not_authenticated")
            else:
                await self._send({"type": "heartbeat"})
                continue
            return

    async def _send(self, content: dict[str, Any]) -> None:
        await self.send(text_data=to_json(content).decode())
