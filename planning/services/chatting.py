"""Answers a message by a model, once, letting watchers read along while the answer is written."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal

from django.db import IntegrityError
from django.db.models import DateTimeField, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from pydantic_core import from_json

from common.actors import new_trace_id, set_trace_id
from common.changes import change, emit
from common.claims import free, holding, take
from common.errors import DevMatrixError
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.gateway import About, Progress, ask
from integrations.llm.limits.recovery import may_go_on
from integrations.llm.purposes import CHAT
from integrations.llm.shapes import ChatInputs, ChatTurn, PlanFacts
from planning import dispatch
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Message
from planning.services.conversations import add_message

logger = logging.getLogger(__name__)

AWAITED = "awaits_answer"
"""In a message's metadata: a model is to answer it."""
STOPPED = "stopped_at"
"""In a message's metadata: when an outage of the provider last kept it from being answered."""
HISTORY = 12
HISTORY_CHARS = 4_000
SECONDS_BETWEEN_PARTS = 0.4
RESEND_AFTER = timedelta(seconds=60)
GIVEN_UP_AFTER = timedelta(hours=1)


def answer_message(message_id: uuid.UUID) -> Message | None:
    """Answer a person's message; ``None`` when that is done, or under way elsewhere.

    What goes wrong is an answer too, of the role ``system``: it says what, and how to mend it. An outage of the
    provider is none for the first hour: that is told, and the message is answered when the provider is back.
    """
    token = take(Message.objects.filter(pk=message_id, metadata__has_key=AWAITED, answer__isnull=True))
    if token is None:
        return None
    message = Message.objects.select_related("conversation").get(pk=message_id)
    set_trace_id(new_trace_id())
    answer_id = uuid.uuid4()
    with holding(Message, token):
        try:
            reply = ask(
                CHAT,
                chat_inputs(message),
                about=About(conversation=message.conversation_id),
                on_progress=PartWatcher(message.conversation, answer_id),
            )
        except DevMatrixError as error:
            return _not_answered(message, token, answer_id, error)
        facts = {"wants": reply.answer.wants, "suggestions": reply.answer.suggestions, "model": reply.model}
        return _store(message, answer_id, Message.Role.ASSISTANT, reply.answer.text, facts)


class PartWatcher:
    """Tells the part of the answer's text that is new, at most every 0.4 seconds: each telling is a row."""

    def __init__(self, conversation: Conversation, answer_id: uuid.UUID) -> None:
        self._stream = ("conversation", conversation.pk)
        self._answer_id = answer_id
        self._told = 0
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < SECONDS_BETWEEN_PARTS:
            return
        text = text_so_far("".join(progress.parts))
        if len(text) <= self._told or "\x00" in text:  # no database keeps that; such an answer is going to be refused
            return
        self._last = now
        data = {"message_id": str(self._answer_id), "role": "assistant", "delta": text[self._told :], "done": False}
        self._told = len(text)
        emit(self._stream, "message", data)


def text_so_far(received: str) -> str:
    """The field ``text`` of an answer of which only the beginning is there; empty while it has not begun."""
    start = received.find("{")
    if start < 0:
        return ""
    try:
        content = from_json(received[start:], allow_partial="trailing-strings")
    except ValueError:
        return ""
    text = content.get("text") if isinstance(content, dict) else None
    return text if isinstance(text, str) else ""


def chat_inputs(message: Message) -> ChatInputs:
    """What may be said to a person: the conversation, and how its work stands. Three queries."""
    conversation = message.conversation
    before = Message.objects.filter(conversation=conversation, created_at__lt=message.created_at)
    turns = [row for row in before.order_by("-created_at")[:HISTORY] if row.role != Message.Role.SYSTEM]
    discoveries = DiscoveryDocument.objects.filter(conversation=conversation).exclude(status="completed")[:10]
    return ChatInputs(
        message=message.content,
        history=[_turn(row) for row in reversed(turns)],
        plans=[_facts(plan) for plan in MasterPlan.objects.filter(conversation=conversation)[:10]],
        facts=[
            f'The discovery of "{row.original_request[:120]}" is {row.status.replace("_", " ")}.' for row in discoveries
        ],
    )


def resend_unanswered_messages() -> int:
    """For the reconciler: dispatch again messages of the last hour that wait for a minute and are held by nobody."""
    now = timezone.now()
    lost = _unanswered().filter(created_at__range=(now - GIVEN_UP_AFTER, now - RESEND_AFTER))
    return _resend(lost.exclude(metadata__has_key=STOPPED).order_by("created_at")[:100])


def resume_answers_after_outage() -> int:
    """For the reconciler: dispatch again messages that the provider's outage left open, when it is back."""
    stopped = _unanswered().filter(metadata__has_key=STOPPED)
    since_then = stopped.annotate(since=Cast(KT(f"metadata__{STOPPED}"), DateTimeField()))
    return _resend(may_go_on(since_then, since="since"))


def _unanswered() -> QuerySet[Message]:
    return Message.objects.filter(free(), metadata__has_key=AWAITED, answer__isnull=True)


def _resend(messages: Iterable[Message]) -> int:
    ids = [message.pk for message in messages]
    for message_id in ids:
        dispatch.chat_answer(message_id)
    return len(ids)


def _not_answered(message: Message, token: uuid.UUID, answer_id: uuid.UUID, error: DevMatrixError) -> Message | None:
    logger.warning("A message of conversation %s was not answered: %s", message.conversation_id, error)
    if isinstance(error, ProviderUnavailable) and message.created_at > timezone.now() - GIVEN_UP_AFTER:
        _leave_for_later(message, token, answer_id, error)
        return None
    return _store(message, answer_id, Message.Role.SYSTEM, f"I could not answer: {error}", {"code": error.code})


def _leave_for_later(message: Message, token: uuid.UUID, answer_id: uuid.UUID, error: ProviderUnavailable) -> None:
    """Give the message back unanswered; say so, once."""
    told = STOPPED in message.metadata
    metadata = {**message.metadata, STOPPED: timezone.now().isoformat()}
    with change():
        mine = Message.objects.filter(pk=message.pk, claim=token)
        if mine.update(metadata=metadata, claim=None, claim_expires=None) and not told:
            add_message(
                conversation=message.conversation,
                role=Message.Role.SYSTEM,
                content=f"I cannot answer yet, and will when the provider is back: {error.detail}",
                metadata={"code": error.code, "waits": True},
                pk=answer_id,
            )


def _store(
    message: Message, answer_id: uuid.UUID, role: Message.Role, content: str, metadata: dict[str, Any]
) -> Message | None:
    try:
        with change():
            return add_message(
                conversation=message.conversation,
                role=role,
                content=content,
                metadata=metadata,
                pk=answer_id,
                answers=message,
            )
    except IntegrityError:
        logger.info("Message %s was answered elsewhere meanwhile.", message.pk)
        return None


def _turn(message: Message) -> ChatTurn:
    role: Literal["user", "assistant"] = "assistant" if message.role == Message.Role.ASSISTANT else "user"
    return ChatTurn(role=role, text=message.content[:HISTORY_CHARS])


def _facts(plan: MasterPlan) -> PlanFacts:
    return PlanFacts(
        name=plan.project_name,
        status=plan.status.replace("_", " "),
        tasks_done=plan.completed_tasks,
        tasks_total=plan.total_tasks,
        waits_for=plan.pause_detail or plan.pause_reason.replace("_", " "),
        address=f"/plans/{plan.pk}/",
    )
