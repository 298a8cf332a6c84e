"""A message that is no command is answered by a model: once, told in parts, and honestly when it cannot be."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from common.models import PlanEvent
from integrations.llm.errors import ProviderRejected
from integrations.llm.prices import Usage
from integrations.llm.providers.base import Completion, Progress, Request, Watcher
from integrations.llm.shapes import ChatAnswer, ChatInputs
from integrations.models import LLMCall
from planning import dispatch
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Message, ModificationProposal
from planning.services import chatting
from planning.services.chatting import answer_message, resend_unanswered_messages, text_so_far
from planning.services.talking import take_message
from planning.steps import Step
from tests.factories import ConversationFactory, DiscoveryFactory, DiscoveryQuestionFactory, make_plan
from tests.planning.conftest import ScriptedProvider

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls")]

ANSWER = ChatAnswer(language="en", text='It is "done":\nsix tasks of six.', wants="status", suggestions=["/status"])
ClientOf = Callable[[User | None], APIClient]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Messages that were given to a worker; nothing reaches the broker."""
    sent: list[uuid.UUID] = []
    monkeypatch.setattr(dispatch, "chat_answer", sent.append)
    return sent


def say(conversation: Conversation, content: str = "How is it going?") -> Message:
    return take_message(conversation=conversation, owner=conversation.owner, content=content).message


def test_a_question_is_answered_from_what_is_known(provider: ScriptedProvider, asked: list[uuid.UUID]) -> None:
    plan = make_plan(status="paused", pause_reason="cost_limit")
    say(plan.conversation, "/help")
    message = say(plan.conversation)
    provider.answer("chat", ANSWER)
    assert asked == [message.pk]
    answer = answer_message(message.pk)
    assert answer is not None
    assert (answer.role, answer.content, answer.answers) == ("assistant", ANSWER.text, message)
    assert answer.metadata == {"wants": "status", "suggestions": ["/status"], "model": "offline-1"}
    given = provider.requests[0].inputs
    assert isinstance(given, ChatInputs)
    assert given.message == "How is it going?"
    assert [turn.role for turn in given.history] == ["user", "assistant"]
    assert [(known.name, known.status, known.waits_for) for known in given.plans] == [
        (plan.project_name, "paused", "cost limit")
    ]
    assert LLMCall.objects.get().conversation_id == plan.conversation_id


def test_a_message_is_answered_once(provider: ScriptedProvider, asked: list[uuid.UUID]) -> None:
    message = say(ConversationFactory())
    provider.answer("chat", ANSWER)
    assert answer_message(message.pk) is not None
    assert answer_message(message.pk) is None
    assert provider.purposes == ["chat"]


def test_a_message_that_another_worker_holds_is_left_to_it(provider: ScriptedProvider, asked: list[uuid.UUID]) -> None:
    message = say(ConversationFactory())
    Message.objects.filter(pk=message.pk).update(
        claim=uuid.uuid4(), claim_expires=timezone.now() + timedelta(minutes=1)
    )
    assert answer_message(message.pk) is None
    assert provider.purposes == []


def test_an_answer_that_comes_after_another_is_dropped(provider: ScriptedProvider, asked: list[uuid.UUID]) -> None:
    message = say(ConversationFactory())

    def late(_: Request) -> ChatAnswer:
        Message.objects.create(conversation=message.conversation, role="assistant", content="First.", answers=message)
        return ANSWER

    provider.answer("chat", late)
    assert answer_message(message.pk) is None
    assert list(message.conversation.messages.values_list("content", flat=True)) == ["How is it going?", "First."]


def test_a_failure_is_told_with_its_remedy(provider: ScriptedProvider, asked: list[uuid.UUID]) -> None:
    message = say(ConversationFactory())
    provider.answer("chat", ProviderRejected("The key is wrong.", hint="Set another."))
    answer = answer_message(message.pk)
    assert answer is not None
    assert (answer.role, answer.metadata) == ("system", {"code": "provider_rejected"})
    assert answer.content == "I could not answer: The key is wrong. Set another."


