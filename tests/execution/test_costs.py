"""What a plan costs, level by level; how staff raise its limit; what a refused call does to a run."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from common.models import PlanHistory
from execution.services.pausing import pause_for_error
from execution.services.runs import resume_run
from integrations.llm.costs import plan_spending
from integrations.llm.errors import CostLimitReached
from integrations.llm.estimates import Estimate, PurposeEstimate, keep_estimate
from integrations.models import CostEstimate
from planning.models import MasterPlan, Task
from planning.selectors.costs import cost_tree
from planning.services.approval import approve_plan
from tests.execution.building import PERSON, at_once, make_build
from tests.factories import StaffFactory, make_plan
from tests.integrations.test_costs import call

pytestmark = pytest.mark.django_db
Client = Callable[[User | None], APIClient]


@pytest.fixture
def plan() -> MasterPlan:
    """Three phases of two tasks; the first task cost 1 and 2, the second 4, the last 8, the report 16 dollars."""
    made = make_plan(status="completed", estimated_cost=Decimal(25))
    tasks = list(Task.objects.filter(plan=made).order_by("number"))
    for cost, task in (("1", tasks[0]), ("2", tasks[0]), ("4", tasks[1]), ("8", tasks[5])):
        call(cost, plan_id=made.pk, task_id=task.pk)
    call("16", plan_id=made.pk, purpose="report_summary")
    call("32", plan_id=uuid.uuid4(), task_id=uuid.uuid4())
    return made


def test_every_level_is_the_sum_of_its_parts_and_all_together_the_ledger(
    plan: MasterPlan, django_assert_num_queries: Callable[..., Any]
) -> None:
    with django_assert_num_queries(2):
        tree = cost_tree(plan)
    assert [phase.cost for phase in tree.phases] == [7, 0, 8]
    assert [task.cost for task in tree.phases[0].parts[0].parts] == [3, 4]
    for phase in tree.phases:
        assert phase.cost == sum(milestone.cost for milestone in phase.parts)
        assert all(part.cost == sum(task.cost for task in part.parts) for part in phase.parts)
    assert tree.elsewhere == 16
    assert tree.total == plan_spending(plan.pk).cost == 31


def test_the_api_tells_the_levels_the_estimate_and_its_error(plan: MasterPlan, client_of: Client) -> None:
    purposes = [("report_summary", 1, 15), ("task_code", 6, 10)]
    made = [PurposeEstimate(name, Decimal(calls), Decimal(cost), False) for name, calls, cost in purposes]
    keep_estimate(plan.pk, CostEstimate.Moment.APPROVED, Estimate(tuple(made), ()))
    body = client_of(plan.owner).get(reverse("masterplan-cost", args=[plan.pk])).json()
    assert (body["spent"], body["estimated"], body["error"], body["error_percent"]) == (
        "31.000000",
        "25.000000",
        "6.000000",
        24.0,
    )
    assert body["outcomes"] == [
        {"purpose": "report_summary", "expected_calls": "1.00", "calls": 1, "estimated": "15.000000",
         "spent": "16.000000", "error": "1.000000", "error_percent": 6.7},
        {"purpose": "task_code", "expected_calls": "6.00", "calls": 4, "estimated": "10.000000",
         "spent": "15.000000", "error": "5.000000", "error_percent": 50.0},
    ]  # fmt: skip
    assert [(phase["short_id"], phase["cost"]) for phase in body["phases"]] == [
        ("phase_01", "7.000000"),
        ("phase_02", "0.000000"),
        ("phase_03", "8.000000"),
    ]
    assert body["phases"][0]["parts"][0]["parts"][1] == {
        "short_id": "task_002",
        "name": "Write file 2",
        "cost": "4.000000",
    }
    assert body["elsewhere"] == "16.000000"


def test_approval_estimates_anew_what_the_plan_is_by_then(settings: Any) -> None:
    settings.DEVMATRIX = replace(settings.DEVMATRIX, llm_provider="anthropic", anthropic_api_key="k")
    plan = make_plan(status="draft", estimated_cost=Decimal(99))
    Task.objects.filter(plan=plan, number__lte=4).update(status="skipped")
    approved = approve_plan(plan_id=plan.pk, actor=PERSON)
    rows = {row.purpose: row.calls for row in CostEstimate.objects.filter(plan_id=plan.pk, moment="approved")}
    assert rows["task_code"] == Decimal("2.20")
    at_the_end = {"report_summary", "pattern_extraction"}
    assert set(rows) == {"task_code", "atom_retry", "debug_analysis", "review_assist", *at_the_end}
    total = sum(CostEstimate.objects.filter(plan_id=plan.pk).values_list("cost", flat=True), Decimal(0))
    assert MasterPlan.objects.get(pk=plan.pk).estimated_cost == approved.estimated_cost == total > 0


def test_staff_raise_a_limit_over_the_api_and_the_history_says_who(client_of: Client) -> None:
    plan, staff = make_plan(status="paused", pause_reason="cost_limit"), StaffFactory(username="rosa")
    address = reverse("masterplan-cost-limit", args=[plan.pk])
    body = {"soft": None, "hard": "250.5", "reason": "The board agreed."}
    answer = client_of(staff).put(address, body, format="json")
    assert answer.json() == {
        "scope": "plan",
        "spent": "0.000000",
        "in_flight": "0.000000",
        "soft": "50.000000",
        "hard": "250.500000",
        "remaining": "250.500000",
    }
    row = PlanHistory.objects.get(plan_id=plan.pk, change_type="cost_limit")
    assert (row.actor_name, row.after["hard"], row.reason) == ("rosa", "250.500000", "The board agreed.")


@pytest.mark.parametrize(
    "body",
    [{}, {"soft": "5"}, {"soft": "9", "hard": "8"}, {"soft": None, "hard": "-1"}, {"soft": None, "hard": "1e99"}, []],
)
def test_limits_that_make_no_sense_are_400(client_of: Client, body: Any) -> None:
    plan = make_plan(status="draft")
    answer = client_of(StaffFactory()).put(reverse("masterplan-cost-limit", args=[plan.pk]), body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not PlanHistory.objects.filter(change_type="cost_limit").exists()


@pytest.mark.django_db(transaction=True)
def test_calls_refused_together_pause_the_run_once_and_it_can_be_resumed() -> None:
    build = make_build({"app/a.py": {"first": "x = 1\n"}})
    refused = CostLimitReached("The plan cost limit leaves no room.", hint="Staff may raise the limit.")
    at_once(*[lambda: pause_for_error(build.run, refused)] * 6)
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "cost_limit")
    assert plan.pause_detail == "The plan cost limit leaves no room. Staff may raise the limit."
    assert [event["code"] for event in build.events("error")] == ["cost_limit"]
    assert len(build.events("masterplan_paused")) == 1
    resume_run(plan=plan, actor=PERSON)
    assert build.current_plan().status == "in_progress"
