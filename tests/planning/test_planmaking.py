"""The plan of a validated discovery: checked, asked again, stored once."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.llm.providers.base import Request
from integrations.llm.shapes import Shape
from planning.errors import PlanInvalid, StepNotPossible, WorkspaceBusy
from planning.models import MasterPlan
from planning.plan_edits import change_task
from planning.services.planmaking import generate_plan
from tests.factories import DiscoveryFactory, MasterPlanFactory, WorkspaceFactory, plan_answer
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db


def test_a_plan_with_problems_is_asked_for_again_with_them(provider: ScriptedProvider) -> None:
    small = plan_answer(phases=2)
    provider.answer("masterplan", small, plan_answer())
    plan = generate_plan(DiscoveryFactory(status="validated").pk)
    first, second = (request.inputs for request in provider.requests)
    assert (getattr(first, "problems", None), provider.requests[1].attempt) == ([], 2)
    assert getattr(second, "problems", None) == [
        "The plan has 2 phases; it must have 3 to 7.",
        "The plan has 4 tasks; it must have 5 to 150.",
    ]
    assert (plan.total_tasks, plan.generation_tokens) == (6, 300)


def test_a_plan_that_leaves_a_requirement_to_no_task_is_asked_for_again(provider: ScriptedProvider) -> None:
    whole = change_task(plan_answer(), "task_006", {"covers": ["entity_Task", "rule_a_task_has_one_owner"]})
    provider.answer("masterplan", plan_answer(), whole)
    rules = [{"statement": "A task has one owner.", "enforcement": "service"}]
    plan = generate_plan(DiscoveryFactory(status="validated", business_rules=rules).pk)
    first, second = (request.inputs for request in provider.requests)
    assert [one.id for one in getattr(first, "requirements", [])] == ["entity_Task", "rule_a_task_has_one_owner"]
    assert getattr(second, "problems", None) == ["No task covers rule_a_task_has_one_owner (A task has one owner.)."]
    assert plan.tasks.get(short_id="task_006").covers == ["entity_Task", "rule_a_task_has_one_owner"]


def test_a_plan_that_stays_wrong_is_not_stored(provider: ScriptedProvider) -> None:
    provider.answer("masterplan", plan_answer(phases=2))
    discovery = DiscoveryFactory(status="validated")
    with pytest.raises(PlanInvalid):
        generate_plan(discovery.pk)
    discovery.refresh_from_db()
    assert provider.purposes == ["masterplan"] * 3
    assert (discovery.status, discovery.error["code"]) == ("validated", "plan_invalid")
    assert discovery.error["problems"][0] == "The plan has 2 phases; it must have 3 to 7."
    assert not MasterPlan.objects.exists()


def test_a_plan_is_made_once(provider: ScriptedProvider) -> None:
    discovery = DiscoveryFactory(status="validated")
    assert generate_plan(discovery.pk) == generate_plan(discovery.pk)
    assert provider.purposes == ["masterplan"]


def test_a_workspace_that_got_busy_meanwhile_is_a_conflict_that_is_kept(provider: ScriptedProvider) -> None:
    workspace = WorkspaceFactory()
    discovery = DiscoveryFactory(conversation__workspace=workspace, status="validated")

    def meanwhile(request: Request) -> Shape:
        MasterPlanFactory(discovery__conversation__workspace=workspace)
        return plan_answer()

    provider.answer("masterplan", meanwhile)
    with pytest.raises(WorkspaceBusy):
        generate_plan(discovery.pk)
    discovery.refresh_from_db()
    assert (discovery.status, discovery.error["code"]) == ("validated", "workspace_busy")
    assert MasterPlan.objects.count() == 1


@pytest.mark.parametrize("status", ["in_progress", "awaiting_answers", "awaiting_validation", "cancelled"])
def test_a_plan_needs_a_validated_discovery(status: str, provider: ScriptedProvider) -> None:
    with pytest.raises(StepNotPossible) as refused:
        generate_plan(DiscoveryFactory(status=status).pk)
    assert refused.value.context == {"current": status}


def test_the_number_of_statements_does_not_grow_with_the_plan(
    provider: ScriptedProvider, django_assert_max_num_queries: Any
) -> None:
    provider.answer("masterplan", plan_answer(phases=5, tasks_per_phase=24, subtasks=3))
    discovery = DiscoveryFactory(status="validated")
    with django_assert_max_num_queries(75):
        plan = generate_plan(discovery.pk)
    assert plan.total_tasks == 120
