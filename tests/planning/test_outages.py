"""What a provider's outage stops goes on when it is back: discoveries, plans, answers. With the real SDK over HTTP."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.actors import Actor
from common.models import PlanEvent
from integrations.llm.limits import shared
from integrations.llm.limits.breaker import outlook
from integrations.llm.limits.circuit import State
from integrations.llm.shapes import ChatAnswer
from integrations.models import LLMCall
from planning import dispatch
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Message
from planning.services.chatting import answer_message, resend_unanswered_messages, resume_answers_after_outage
from planning.services.editing import edit_plan
from planning.services.journey import (
    continue_discovery,
    resend_stuck_discoveries,
    resume_discoveries_after_outage,
)
from planning.services.replanning import (
    resend_stuck_replannings,
    resume_replannings_after_outage,
    take_replanning,
)
from planning.services.talking import take_message
from planning.steps import Step
from tests.factories import ConversationFactory, DiscoveryFactory, domain_model, make_plan, plan_answer
from tests.integrations.conftest import Serve, configure, serve  # noqa: F401 - fixtures
from tests.integrations.messages_server import Answer, Failure
from tests.planning.conftest import questions

pytestmark = pytest.mark.django_db
Dispatched = list[tuple[uuid.UUID, Step]]

DOWN = Failure(529, "overloaded_error")
REST = 0.2
CHAT = ChatAnswer(language="en", text="All is well.", wants="status", suggestions=[])


@pytest.fixture
def outage(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], Any]:  # noqa: F811
    """A provider that fails once, which opens its circuit for a moment, and then answers so."""
    monkeypatch.setattr(shared, "PREFIX", f"devmatrix:{uuid.uuid4()}:")
    return lambda then: serve(DOWN, then, llm_breaker_failures=1, llm_breaker_seconds=REST)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Messages that were given to a worker; nothing reaches the broker."""
    sent: list[uuid.UUID] = []
    monkeypatch.setattr(dispatch, "chat_answer", sent.append)
    return sent


def wait_out_the_rest() -> None:
    time.sleep(outlook("anthropic").seconds + 0.01)


def failed_a_minute_ago(discovery: DiscoveryDocument) -> None:
    DiscoveryDocument.objects.filter(pk=discovery.pk).update(updated_at=timezone.now() - timedelta(seconds=61))


DISCOVERIES = [
    (Step.ANALYSE, {}, questions("users"), "awaiting_answers"),
    (Step.MODEL, {"analysed_at": timezone.now()}, domain_model(), "awaiting_validation"),
    (Step.PLAN, {"status": "validated", "auto_plan": True}, plan_answer(), "completed"),
]


@pytest.mark.parametrize(("step", "fields", "answer", "then"), DISCOVERIES)
def test_a_step_that_an_outage_stopped_is_taken_when_the_provider_is_back(
    step: Step, fields: dict[str, Any], answer: Any, then: str, outage: Callable[[Answer], Any], dispatched: Dispatched
) -> None:
    outage(Answer(answer.model_dump_json()))
    discovery = DiscoveryFactory(**fields)
    continue_discovery(discovery.pk, step=step)
    failed_a_minute_ago(discovery)
    discovery.refresh_from_db()
    assert discovery.error["code"] == "provider_unavailable"
    assert "goes on by itself" in discovery.error["hint"]
    assert (outlook("anthropic").state, resume_discoveries_after_outage()) == (State.OPEN, 0)

    wait_out_the_rest()
    assert (resume_discoveries_after_outage(), resend_stuck_discoveries()) == (1, 0)
    assert dispatched == [(discovery.pk, step)]
    continue_discovery(discovery.pk, step=step)
    discovery.refresh_from_db()
    assert (discovery.status, discovery.error) == (then, None)
    assert outlook("anthropic").state is State.CLOSED
    assert list(LLMCall.objects.order_by("created_at").values_list("error_code", flat=True)) == ["overloaded", ""]


