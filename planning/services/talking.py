"""A person says something: commands are answered, a wish to build starts a discovery, a model answers the rest."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User

from common.actors import Actor
from common.changes import change
from common.configuration import configuration
from common.errors import InvalidInput
from planning import dispatch
from planning.errors import RequestNotUsable, WorkspaceBusy
from planning.intents import Intent, Kind, intent_of
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Message
from planning.services.answering import answer_by_defaults
from planning.services.chatting import AWAITED
from planning.services.conversations import add_message, start_conversation
from planning.services.domain import validate_discovery
from planning.services.intake import start_discovery
from planning.services.workspaces import workspace_for_new_project
from planning.states import DiscoveryStatus, PlanStatus
from planning.texts import clean_text

HELP = """Commands:
/masterplan <request>: discovery and a plan, nothing is built
/orchestrate <request>: the whole journey; you answer questions, confirm the model and approve the plan on the way
/status: what is under way here
/help: this text

Or say in your own words what to build: "Create a REST API for tasks with users and comments"."""
NOTHING_TO_GO_AHEAD = "There is nothing here that waits for a go-ahead. Say what to build, or send /status."


@dataclass(frozen=True)
class Turn:
    """What came of a message: the stored message, the reply if it is there by now, and the discovery that it started.

    Without a reply a model answers: its events tell.
    """

    message: Message
    reply: Message | None
    discovery: DiscoveryDocument | None


def begin_conversation(*, owner: User, content: str) -> Turn:
    """A first message makes a conversation, in a workspace where something may be built. Raises as ``take_message``."""
    content = _clean(content)
    with change():
        workspace = workspace_for_new_project(owner=owner, workspace=None, title=content)
        conversation = start_conversation(owner=owner, workspace=workspace, title=content)
        return take_message(conversation=conversation, owner=owner, content=content)


def take_message(*, conversation: Conversation, owner: User, content: str) -> Turn:
    """Store a person's message and answer it. Raises ``TooLarge``, ``InvalidInput``; refusals are replies."""
    content = _clean(content)
    intent = intent_of(content)
    metadata = {"intent": intent.kind.value}
    if intent.kind is Kind.TALK:
        return Turn(_ask_model(conversation, content, metadata), None, None)
    with change():
        message = add_message(conversation=conversation, role=Message.Role.USER, content=content, metadata=metadata)
        discovery, text = _act(conversation, owner, intent, message)
        facts = {"discovery_id": str(discovery.pk)} if discovery else {}
        reply = add_message(conversation=conversation, role=Message.Role.ASSISTANT, content=text, metadata=facts)
    return Turn(message, reply, discovery)


def _clean(content: str) -> str:
    content = clean_text(content, name="The message", max_chars=configuration().max_request_chars)
    if not content:
        raise InvalidInput("The message is empty.", hint="Say something, or send /help.")
    return content


def _ask_model(conversation: Conversation, content: str, metadata: dict[str, str]) -> Message:
    with change():
        message = add_message(
            conversation=conversation,
            role=Message.Role.USER,
            content=content,
            metadata={**metadata, AWAITED: True},
        )
        dispatch.chat_answer(message.pk)
    return message


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
        return _go_ahead(conversation, owner)
    return None, f"I do not know the command {intent.text.split()[0][:40]}.\n\n{HELP}"


def _go_ahead(conversation: Conversation, owner: User) -> tuple[DiscoveryDocument | None, str]:
    """Take the next step that waits for a person: questions by default, the model as it is. A plan wants its button."""
    discovery = DiscoveryDocument.objects.filter(conversation=conversation).order_by("-created_at").first()
    if discovery is not None and discovery.status == DiscoveryStatus.AWAITING_ANSWERS:
        answer_by_defaults(discovery_id=discovery.pk, actor=Actor.of(owner), dispatched=True)
        return discovery, "I take the usual answers to the open questions and model the domain now."
    if discovery is not None and discovery.status == DiscoveryStatus.AWAITING_VALIDATION:
        validate_discovery(discovery_id=discovery.pk, actor=Actor.of(owner))
        return discovery, "The domain model is confirmed; I make the plan now."
    draft = MasterPlan.objects.filter(conversation=conversation, status=PlanStatus.DRAFT).first()
    if draft is not None:
        return (
            None,
            f"The plan {draft.project_name} waits for your approval: read it at /plans/{draft.pk}/.",
        )
    return None, NOTHING_TO_GO_AHEAD


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
