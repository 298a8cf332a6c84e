"""Each step alone: what it asks, what it stores, that it may be repeated, and what happens when it fails."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from common.actors import Actor
from common.errors import InvalidInput, NotFound, TooLarge, TransitionConflict
from common.models import PlanEvent
from integrations.llm.errors import ProviderRejected
from integrations.llm.offline.engine import EngineOptions
from integrations.llm.providers.base import Request
from integrations.llm.shapes import DiscoveryQuestions, Shape
from planning.errors import RequestNotUsable, StepNotPossible, StepUnderWay, WorkspaceBusy
from planning.models import DiscoveryDocument, Message
from planning.services.analysis import analyse_request
from planning.services.answering import answer_by_defaults, answer_questions
from planning.services.discovery import cancel_discovery, request_plan, retry_discovery
from planning.services.domain import change_domain_model, model_domain, validate_discovery
from planning.services.intake import start_discovery
from planning.services.journey import resend_stuck_discoveries
from planning.services.planmaking import generate_plan
from planning.steps import Step
from tests.factories import (
    REQUEST,
    ConversationFactory,
    DiscoveryFactory,
    DiscoveryQuestionFactory,
    MasterPlanFactory,
    UserFactory,
    domain_model,
)
from tests.planning.conftest import ScriptedProvider, questions

pytestmark = pytest.mark.django_db
Dispatched = list[tuple[uuid.UUID, Step]]


def someone(discovery: DiscoveryDocument) -> Actor:
    return Actor.of(discovery.owner)


# -- intake ------------------------------------------------------------------------------------------------------------


def test_a_request_is_stored_with_conversation_message_and_event(dispatched: Dispatched) -> None:
    owner = UserFactory()
    discovery = start_discovery(
        owner=owner,
        request=f"  {REQUEST}\n",
        stack="django",
        execution_mode="mvp",
        engine_options=EngineOptions(fault_rate=0.2, seed=7),
    )
    assert (discovery.status, discovery.original_request) == ("in_progress", REQUEST)
    assert (discovery.stack, discovery.execution_mode) == ("django", "mvp")
    assert discovery.engine_options["fault_rate"] == 0.2
    assert discovery.engine_options["seed"] == 7
    assert discovery.conversation.owner == owner
    message = Message.objects.get(conversation=discovery.conversation)
    assert (message.role, message.content) == ("user", REQUEST)
    event = PlanEvent.objects.get(stream_id=discovery.conversation_id)
    assert (event.type, event.trace_id) == ("message", discovery.trace_id)
    assert event.data == {"message_id": str(message.pk), "role": "user", "content": REQUEST, "done": True}
    assert dispatched == [(discovery.pk, Step.ANALYSE)]


@pytest.mark.parametrize(
    ("request_text", "error"),
    [("", RequestNotUsable), ("...", RequestNotUsable), ("a\x00b", InvalidInput), ("a " * 10_001, TooLarge)],
)
def test_a_request_that_cannot_be_read_leaves_nothing(
    request_text: str, error: type[InvalidInput], dispatched: Dispatched
) -> None:
    with pytest.raises(error):
        start_discovery(owner=UserFactory(), request=request_text)
    assert not DiscoveryDocument.objects.exists()
    assert not Message.objects.exists()
    assert dispatched == []


@pytest.mark.parametrize("options", [{"stack": "cobol"}, {"execution_mode": "fast"}])
def test_unknown_options_are_refused_with_the_known_ones(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="Known: "):
        start_discovery(owner=UserFactory(), request=REQUEST, **options)


def test_a_busy_workspace_takes_no_new_request() -> None:
    plan = MasterPlanFactory()
    with pytest.raises(WorkspaceBusy, match="Task tracker, which is draft"):
        start_discovery(owner=plan.owner, request=REQUEST, workspace=plan.workspace)
    with pytest.raises(WorkspaceBusy):
        start_discovery(owner=plan.owner, request=REQUEST, conversation=plan.conversation)


def test_a_given_conversation_is_gone_on_with(dispatched: Dispatched) -> None:
    conversation = ConversationFactory()
    discovery = start_discovery(owner=conversation.owner, request=REQUEST, conversation=conversation)
    assert (discovery.conversation, discovery.workspace) == (conversation, conversation.workspace)


# -- analysis ----------------------------------------------------------------------------------------------------------


def test_the_analysis_asks_what_is_missing(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()
    analysed = analyse_request(discovery.pk)
    assert (analysed.status, analysed.understood, analysed.language) == ("awaiting_answers", "An API for tasks.", "en")
    assert analysed.not_understood == ["a purple one"]
    assert list(analysed.questions.values_list("key", "position", "default", "answer")) == [
        ("users", 1, "usual users", ""),
        ("scale", 2, "usual scale", ""),
    ]
    assert (analysed.claim, analysed.tokens, analysed.model) == (None, 150, "offline-1")


def test_watchers_are_told_what_it_will_take(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()
    analyse_request(discovery.pk)
    begun = PlanEvent.objects.get(stream_id=discovery.conversation_id, type="discovery_generation_start").data
    assert begun == {
        "discovery_id": str(discovery.pk),
        "estimated_tokens": 7_500,
        "estimated_duration_seconds": 125.0,
        "estimated_cost_usd": "0.000000",
    }


def test_no_questions_means_no_waiting(provider: ScriptedProvider) -> None:
    provider.answer("discovery_questions", questions())
    analysed = analyse_request(DiscoveryFactory().pk)
    assert analysed.status == "in_progress"
    assert analysed.analysed_at is not None


def test_questions_of_the_same_id_are_kept_apart(provider: ScriptedProvider) -> None:
    provider.answer("discovery_questions", questions("users", "users"))
    analysed = analyse_request(DiscoveryFactory().pk)
    assert list(analysed.questions.values_list("key", flat=True)) == ["users_1", "users_2"]


def test_an_analysis_is_made_once(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()
    analyse_request(discovery.pk)
    analyse_request(discovery.pk)
    assert provider.purposes == ["discovery_questions"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", [analyse_request, model_domain, generate_plan])
def test_no_transaction_is_open_while_a_model_is_asked(provider: ScriptedProvider, step: Any) -> None:
    status, analysed = {
        analyse_request: ("in_progress", None),
        model_domain: ("in_progress", timezone.now()),
        generate_plan: ("validated", timezone.now()),
    }[step]
    seen: list[bool] = []

    def watch(purpose: str) -> Any:
        answer = provider.answers[purpose][0]

        def answering(request: Request) -> Shape:
            seen.append(connection.in_atomic_block)
            assert isinstance(answer, Shape)
            return answer

        return answering

    for purpose in list(provider.answers):
        provider.answer(purpose, watch(purpose))
    step(DiscoveryFactory(status=status, analysed_at=analysed).pk)
    assert seen == [False]


def test_a_step_is_taken_by_one_at_a_time(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()

    def meanwhile(request: Request) -> DiscoveryQuestions:
        with pytest.raises(StepUnderWay):
            analyse_request(discovery.pk)
        return questions("users")

    provider.answer("discovery_questions", meanwhile)
    analyse_request(discovery.pk)
    assert provider.purposes == ["discovery_questions"]


def test_a_lost_claim_is_taken_over_and_the_late_result_dropped(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()

    def slow(request: Request) -> DiscoveryQuestions:
        DiscoveryDocument.objects.filter(pk=discovery.pk).update(claim_expires=timezone.now() - timedelta(seconds=1))
        analyse_request(discovery.pk)
        return questions("late")

    provider.answer("discovery_questions", slow, questions("fresh"))
    with pytest.raises(StepUnderWay, match="claim on this step was lost"):
        analyse_request(discovery.pk)
    discovery.refresh_from_db()
    assert list(discovery.questions.values_list("key", flat=True)) == ["fresh"]
    assert discovery.error is None


def test_a_cancelled_discovery_takes_no_late_result(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()

    def cancelled_meanwhile(request: Request) -> DiscoveryQuestions:
        cancel_discovery(discovery_id=discovery.pk, actor=someone(discovery), reason="changed my mind")
        return questions("users")

    provider.answer("discovery_questions", cancelled_meanwhile)
    with pytest.raises(StepUnderWay):
        analyse_request(discovery.pk)
    discovery.refresh_from_db()
    assert (discovery.status, discovery.questions.count()) == ("cancelled", 0)


def test_a_failure_is_kept_and_told_and_can_be_tried_again(provider: ScriptedProvider, dispatched: Dispatched) -> None:
    discovery = DiscoveryFactory()
    provider.answer("discovery_questions", ProviderRejected("The key is wrong.", hint="Set it."), questions("users"))
    with pytest.raises(ProviderRejected):
        analyse_request(discovery.pk)
    discovery.refresh_from_db()
    assert discovery.error["code"] == "provider_rejected"
    assert (discovery.error["detail"], discovery.error["hint"]) == ("The key is wrong.", "Set it.")
    assert (discovery.status, discovery.claim) == ("in_progress", None)
    event = PlanEvent.objects.get(stream_id=discovery.conversation_id, type="error")
    assert event.data == {
        "discovery_id": str(discovery.pk),
        "code": "provider_rejected",
        "message": "The key is wrong.",
        "hint": "Set it.",
    }

    assert retry_discovery(discovery_id=discovery.pk).error is None
    assert dispatched == [(discovery.pk, Step.ANALYSE)]
    assert analyse_request(discovery.pk).status == "awaiting_answers"


def test_an_unforeseen_failure_is_kept_too_and_not_hidden(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()
    provider.answer("discovery_questions", ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        analyse_request(discovery.pk)
    discovery.refresh_from_db()
    assert (discovery.error["code"], discovery.error["kind"]) == ("internal_error", "ZeroDivisionError")


@pytest.mark.parametrize("step", [analyse_request, model_domain, generate_plan])
def test_an_unknown_discovery_is_not_found(step: Any) -> None:
    with pytest.raises(NotFound):
        step(uuid.uuid4())


# -- answers -----------------------------------------------------------------------------------------------------------


def with_questions(*keys: str) -> DiscoveryDocument:
    discovery: DiscoveryDocument = DiscoveryFactory(status="awaiting_answers", analysed_at=timezone.now())
    for key in keys:
        DiscoveryQuestionFactory(discovery=discovery, key=key, default=f"usual {key}")
    return discovery


def test_some_answers_leave_the_rest_open(dispatched: Dispatched) -> None:
    discovery = with_questions("users", "scale")
    answered = answer_questions(discovery_id=discovery.pk, answers={"users": " Admins "}, actor=someone(discovery))
    assert answered.status == "awaiting_answers"
    assert list(discovery.questions.values_list("key", "answer", "answered_by")) == [
        ("users", "Admins", "user"),
        ("scale", "", ""),
    ]
    assert dispatched == []


def test_the_last_answer_sets_the_model_going(dispatched: Dispatched) -> None:
    discovery = with_questions("users", "scale")
    answer_questions(discovery_id=discovery.pk, answers={"users": "Admins"}, actor=someone(discovery))
    done = answer_questions(discovery_id=discovery.pk, answers={"scale": "Small"}, actor=someone(discovery))
    assert done.status == "in_progress"
    assert dispatched == [(discovery.pk, Step.MODEL)]


def test_defaults_fill_what_is_open_only(dispatched: Dispatched) -> None:
    discovery = with_questions("users", "scale")
    answer_questions(discovery_id=discovery.pk, answers={"users": "Admins"}, actor=someone(discovery))
    done = answer_by_defaults(discovery_id=discovery.pk, actor=someone(discovery), dispatched=True)
    assert done.status == "in_progress"
    assert list(done.questions.values_list("answer", "answered_by")) == [("Admins", "user"), ("usual scale", "default")]
    assert dispatched == [(discovery.pk, Step.MODEL)]


@pytest.mark.parametrize(
    ("answers", "detail"),
    [
        ({}, "There is no answer."),
        ({"colour": "red"}, "There is no question 'colour'."),
        ({"users": "  "}, "The answer to users is empty."),
        ({"users": "a\x00"}, "The answer to users has a control character (U+0000) at position 2."),
    ],
)
def test_bad_answers_are_refused_and_nothing_is_stored(answers: dict[str, str], detail: str) -> None:
    discovery = with_questions("users")
    with pytest.raises(InvalidInput) as refused:
        answer_questions(discovery_id=discovery.pk, answers=answers, actor=someone(discovery))
    assert refused.value.detail == detail
    assert discovery.questions.get().answer == ""


@pytest.mark.parametrize("status", ["in_progress", "awaiting_validation", "validated", "completed", "cancelled"])
def test_answers_are_taken_while_they_are_awaited(status: str) -> None:
    discovery = DiscoveryFactory(status=status)
    with pytest.raises(StepNotPossible) as refused:
        answer_questions(discovery_id=discovery.pk, answers={"users": "x"}, actor=someone(discovery))
    assert refused.value.context["current"] == status
    with pytest.raises(StepNotPossible):
        answer_by_defaults(discovery_id=discovery.pk, actor=someone(discovery))


# -- the domain model --------------------------------------------------------------------------------------------------


def test_the_model_is_made_from_request_and_answers(provider: ScriptedProvider) -> None:
    discovery = with_questions("users")
    answer_questions(discovery_id=discovery.pk, answers={"users": "Admins"}, actor=someone(discovery), dispatched=False)
    modelled = model_domain(discovery.pk)
    inputs: Any = provider.requests[0].inputs
    assert [(answer.id, answer.answer) for answer in inputs.answers] == [("users", "Admins")]
    assert modelled.status == "awaiting_validation"
    assert modelled.entities == [entity.model_dump(mode="json") for entity in domain_model().entities]


def test_a_model_is_made_once(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory(analysed_at=timezone.now())
    model_domain(discovery.pk)
    model_domain(discovery.pk)
    assert provider.purposes == ["domain_model"]


def test_the_model_waits_for_the_analysis(provider: ScriptedProvider) -> None:
    with pytest.raises(StepNotPossible):
        model_domain(DiscoveryFactory().pk)
    assert provider.purposes == []


def test_a_person_changes_parts_of_the_model() -> None:
    discovery = DiscoveryFactory(status="awaiting_validation")
    rules = [{"statement": "A task has one owner", "enforcement": "foreign key"}]
    changed = change_domain_model(
        discovery_id=discovery.pk, changes={"business_rules": rules}, actor=someone(discovery)
    )
    assert changed.business_rules == rules
    assert changed.status == "awaiting_validation"


@pytest.mark.parametrize(
    "changes", [{"entities": []}, {"entities": [{"name": "lower case"}]}, {"business_domain": {"industry": 3}}]
)
def test_a_change_that_breaks_the_shape_is_refused(changes: dict[str, Any]) -> None:
    discovery = DiscoveryFactory(status="awaiting_validation")
    with pytest.raises(InvalidInput) as refused:
        change_domain_model(discovery_id=discovery.pk, changes=changes, actor=someone(discovery))
    assert next(iter(refused.value.context["errors"])).startswith(next(iter(changes)))


def test_validation_leads_to_a_plan_where_that_was_asked_for(dispatched: Dispatched) -> None:
    waiting = DiscoveryFactory(status="awaiting_validation", auto_plan=False)
    going = DiscoveryFactory(status="awaiting_validation", auto_plan=True)
    for discovery in [waiting, going]:
        assert validate_discovery(discovery_id=discovery.pk, actor=someone(discovery)).status == "validated"
    assert dispatched == [(going.pk, Step.PLAN)]


def test_a_second_validation_is_told_the_state(dispatched: Dispatched) -> None:
    discovery = DiscoveryFactory(status="awaiting_validation")
    validate_discovery(discovery_id=discovery.pk, actor=someone(discovery))
    with pytest.raises(TransitionConflict) as refused:
        validate_discovery(discovery_id=discovery.pk, actor=someone(discovery))
    assert refused.value.context == {
        "current": "validated",
        "wanted": "validated",
        "legal": ["completed", "cancelled"],
    }


# -- asking for the plan, retrying, healing ----------------------------------------------------------------------------


def test_a_plan_is_requested_for_a_validated_discovery(dispatched: Dispatched) -> None:
    discovery = DiscoveryFactory(status="validated")
    assert request_plan(discovery_id=discovery.pk).auto_plan is True
    assert dispatched == [(discovery.pk, Step.PLAN)]


def test_a_plan_is_not_requested_too_early(dispatched: Dispatched) -> None:
    with pytest.raises(StepNotPossible, match="is awaiting_validation and cannot be planned"):
        request_plan(discovery_id=DiscoveryFactory(status="awaiting_validation").pk)
    assert dispatched == []


def test_a_made_plan_is_not_requested_again(dispatched: Dispatched) -> None:
    plan = MasterPlanFactory()
    assert request_plan(discovery_id=plan.discovery_id) == plan.discovery
    assert dispatched == []


@pytest.mark.parametrize("status", ["awaiting_answers", "awaiting_validation", "completed", "cancelled"])
def test_only_a_step_of_a_model_is_retried(status: str) -> None:
    with pytest.raises(StepNotPossible):
        retry_discovery(discovery_id=DiscoveryFactory(status=status).pk)


def test_lost_messages_are_sent_again(dispatched: Dispatched) -> None:
    long_ago, now = timezone.now() - timedelta(minutes=5), timezone.now()

    def lost(**fields: Any) -> DiscoveryDocument:
        discovery: DiscoveryDocument = DiscoveryFactory(**fields)
        DiscoveryDocument.objects.filter(pk=discovery.pk).update(updated_at=long_ago)
        return discovery

    unanalysed = lost()
    unmodelled = lost(analysed_at=now)
    unplanned = lost(status="validated", auto_plan=True)
    died = lost(claim=uuid.uuid4(), claim_expires=long_ago)
    lost(status="validated", auto_plan=False)
    lost(status="awaiting_answers")
    lost(error={"code": "x", "detail": "failed"})
    lost(claim=uuid.uuid4(), claim_expires=now + timedelta(minutes=1))
    DiscoveryFactory()

    assert resend_stuck_discoveries() == 4
    assert set(dispatched) == {
        (unanalysed.pk, Step.ANALYSE),
        (unmodelled.pk, Step.MODEL),
        (unplanned.pk, Step.PLAN),
        (died.pk, Step.ANALYSE),
    }
    assert resend_stuck_discoveries() == 0