def test_one_discovery_finds_out_for_all_and_others_with_other_errors_wait_for_a_person(
    outage: Callable[[Answer], Any], dispatched: Dispatched
) -> None:
    outage(Answer(questions("users").model_dump_json()))
    stopped = [DiscoveryFactory(error={"code": "provider_unavailable"}) for _ in range(3)]
    rejected = DiscoveryFactory(error={"code": "provider_rejected"})
    cancelled = DiscoveryFactory(status="cancelled", error={"code": "provider_unavailable"})
    for discovery in [*stopped, rejected, cancelled]:
        failed_a_minute_ago(discovery)
    continue_discovery(stopped[0].pk, step=Step.ANALYSE)
    failed_a_minute_ago(stopped[0])
    dispatched.clear()

    wait_out_the_rest()
    assert resume_discoveries_after_outage() == 1
    assert dispatched == [(stopped[1].pk, Step.ANALYSE)]
    continue_discovery(stopped[1].pk, step=Step.ANALYSE)
    assert resume_discoveries_after_outage() == 2
    assert {pk for pk, _ in dispatched} == {discovery.pk for discovery in stopped}


def test_a_draft_is_planned_anew_when_the_provider_is_back(
    outage: Callable[[Answer], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[uuid.UUID] = []
    monkeypatch.setattr(dispatch, "replan_draft", sent.append)
    outage(Answer(plan_answer().model_copy(update={"stack": "django"}).model_dump_json()))
    plan = make_plan()
    edit_plan(plan_id=plan.pk, values={"stack": "django"}, actor=Actor.of(plan.owner))
    assert take_replanning(plan.pk) is None
    assert take_replanning(plan.pk) is None  # the circuit is open: the server is not asked
    told = PlanEvent.objects.get(stream_id=plan.pk, type="error")
    assert (told.data["code"], "goes on by itself" in told.data["hint"]) == ("provider_unavailable", True)
    MasterPlan.objects.update(updated_at=timezone.now() - timedelta(minutes=2))
    assert (resume_replannings_after_outage(), resend_stuck_replannings(), sent) == (0, 0, [plan.pk])

    wait_out_the_rest()
    time.sleep(REST)  # the wish's own rest, since it was last tried
    assert (resume_replannings_after_outage(), sent) == (1, [plan.pk, plan.pk])
    version = take_replanning(plan.pk)
    assert version is not None
    plan.refresh_from_db()
    assert (version.number, plan.stack, plan.replanning) == (2, "django", None)
    assert resume_replannings_after_outage() == 0


def say(conversation: Conversation) -> Message:
    return take_message(conversation=conversation, owner=conversation.owner, content="How is it going?").message


def test_a_message_is_answered_when_the_provider_is_back_and_until_then_that_is_told_once(
    outage: Callable[[Answer], Any], asked: list[uuid.UUID]
) -> None:
    outage(Answer(CHAT.model_dump_json()))
    message = say(ConversationFactory())
    assert answer_message(message.pk) is None
    assert answer_message(message.pk) is None  # the circuit is open: the server is not asked
    told = message.conversation.messages.get(role="system")
    assert told.content.startswith("I cannot answer yet, and will when the provider is back: anthropic did not answer")
    assert told.metadata == {"code": "provider_unavailable", "waits": True}
    asked.clear()
    assert (resume_answers_after_outage(), resend_unanswered_messages(), asked) == (0, 0, [])

    wait_out_the_rest()
    time.sleep(REST)  # the message's own rest, since it was last tried
    assert (resume_answers_after_outage(), asked) == (1, [message.pk])
    answer = answer_message(message.pk)
    assert answer is not None
    assert (answer.role, answer.content, answer.answers) == ("assistant", "All is well.", message)
    assert resume_answers_after_outage() == 0


def test_a_message_that_waited_for_an_hour_is_given_up_with_an_answer_that_says_so(
    outage: Callable[[Answer], Any], asked: list[uuid.UUID]
) -> None:
    outage(Answer(CHAT.model_dump_json()))
    message = say(ConversationFactory())
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(minutes=61))
    answer = answer_message(message.pk)
    assert answer is not None
    assert (answer.role, answer.metadata) == ("system", {"code": "provider_unavailable"})
    assert answer.content.startswith("I could not answer: anthropic did not answer")
