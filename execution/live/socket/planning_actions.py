"""The actions of a conversation: what is said, discoveries, and what a person decides on a plan before it is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User

from common.actors import Actor
from execution.live.socket.messages import ClientMessage
from planning.jira.asking import ask_for_export
from planning.models import DiscoveryDocument, Message, PlanVersion
from planning.selectors.access import conversation_for, discovery_for, plan_for
from planning.services.answering import answer_questions
from planning.services.approval import reject_plan
from planning.services.domain import validate_discovery
from planning.services.intake import start_discovery
from planning.services.talking import take_message


def send_message(user: User, message: ClientMessage) -> dict[str, Any]:
    """``content``, said in ``conversation_id``. The reply is there, or a model answers and events tell."""
    conversation = conversation_for(user, message.conversation, control=True)
    turn = take_message(conversation=conversation, owner=user, content=message.content)
    return {"message": _shown(turn.message), "reply": None if turn.reply is None else _shown(turn.reply)}


def begin_discovery(user: User, message: ClientMessage) -> dict[str, Any]:
    """``content`` is the request; in ``conversation_id`` where one is named, else in a new conversation."""
    conversation = None
    if message.conversation_id is not None:
        conversation = conversation_for(user, message.conversation, control=True)
    return _discovery(start_discovery(owner=user, request=message.content, conversation=conversation))


def answer_discovery(user: User, message: ClientMessage) -> dict[str, Any]:
    """``answers`` by question, one or several."""
    discovery = discovery_for(user, message.discovery, control=True)
    return _discovery(answer_questions(discovery_id=discovery.pk, answers=message.answers, actor=Actor.of(user)))


def confirm_discovery(user: User, message: ClientMessage) -> dict[str, Any]:
    discovery = discovery_for(user, message.discovery, control=True)
    return _discovery(validate_discovery(discovery_id=discovery.pk, actor=Actor.of(user)))


def reject(user: User, message: ClientMessage) -> dict[str, Any]:
    plan = plan_for(user, message.plan, control=True)
    rejected = reject_plan(plan_id=plan.pk, actor=Actor.of(user), reason=message.reason)
    return {"masterplan_id": str(rejected.pk), "status": rejected.status}


def export_to_jira(user: User, message: ClientMessage) -> dict[str, Any]:
    """To Jira, or with ``format`` ``csv`` a file for its importer. The reply is how the export stands; events tell."""
    plan = plan_for(user, message.plan, control=True)
    return {"export": ask_for_export(plan=plan, how=message.format or "api", actor=Actor.of(user))}


def versions(user: User, message: ClientMessage) -> dict[str, Any]:
    """Every version, oldest first, without its snapshot."""
    plan = plan_for(user, message.plan)
    rows = PlanVersion.objects.filter(plan=plan).values("number", "type", "summary", "created_at")
    return {"versions": [{**row, "created_at": row["created_at"].isoformat()} for row in rows]}


def _shown(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.pk),
        "role": message.role,
        "content": message.content,
        "metadata": message.metadata,
        "created_at": message.created_at.isoformat(),
    }


def _discovery(discovery: DiscoveryDocument) -> dict[str, Any]:
    return {
        "discovery_id": str(discovery.pk),
        "conversation_id": str(discovery.conversation_id),
        "status": discovery.status,
    }


PERFORMED: dict[str, Callable[[User, ClientMessage], dict[str, Any]]] = {
    "send_message": send_message,
    "start_discovery": begin_discovery,
    "answer_discovery": answer_discovery,
    "validate_discovery": confirm_discovery,
    "reject_masterplan": reject,
    "get_masterplan_versions": versions,
    "export_masterplan_to_jira": export_to_jira,
}