class SlowWriter(ScriptedProvider):
    """Writes its answer in many pieces."""

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        text = ANSWER.model_dump_json()
        assert watcher is not None
        for end in range(1, len(text), 5):
            watcher(Progress(end // 4, 100, [text[: end // 2], text[end // 2 : end]]))
        return Completion(text, Usage(input=10, output=10), "end_turn")


def test_watchers_read_along_and_parts_add_up(monkeypatch: pytest.MonkeyPatch, asked: list[uuid.UUID]) -> None:
    monkeypatch.setattr("integrations.llm.gateway.current_provider", SlowWriter)
    monkeypatch.setattr(chatting, "SECONDS_BETWEEN_PARTS", 0)
    message = say(ConversationFactory())
    answer = answer_message(message.pk)
    assert answer is not None
    told: list[dict[str, Any]] = [
        event.data
        for event in PlanEvent.objects.filter(conversation_id=message.conversation_id, type="message").order_by("seq")
    ][1:]
    *parts, whole = told
    assert len(parts) > 3
    assert all((part["message_id"], part["done"]) == (str(answer.pk), False) for part in parts)
    assert ANSWER.text.startswith("".join(part["delta"] for part in parts))
    assert (whole["message_id"], whole["content"], whole["done"]) == (str(answer.pk), ANSWER.text, True)


@settings(deadline=None)
@given(st.text(), st.integers(0, 400))
def test_what_is_there_of_an_answer_is_the_beginning_of_its_text(text: str, length: int) -> None:
    whole = ChatAnswer.model_construct(language="en", text=text).model_dump_json(warnings=False)
    assert text.startswith(text_so_far("Here it is: " + whole[:length]))
    assert text_so_far(whole) == text


def test_a_lost_message_is_sent_again(asked: list[uuid.UUID]) -> None:
    forgotten, fresh, old = (say(ConversationFactory()) for _ in range(3))
    asked.clear()
    for message, age in ((forgotten, timedelta(minutes=5)), (old, timedelta(hours=3))):
        Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - age)
    assert resend_unanswered_messages() == 1
    assert asked == [forgotten.pk]
    assert fresh.pk not in asked


def test_over_the_api_the_answer_comes_later(client_of: ClientOf, asked: list[uuid.UUID]) -> None:
    conversation = ConversationFactory()
    answer = client_of(conversation.owner).post(
        reverse("conversation-messages", args=[conversation.pk]), {"content": "How is it going?"}
    )
    assert (answer.status_code, answer.json()["role"], answer.json()["content"]) == (202, "user", "How is it going?")
    assert asked == [uuid.UUID(answer.json()["id"])]


def test_the_offline_engine_answers_and_says_what_it_is(asked: list[uuid.UUID]) -> None:
    conversation = ConversationFactory()
    answer = answer_message(say(conversation, "¿Qué puedes hacer?").pk)
    assert answer is not None
    assert answer.role == "assistant"
    assert "/orchestrate" in answer.content


# -- a go-ahead -------------------------------------------------------------------------------------------------------


def test_a_go_ahead_answers_open_questions_by_default(dispatched: list[tuple[uuid.UUID, Step]]) -> None:
    discovery: DiscoveryDocument = DiscoveryFactory(status="awaiting_answers")
    DiscoveryQuestionFactory(discovery=discovery, key="users")
    turn = take_message(conversation=discovery.conversation, owner=discovery.owner, content="sí a todo")
    assert turn.reply is not None
    assert "usual answers" in turn.reply.content
    assert dispatched == [(discovery.pk, Step.MODEL)]
    assert discovery.questions.get().answer == "Everybody"


def test_a_go_ahead_confirms_the_model(dispatched: list[tuple[uuid.UUID, Step]]) -> None:
    discovery: DiscoveryDocument = DiscoveryFactory(status="awaiting_validation", auto_plan=True)
    take_message(conversation=discovery.conversation, owner=discovery.owner, content="go ahead")
    discovery.refresh_from_db()
    assert discovery.status == "validated"
    assert dispatched == [(discovery.pk, Step.PLAN)]


def test_a_go_ahead_shows_the_way_to_a_draft_and_approves_nothing() -> None:
    plan = make_plan()
    turn = take_message(conversation=plan.conversation, owner=plan.owner, content="dale")
    assert turn.reply is not None
    assert f"/plans/{plan.pk}/" in turn.reply.content
    plan.refresh_from_db()
    assert plan.status == "draft"


# -- a change of a plan -----------------------------------------------------------------------------------------------


def said(plan: MasterPlan, content: str) -> Message | None:
    """The reply to something that the owner says beside a plan."""
    return take_message(conversation=plan.conversation, owner=plan.owner, content=content).reply


@pytest.mark.parametrize("words", ["Add a price to the books", "¿Podrías añadir un precio a los libros?"])
def test_a_change_asked_for_in_words_is_proposed_and_nothing_is_changed(words: str) -> None:
    plan = make_plan(status="approved")
    reply = said(plan, words)
    assert reply is not None
    assert "decide on the proposal under Changes" in reply.content
    proposal = ModificationProposal.objects.get()
    assert reply.metadata == {"masterplan_id": str(plan.pk), "modification_id": str(proposal.pk)}
    assert (proposal.requirement, proposal.requested_by, proposal.status) == (words, plan.owner, "proposed")
    plan.refresh_from_db()
    assert (plan.status, plan.version) == ("approved", 1)
    answer = said(plan, "go ahead")
    assert answer is not None
    assert answer.content == f"A change of {plan.project_name} waits for your decision: read it under Changes."
    assert ModificationProposal.objects.get().status == "proposed"


@pytest.mark.parametrize(
    "words", ["Can you add fields?", "How do I remove the books?", "Don't add a price", "Quita eso"]
)
def test_a_question_about_changes_is_answered_by_a_model_and_pauses_nothing(words: str, asked: list[uuid.UUID]) -> None:
    plan = make_plan(status="approved")
    assert said(plan, words) is None
    assert (len(asked), ModificationProposal.objects.count()) == (1, 0)


def test_a_second_change_is_told_of_the_first() -> None:
    plan = make_plan(status="completed")
    said(plan, "Add a price to the books")
    reply = said(plan, "Remove the comments")
    assert reply is not None
    assert reply.content.startswith("A modification waits for a decision: Add a price to the books")
    assert reply.metadata == {"code": "modification_waits"}


def test_a_draft_is_changed_by_hand_and_what_is_over_is_talk(asked: list[uuid.UUID]) -> None:
    reply = said(make_plan(), "Add a price to the books")
    assert reply is not None
    assert reply.content == "Task tracker is a draft, which you edit under Plan before you approve it."
    assert said(make_plan(status="cancelled"), "Add a price to the books") is None
    conversation = ConversationFactory()
    say(conversation, "Add a price to the books")
    assert (len(asked), ModificationProposal.objects.count()) == (2, 0)


# -- a busy workspace -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["/orchestrate an API for books", "Create a REST API for books"])
def test_where_a_plan_is_unfinished_no_other_is_begun_and_the_ways_out_are_told(words: str) -> None:
    plan = make_plan(status="paused")
    turn = take_message(conversation=plan.conversation, owner=plan.owner, content=words)
    assert turn.discovery is None
    assert turn.reply is not None
    assert turn.reply.content == (
        f"The workspace {plan.workspace.name} has the plan Task tracker, which is paused. It is at /plans/{plan.pk}/. "
        "Finish, reject or cancel it first, say what to change in it, or begin a new conversation for another project."
    )
    assert turn.reply.metadata == {
        "code": "workspace_busy", "masterplan_id": str(plan.pk), "suggestions": ["/status"]
    }  # fmt: skip
    assert DiscoveryDocument.objects.count() == 1
    assert turn.message.metadata == {"intent": "orchestrate"}


def test_a_workspace_is_free_again_when_its_plan_is_over(dispatched: list[tuple[uuid.UUID, Step]]) -> None:
    plan = make_plan(status="completed")
    turn = take_message(conversation=plan.conversation, owner=plan.owner, content="/orchestrate an API for books")
    assert turn.discovery is not None
    assert dispatched == [(turn.discovery.pk, Step.ANALYSE)]
