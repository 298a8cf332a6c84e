"""What planning asks of memory and teaches it: patterns, precedents, a stack by vote, corrected estimates."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.utils import timezone

from integrations.memory.learning import Lesson, remember
from integrations.models import LearningLookup, LearningRecord, LearningUse, PlanOutcome
from planning.api.serializers.plans import PlanSerializer
from planning.models import ModificationProposal
from planning.services.discovery import cancel_discovery
from planning.services.domain import change_domain_model
from planning.services.journey import walk_discovery
from planning.services.learning import learn_discovery, learn_modification
from planning.services.precedents import precedents_of
from tests.execution.building import PERSON
from tests.factories import REQUEST, DiscoveryFactory, make_plan
from tests.integrations.conftest import configure, embedded, memory_at_rest  # noqa: F401 - fixtures
from tests.planning.conftest import ScriptedProvider, questions

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded")]


def precedent(collection: Any = "successful_masterplans", **metadata: Any) -> None:
    facts = {"stack": "django", "tasks": 40, "minutes": 20, **metadata}
    source = uuid.uuid4()
    remember(
        [
            Lesson(
                collection, text=f"{REQUEST}\nTask", lesson=f"Plan {source}", source_type="masterplan",
                source_id=source, metadata=facts,
            )
        ]
    )  # fmt: skip


def outcome(actual: float, estimated: float = 100, **values: Any) -> None:
    PlanOutcome.objects.create(
        plan_id=uuid.uuid4(), name="Shop", status="completed", closed_at=timezone.now(), succeeded=True,
        estimated_minutes=estimated, actual_minutes=actual, **values,
    )  # fmt: skip


def test_a_plan_is_made_with_precedents_the_stack_they_vote_for_and_a_corrected_estimate(
    provider: ScriptedProvider,
) -> None:
    for _ in range(4):
        precedent()
    precedent("failed_masterplans", stack="fastapi")
    for _ in range(9):
        outcome(25)
    discovery = DiscoveryFactory(status="validated", auto_plan=True)

    walk_discovery(discovery.pk)

    asked: Any = provider.requests[-1].inputs
    assert (asked.stack, asked.memory.tasks) == ("django", 40)
    assert (len(asked.memory.similar), len(asked.memory.failed)) == (2, 1)
    plan = discovery.masterplans.get()
    assert plan.expectation["stack"] == {"stack": "django", "confidence": pytest.approx(0.667, abs=0.02), "votes": 4}
    assert (plan.expectation["tasks"], plan.expectation["minutes"], plan.expectation["factor_from"]) == (40, 20, 9)
    factor = 0.25 ** (9 / 12)
    assert plan.expectation["factor"] == pytest.approx(factor, abs=1e-4)
    shown = PlanSerializer(plan).data["expectation"]
    assert shown["corrected_minutes"] == pytest.approx(plan.estimated_minutes * factor, abs=0.1)
    assert shown["origin"] == (
        "The estimate is multiplied by 0.35, from what 9 plans took before. Memory knew 5 plans like it. Those that "
        "succeeded had about 40 tasks and 20 minutes. They vote for django (confidence 0.67)."
    )
    assert set(LearningUse.objects.values_list("purpose", "plan_id")) == {("masterplan", plan.pk)}


def test_a_stack_that_somebody_named_is_not_voted_down(provider: ScriptedProvider) -> None:
    for _ in range(4):
        precedent()
    discovery = DiscoveryFactory(status="validated", auto_plan=True, stack="fastapi")
    walk_discovery(discovery.pk)
    assert provider.requests[-1].inputs.stack == "fastapi"  # type: ignore[attr-defined]  # of this purpose


def test_one_vote_is_no_recommendation() -> None:
    precedent()
    found = precedents_of(DiscoveryFactory()).expectation
    assert found.stack is not None
    assert (found.stack.stack, found.recommended_stack) == ("django", "")


def test_without_memory_a_plan_is_expected_to_be_as_it_is_estimated() -> None:
    found = precedents_of(DiscoveryFactory())
    assert (found.expectation.precedents, found.expectation.stack, found.expectation.factor) == (0, None, 1.0)
    assert found.expectation.corrected(90) == 90
    assert (found.memory.similar, found.memory.tasks) == ([], None)


def test_plans_that_were_never_built_or_failed_do_not_correct_estimates() -> None:
    outcome(400, started=False)
    PlanOutcome.objects.update(started=False)
    outcome(0)
    assert precedents_of(DiscoveryFactory()).expectation.factor_from == 0


def test_a_confirmed_discovery_is_a_pattern_for_the_next_one(provider: ScriptedProvider) -> None:
    first = DiscoveryFactory(
        status="validated", business_rules=[{"statement": "A task has an owner.", "enforcement": "database"}]
    )
    learn_discovery(first.pk)
    record = LearningRecord.objects.get()
    assert (record.collection, record.source_id, record.text) == ("discovery_patterns", first.pk, REQUEST)
    assert "Rules: A task has an owner." in record.lesson
    assert "Industry: productivity" in record.lesson
    learn_discovery(first.pk)
    assert LearningRecord.objects.count() == 1

    walk_discovery(DiscoveryFactory(unattended=True).pk)

    given = [request.inputs.patterns for request in provider.requests]  # type: ignore[attr-defined]  # of both
    assert given == [[record.lesson], [record.lesson]]


def test_a_discovery_that_is_not_confirmed_teaches_nothing() -> None:
    learn_discovery(DiscoveryFactory(status="awaiting_validation").pk)
    assert LearningRecord.objects.count() == 0


@pytest.mark.parametrize(("changed", "outcome_"), [(False, "succeeded"), (True, "failed")])
def test_a_persons_confirmation_judges_the_patterns_that_were_given(
    provider: ScriptedProvider, changed: bool, outcome_: str
) -> None:
    provider.answer("discovery_questions", questions())
    discovery = DiscoveryFactory()
    walk_discovery(discovery.pk)
    if changed:
        change_domain_model(discovery_id=discovery.pk, changes={"expected_volume": "huge"}, actor=PERSON)
    type(discovery).objects.filter(pk=discovery.pk).update(status="validated")
    learn_discovery(discovery.pk)
    assert set(LearningLookup.objects.values_list("purpose", "outcome")) == {
        ("discovery_questions", outcome_),
        ("domain_model", outcome_),
    }


def test_a_cancelled_discovery_judges_nothing(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory()
    walk_discovery(discovery.pk)
    cancel_discovery(discovery_id=discovery.pk, actor=PERSON)
    assert [row.outcome for row in LearningLookup.objects.all()] == ["unjudged"]


def test_an_approved_modification_is_anticipated_by_the_next_plan() -> None:
    plan = make_plan()
    proposal = ModificationProposal.objects.create(
        plan=plan, requirement="Attach files to tasks", impact={"new_tasks": [{"title": "Upload"}], "extra_hours": 2}
    )
    learn_modification(proposal.pk)
    assert LearningRecord.objects.count() == 0
    ModificationProposal.objects.update(status="approved")
    learn_modification(proposal.pk)
    learn_modification(proposal.pk)
    assert LearningRecord.objects.get().collection == "masterplan_modifications"
    given = precedents_of(DiscoveryFactory()).memory.modifications
    assert len(given) == 1
    assert "Later asked for: Attach files to tasks" in given[0]
    assert "New tasks: Upload" in given[0]
