"""Conversations: the list, and one of them as its page starts from."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.models import PlanEvent, Stream
from execution.live.selectors.discovery_document import discovery_document
from execution.live.selectors.lists import words_of
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Message, ModificationProposal
from planning.selectors.access import conversations_for
from planning.services.chatting import AWAITED, GIVEN_UP_AFTER
from planning.states import ProposalStatus

MESSAGES_SHOWN = 100
PARTS_READ = 2_000


def listed_conversations(user: User, *, search: str = "") -> QuerySet[Conversation]:
    """The one that was spoken in last first, each with ``last_at``, ``last_words``, ``plan_status``. One query."""
    last = Message.objects.filter(conversation=OuterRef("pk")).order_by("-created_at")
    plan = MasterPlan.objects.filter(conversation=OuterRef("pk")).order_by("-created_at")
    discovery = DiscoveryDocument.objects.filter(conversation=OuterRef("pk")).order_by("-created_at")
    found = conversations_for(user)
    for word in words_of(search):
        said = Message.objects.filter(conversation=OuterRef("pk"), content__icontains=word)
        found = found.filter(Q(title__icontains=word) | Exists(said))
    at = Coalesce(Subquery(last.values("created_at")[:1]), "created_at", output_field=DateTimeField())
    return found.annotate(
        last_at=at,
        last_words=Subquery(last.values("content")[:1]),
        plan_status=Subquery(plan.values("status")[:1]),
        discovery_status=Subquery(discovery.values("status")[:1]),
    ).order_by("-last_at")


def chat_document(conversation: Conversation) -> dict[str, Any]:
    """JSON-ready, in a fixed number of queries. ``seq`` is read first: applying later events again changes nothing."""
    seq = Stream.objects.filter(pk=conversation.pk).values_list("last_seq", flat=True).first() or 0
    messages, earlier = messages_before(conversation)
    discovery = DiscoveryDocument.objects.filter(conversation=conversation).order_by("-created_at").first()
    plans = MasterPlan.objects.filter(conversation=conversation).order_by("-created_at")
    waiting = ModificationProposal.objects.filter(plan=OuterRef("pk"), status=ProposalStatus.PROPOSED)
    return {
        "seq": seq,
        "id": str(conversation.pk),
        "messages": messages,
        "earlier": earlier,
        "awaits": _awaits(conversation),
        "writing": _writing(conversation.pk),
        "discovery": discovery_document(discovery) if discovery else None,
        "plans": [
            {
                "id": str(plan.pk),
                "name": plan.project_name,
                "status": plan.status,
                "version": plan.version,
                "change_waits": plan.change_waits,
            }
            for plan in plans.annotate(change_waits=Exists(waiting))[:20]
        ],
    }


def messages_before(
    conversation: Conversation, message_id: uuid.UUID | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The latest messages (before one of them), oldest first, and whether there are earlier ones. Two queries."""
    rows = Message.objects.filter(conversation=conversation).order_by("-created_at", "-pk")
    if message_id is not None:
        rows = rows.filter(created_at__lt=Subquery(rows.filter(pk=message_id).values("created_at")[:1]))
    found = list(rows[: MESSAGES_SHOWN + 1])
    return [_message(row) for row in reversed(found[:MESSAGES_SHOWN])], len(found) > MESSAGES_SHOWN


def _message(message: Message) -> dict[str, Any]:
    suggestions = message.metadata.get("suggestions", [])
    return {
        "id": str(message.pk),
        "role": message.role,
        "content": message.content,
        "suggestions": [str(one) for one in suggestions] if isinstance(suggestions, list) else [],
        "created_at": message.created_at.isoformat(),
    }


def _awaits(conversation: Conversation) -> bool:
    """Whether a model is to answer; after ``GIVEN_UP_AFTER`` nobody will."""
    since = timezone.now() - GIVEN_UP_AFTER - timedelta(minutes=1)
    waiting = Message.objects.filter(conversation=conversation, metadata__has_key=AWAITED, answer__isnull=True)
    return waiting.filter(created_at__gt=since).exists()


def _writing(stream_id: uuid.UUID) -> dict[str, str] | None:
    """The answer that is being written, as far as it was told; of a writer that began anew, the second beginning."""
    rows = PlanEvent.objects.filter(stream_id=stream_id, type="message").order_by("-seq").values_list("data", flat=True)
    parts: list[str] = []
    message_id = ""
    for data in rows[:PARTS_READ]:
        if data.get("done") or (message_id and data["message_id"] != message_id):
            break
        message_id = data["message_id"]
        parts.insert(0, data["delta"])
    return {"id": message_id, "text": "".join(parts)} if parts else None
