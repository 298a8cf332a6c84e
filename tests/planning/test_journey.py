"""From a request to a stored plan."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from common.models import PlanEvent, PlanHistory
from integrations.models import LLMCall
from planning.models import MasterPlan, PlanVersion, Task, TaskDependency
from planning.selectors.plans import plan_answer_of, plan_with_tree
from planning.services.intake import start_discovery
from planning.services.journey import continue_discovery, walk_discovery
from planning.steps import Step
from tests.factories import REQUEST, UserFactory, plan_answer
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db


def test_an_unattended_request_becomes_a_draft(provider: ScriptedProvider) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True, dispatched=False)

    done = walk_discovery(discovery.pk)

    assert provider.purposes == ["discovery_questions", "domain_model", "masterplan"]
    assert done.status == "completed"
    assert {question.answered_by for question in done.questions.all()} == {"default"}
    plan = MasterPlan.objects.get(discovery=done)
    assert (plan.status, plan.total_tasks, plan.estimated_minutes, plan.unattended) == ("draft", 6, 60, True)
    assert plan.trace_id == discovery.trace_id


def test_the_stored_plan_is_the_answer(provider: ScriptedProvider) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True, dispatched=False)
    walk_discovery(discovery.pk)

    plan = plan_with_tree(MasterPlan.objects.values_list("pk", flat=True).get(discovery=discovery))

    assert plan_answer_of(plan) == plan_answer()
    assert PlanVersion.objects.get(plan=plan).snapshot == plan_answer().model_dump(mode="json")
    assert TaskDependency.objects.filter(task__plan=plan).count() == 5
    assert list(Task.objects.filter(plan=plan).values_list("short_id", flat=True)) == [
        f"task_{number:03}" for number in range(1, 7)
    ]


def test_events_tell_the_journey_in_order(provider: ScriptedProvider) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True, dispatched=False)
    walk_discovery(discovery.pk)

    events = list(PlanEvent.objects.filter(stream_id=discovery.conversation_id).order_by("seq"))

    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert {event.trace_id for event in events} == {discovery.trace_id}
    noisy = {"discovery_entity_discovered", "masterplan_entity_discovered"}
    told = [event.type for event in events if event.type not in noisy]
    assert told == [
        "message",
        "discovery_generation_start",
        "discovery_tokens_progress",
        "discovery_question",
        "discovery_status_changed",
        "discovery_status_changed",
        "discovery_tokens_progress",
        "discovery_generation_complete",
        "discovery_status_changed",
        "discovery_status_changed",
        "masterplan_generation_start",
        "masterplan_tokens_progress",
        "masterplan_parsing_complete",
        "masterplan_validation_start",
        "masterplan_saving_start",
        "discovery_status_changed",
        "masterplan_created",
        "masterplan_generation_complete",
    ]
    plan = MasterPlan.objects.get(discovery=discovery)
    assert list(PlanEvent.objects.filter(stream_id=plan.pk).values_list("seq", "type")) == [(1, "masterplan_created")]


def test_entities_are_told_one_by_one(provider: ScriptedProvider) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True, dispatched=False)
    walk_discovery(discovery.pk)

    events = PlanEvent.objects.filter(stream_id=discovery.conversation_id, type="masterplan_entity_discovered")
    tasks = [event.data for event in events.order_by("seq") if event.data["entity_type"] == "task"]

    assert tasks[0] == {"entity_type": "task", "name": "Write file 1", "count": 1}
    assert [task["count"] for task in tasks] == [1, 2, 3, 4, 5, 6]


def test_cost_and_tokens_are_those_of_the_ledger(provider: ScriptedProvider) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True, dispatched=False)
    done = walk_discovery(discovery.pk)

    calls = LLMCall.objects.filter(discovery_id=discovery.pk)
    plan = MasterPlan.objects.get(discovery=done)
    assert {call.trace_id for call in calls} == {discovery.trace_id}
    assert done.tokens == plan.generation_tokens == sum(call.tokens_in + call.tokens_out for call in calls) == 450
    assert done.cost == plan.generation_cost == Decimal(0)


def test_the_history_says_who_did_what(provider: ScriptedProvider) -> None:
    owner = UserFactory()
    discovery = start_discovery(owner=owner, request=REQUEST, unattended=True, dispatched=False)
    walk_discovery(discovery.pk)

    rows = list(PlanHistory.objects.filter(item_id=discovery.pk).order_by("id"))

    assert [(row.change_type, row.actor_kind) for row in rows] == [
        ("discovery_started", "user"),
        ("status", "llm"),
        ("questions_answered", "system"),
        ("status", "system"),
        ("status", "llm"),
        ("status", "system"),
        ("status", "llm"),
    ]
    assert rows[0].actor_name == owner.username
    created = PlanHistory.objects.get(change_type="plan_created")
    assert (created.actor_kind, created.actor_name) == ("llm", "offline-1")


def test_a_worker_takes_one_step_and_has_the_next_dispatched(
    provider: ScriptedProvider, dispatched: list[tuple[uuid.UUID, Step]]
) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True)
    assert dispatched == [(discovery.pk, Step.ANALYSE)]

    continue_discovery(discovery.pk, step=Step.ANALYSE)
    continue_discovery(discovery.pk, step=Step.MODEL)
    continue_discovery(discovery.pk, step=Step.PLAN)

    assert [step for _, step in dispatched] == [Step.ANALYSE, Step.MODEL, Step.PLAN]
    assert MasterPlan.objects.filter(discovery=discovery).count() == 1


def test_a_doubled_message_has_no_effect(provider: ScriptedProvider, dispatched: list[tuple[uuid.UUID, Step]]) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True)
    for step in [Step.ANALYSE, Step.ANALYSE, Step.MODEL, Step.MODEL, Step.PLAN, Step.PLAN, Step.ANALYSE]:
        continue_discovery(discovery.pk, step=step)

    assert provider.purposes == ["discovery_questions", "domain_model", "masterplan"]
    assert MasterPlan.objects.filter(discovery=discovery).count() == 1
