"""A person says something: commands are answered, a wish to build starts a discovery, the rest gets an honest reply."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from common.changes import change
from common.configuration import configuration
from common.errors import InvalidInput
from planning.errors import RequestNotUsable, WorkspaceBusy
from planning.intents import Intent, Kind, intent_of
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Message
from planning.services.conversations import add_message
from planning.services.intake import start_discovery
from planning.texts import clean_text

HELP = """Commands:
/masterplan <request>: discovery and a plan, nothing is built
/orchestrate <request>: the whole journey; you answer questions, confirm the model and approve the plan on the way
/status: what is under way here
/help: this text

Or say in your own words what to build: "Create a REST API for tasks with users and comments"."""
LIMITED = (
    "I can plan and build projects; free conversation is limited here. "
    'Say what to build ("Create a REST API for ..."), or send /help.'
)
NOTHING_TO_GO_AHEAD = "There is nothing here that waits for a go-ahead. Say what to build, or send /status."


@dataclass(frozen=True)
class Turn:
    """What came of a message: the stored message, the reply, and the discovery that it started."""

    message: Message
    reply: Message
    discovery: DiscoveryDocument | None


def take_message(*, conversation: Conversation, owner: User, content: str) -> Turn:
    """Store a person's message and answer it. Raises ``TooLarge``, ``InvalidInput``; refusals are replies."""
    content = clean_text(content, name="The message", max_chars=configuration().max_request_chars)
    if not content:
        raise InvalidInput("The message is empty.")
    intent = intent_of(content)
    with change():
        message = add_message(
            conversation=conversation, role=Message.Role.USER, content=content, metadata={"intent": intent.kind.value}
        )
        discovery, text = _act(conversation, owner, intent, message)
        metadata = {"discovery_id": str(discovery.pk)} if discovery else {}
        reply = add_message(conversation=conversation, role=Message.Role.ASSISTANT, content=text, metadata=metadata)
    return Turn(message, reply, discovery)


def _act(
    conversation: Conversation, owner: User, intent: Intent, message: Message
) -> tuple[DiscoveryDocument | None, str]:
    if intent.kind in {Kind.PLAN, Kind.BUILD}:
        return _start(conversation, owner, intent, message)
    if intent.kind is Kind.HELP:
        return None, HELP
    if intent.kind is Kind.STATUS:
        return None, status_text(conversation)
    if intent.kind is Kind.GO_AHEAD:
        return None, NOTHING_TO_GO_AHEAD
    if intent.kind is Kind.UNKNOWN_COMMAND:
        return None, f"I do not know the command {intent.text.split()[0][:40]}.\n\n{HELP}"
    return None, LIMITED


def _start(
    conversation: Conversation, owner: User, intent: Intent, message: Message
) -> tuple[DiscoveryDocument | None, str]:
    try:
        discovery = start_discovery(
            owner=owner, request=intent.text, conversation=conversation, message=message, auto_plan=True
        )
    except (RequestNotUsable, WorkspaceBusy) as refusal:
        return None, str(refusal)
    return discovery, "I am reading your request. Questions, if there are any, follow here."


def status_text(conversation: Conversation) -> str:
    """The state of discoveries and plans of a conversation, in words. Two queries."""
    lines = [
        f'Discovery of "{discovery.original_request[:60]}": {discovery.status.replace("_", " ")}'
        + (f", failed: {discovery.error['detail']}" if discovery.error else "")
        for discovery in DiscoveryDocument.objects.filter(conversation=conversation).exclude(status="completed")[:10]
    ]
    lines += [
        f"Plan {plan.project_name}: {plan.status.replace('_', ' ')}, "
        f"{plan.completed_tasks} of {plan.total_tasks} tasks done"
        for plan in MasterPlan.objects.filter(conversation=conversation)[:10]
    ]
    return "\n".join(lines) or "Nothing is under way in this conversation."
