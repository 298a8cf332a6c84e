"""A person says something: commands are answered, wishes to build or to change begin it, a model answers the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User

from common.actors import Actor
from common.changes import change
from common.configuration import configuration
from common.errors import Conflict, InvalidInput
from planning import dispatch
from planning.errors import RequestNotUsable, WorkspaceBusy
from planning.intents import Intent, Kind, intent_of
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Message
from planning.selectors.modifications import open_modification
from planning.services.answering import answer_by_defaults
from planning.services.chatting import AWAITED
from planning.services.conversations import add_message, start_conversation
from planning.services.domain import validate_discovery
from planning.services.intake import start_discovery
from planning.services.workspaces import workspace_for_new_project
from planning.signals import change_asked
from planning.states import DiscoveryStatus, PlanStatus
from planning.texts import clean_text

HELP = """Commands:
/masterplan <request>: discovery and a plan, nothing is built
/orchestrate <request>: the whole journey; you answer questions, confirm the model and approve the plan on the way
/status: what is under way here
/help: this text

Or say in your own words what to build: "Create a REST API for tasks with users and comments".
Once there is a plan, say what to change in it: "Add a price to the books". You decide on what that touches."""
NOTHING_TO_GO_AHEAD = "There is nothing here that waits for a go-ahead. Say what to build, or send /status."


BUSY_HINT = (
    "Finish, reject or cancel it first, say what to change in it, or begin a new conversation for another project."
)
CHANGEABLE = [PlanStatus.DRAFT, PlanStatus.APPROVED, PlanStatus.IN_PROGRESS, PlanStatus.PAUSED, PlanStatus.COMPLETED]
"""Plans of which somebody may ask in words for a change; that of a draft is made by hand."""


@dataclass(frozen=True)
class Answer:
    """What is said to a message at once; ``facts`` go with it into its metadata."""

    text: str
    discovery: DiscoveryDocument | None = None
    facts: dict[str, Any] = field(default_factory=dict)


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
    plan = _plan_to_change(conversation)
    intent = intent_of(content, changeable=plan is not None)
    metadata = {"intent": intent.kind.value}
    if intent.kind is Kind.TALK:
        return Turn(_ask_model(conversation, content, metadata), None, None)
    with change():
        message = add_message(conversation=conversation, role=Message.Role.USER, content=content, metadata=metadata)
        if plan is not None and intent.kind is Kind.CHANGE:
            answer = _ask_for_change(plan, owner, intent)
        else:
            answer = _act(conversation, owner, intent, message)
        facts = answer.facts | ({"discovery_id": str(answer.discovery.pk)} if answer.discovery else {})
        reply = add_message(conversation=conversation, role=Message.Role.ASSISTANT, content=answer.text, metadata=facts)
    return Turn(message, reply, answer.discovery)


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


def _act(conversation: Conversation, owner: User, intent: Intent, message: Message) -> Answer:
    if intent.kind in {Kind.PLAN, Kind.BUILD}:
        return _start(conversation, owner, intent, message)
    if intent.kind is Kind.HELP:
        return Answer(HELP)
    if intent.kind is Kind.STATUS:
        return Answer(status_text(conversation))
    if intent.kind is Kind.GO_AHEAD:
        return _go_ahead(conversation, owner)
    return Answer(f"I do not know the command {intent.text.split()[0][:40]}.\n\n{HELP}")


def _plan_to_change(conversation: Conversation) -> MasterPlan | None:
    """The latest plan of the conversation, when it is one that a person may want changed. One query."""
    plan = MasterPlan.objects.filter(conversation=conversation).order_by("-created_at").first()
    return plan if plan is not None and plan.status in CHANGEABLE else None


def _ask_for_change(plan: MasterPlan, owner: User, intent: Intent) -> Answer:
    """What is asked for is proposed, and decided on by a button: words alone change nothing."""
    if plan.status == PlanStatus.DRAFT:
        return Answer(f"{plan.project_name} is a draft, which you edit under Plan before you approve it.")
    try:
        sent: Any = change_asked.send(sender=MasterPlan, plan=plan, requirement=intent.text, actor=Actor.of(owner))
    except (Conflict, InvalidInput) as refusal:
        return Answer(str(refusal), facts={"code": refusal.code})
    [(_, proposal)] = sent
    pauses = " The build pauses until then." if plan.status == PlanStatus.IN_PROGRESS else ""
    return Answer(
        f"I look at what that changes in {plan.project_name}; decide on the proposal under Changes.{pauses}",
        facts={"masterplan_id": str(plan.pk), "modification_id": str(proposal.pk)},
    )


def _go_ahead(conversation: Conversation, owner: User) -> Answer:
    """Take the next step that waits for a person: questions by default, the model as it is. A plan wants its button,
    and so does a change of it.
    """
    discovery = DiscoveryDocument.objects.filter(conversation=conversation).order_by("-created_at").first()
    if discovery is not None and discovery.status == DiscoveryStatus.AWAITING_ANSWERS:
        answer_by_defaults(discovery_id=discovery.pk, actor=Actor.of(owner), dispatched=True)
        return Answer("I take the usual answers to the open questions and model the domain now.", discovery)
    if discovery is not None and discovery.status == DiscoveryStatus.AWAITING_VALIDATION:
        validate_discovery(discovery_id=discovery.pk, actor=Actor.of(owner))
        return Answer("The domain model is confirmed; I make the plan now.", discovery)
    plan = _plan_to_change(conversation)
    if plan is not None and plan.status == PlanStatus.DRAFT:
        return Answer(f"The plan {plan.project_name} waits for your approval: read it at /plans/{plan.pk}/.")
    if plan is not None and open_modification(plan.pk) is not None:
        return Answer(f"A change of {plan.project_name} waits for your decision: read it under Changes.")
    return Answer(NOTHING_TO_GO_AHEAD)


def _start(conversation: Conversation, owner: User, intent: Intent, message: Message) -> Answer:
    try:
        discovery = start_discovery(
            owner=owner, request=intent.text, conversation=conversation, message=message, auto_plan=True
        )
    except RequestNotUsable as refusal:
        return Answer(str(refusal), facts={"code": refusal.code})
    except WorkspaceBusy as refusal:
        plan_id = refusal.context["masterplan"]
        return Answer(
            f"{refusal.detail} It is at /plans/{plan_id}/. {BUSY_HINT}",
            facts={"code": refusal.code, "masterplan_id": plan_id, "suggestions": ["/status"]},
        )
    return Answer("I am reading your request. Questions, if there are any, follow here.", discovery)


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
