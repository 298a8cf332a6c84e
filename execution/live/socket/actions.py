"""What a message asks for, done by the services. Runs in a thread with a database connection."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from common.errors import InvalidInput
from execution.live.control import Command, control_plan
from execution.live.modifying import ask_for_change, decide_on_change
from execution.live.selectors.plan_document import plan_document
from execution.live.socket import planning_actions
from execution.live.socket.messages import ClientMessage
from planning.selectors.access import conversation_for, plan_for
from planning.selectors.events import events_since


class UnknownAction(InvalidInput):
    code = "unknown_action"
    title = "There is no such action"


@dataclass(frozen=True)
class Joining:
    """A stream that may be followed, and where it stood at that moment."""

    stream_id: uuid.UUID
    last_seq: int


def stream_of_plan(user: User, message: ClientMessage) -> Joining:
    """Raises ``NotFound`` for what is not the user's to see."""
    return _joining(plan_for(user, message.plan).pk)


def stream_of_conversation(user: User, message: ClientMessage) -> Joining:
    """Raises ``NotFound`` for what is not the user's to see."""
    return _joining(conversation_for(user, message.conversation).pk)


def perform(user: User, message: ClientMessage) -> dict[str, Any]:
    """The content of the reply. Raises what the services raise, and ``UnknownAction``."""
    act = PERFORMED.get(message.action)
    if act is None:
        known = sorted([*PERFORMED, *JOINS, "leave_masterplan", "authenticate", "heartbeat"])
        raise UnknownAction(f"There is no action {message.action!r}.", hint="Known: " + ", ".join(known) + ".")
    return act(user, message)


def _joining(stream_id: uuid.UUID) -> Joining:
    return Joining(stream_id, events_since(stream_id, 2**62).last_seq)


def _document(user: User, message: ClientMessage) -> dict[str, Any]:
    return {"masterplan": plan_document(plan_for(user, message.plan))}


def _ask_for_change(user: User, message: ClientMessage) -> dict[str, Any]:
    return ask_for_change(user=user, plan_id=message.plan, words=message.content)


def _decide_on_change(user: User, message: ClientMessage) -> dict[str, Any]:
    return decide_on_change(
        user=user,
        proposal_id=message.modification,
        decision=message.decision,
        words=message.content or message.reason,
    )


def _control(action: str) -> Callable[[User, ClientMessage], dict[str, Any]]:
    def act(user: User, message: ClientMessage) -> dict[str, Any]:
        command = Command(
            plan_id=message.plan,
            action=action,
            reason=message.reason,
            mode=message.mode,
            snapshot=message.snapshot_id,
            version=message.version,
        )
        return control_plan(user=user, command=command)

    return act


JOINS = {"join_masterplan": stream_of_plan, "join_chat": stream_of_conversation}
PERFORMED: dict[str, Callable[[User, ClientMessage], dict[str, Any]]] = {
    "get_masterplan": _document,
    "approve_masterplan": _control("approve"),
    "execute_masterplan": _control("execute"),
    "pause_execution": _control("pause"),
    "resume_execution": _control("resume"),
    "cancel_execution": _control("cancel"),
    "request_modification": _ask_for_change,
    "decide_modification": _decide_on_change,
    **planning_actions.PERFORMED,
}
