"""Conversations and their messages; each message is a row and an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from common.changes import change, emit
from planning.models import Conversation, Message, Workspace

TITLE_CHARS = 80


def start_conversation(*, owner: User, workspace: Workspace, title: str = "") -> Conversation:
    """A new, empty conversation. Line ends in the title become blanks."""
    return Conversation.objects.create(owner=owner, workspace=workspace, title=" ".join(title.split())[:TITLE_CHARS])


def add_message(
    *,
    conversation: Conversation,
    role: Message.Role,
    content: str,
    metadata: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Message:
    """Store a message, with other ``fields`` of it, and tell watchers of the conversation."""
    with change():
        message = Message.objects.create(
            conversation=conversation, role=role, content=content, metadata=dict(metadata or {}), **fields
        )
        emit(
            ("conversation", conversation.pk),
            "message",
            {"message_id": str(message.pk), "role": role.value, "content": content, "done": True},
        )
    return message
