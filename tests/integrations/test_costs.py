"""Sums over the ledger, where a plan stands against its limits, and what a plan will cost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integrations.llm import costs
from integrations.llm.costs import ExpectedCalls
from integrations.models import CostLimit, LLMCall

pytestmark = pytest.mark.django_db

PLAN, TASK, OTHER_TASK, ATOM = (uuid.uuid4() for _ in range(4))


def call(cost: str, **values: Any) -> LLMCall:
    row = {"purpose": "task_code", "provider": "anthropic", "model": "claude-haiku-5-5", "prompt_hash": "x"}
    settled = {"reservation": "settled", "settled_at": timezone.now(), "cost": Decimal(cost)}
    return LLMCall.objects.create(**{**row, **settled, **values})


def test_a_plan_spends_what_its_calls_cost(django_assert_num_queries: Callable[..., Any]) -> None:
    call("1.5", plan_id=PLAN, tokens_in=100, tokens_out=50, tokens_cache_read=300)
    call("0.25", plan_id=PLAN, tokens_cache_written=100, unpriced=True)
    call("7", plan_id=uuid.uuid4())
    LLMCall.objects.create(
        purpose="x", provider="anthropic", model="m", prompt_hash="x", plan_id=PLAN, reserved=Decimal(2)
    )
    with django_assert_num_queries(1):
        spent = costs.plan_spending(PLAN)
    assert (spent.cost, spent.in_flight, spent.calls, spent.unpriced_calls) == (Decimal("1.75"), Decimal(2), 3, 1)
    assert (spent.tokens_in, spent.tokens_out, spent.tokens_cache_written, spent.tokens_cache_read) == (
        100,
        50,
        100,
        300,
    )
    assert spent.cache_share == pytest.approx(0.6)


def test_nothing_spent_is_nothing() -> None:
    spent = costs.plan_spending(PLAN)
    assert (spent.cost, spent.calls, spent.cache_share) == (Decimal(0), 0, 0.0)


def test_tasks_atoms_and_discoveries_have_their_own_sums() -> None:
    call("1", plan_id=PLAN, task_id=TASK)
    call("2", plan_id=PLAN, task_id=TASK, atom_id=ATOM)
    call("4", plan_id=PLAN, task_id=OTHER_TASK)
    call("8", discovery_id=PLAN)
    assert costs.task_spending(TASK).cost == 3
    assert costs.atom_spending(ATOM).cost == 2
    assert costs.discovery_spending(PLAN).cost == 8
    assert costs.cost_by_task(PLAN) == {TASK: Decimal(3), OTHER_TASK: Decimal(4)}


def test_the_share_of_each_purpose_is_told_dearest_first() -> None:
    call("1", plan_id=PLAN, purpose="masterplan")
    call("2", plan_id=PLAN)
    call("3", plan_id=PLAN)
    assert list(costs.cost_share(PLAN).items()) == [("task_code", Decimal(5)), ("masterplan", Decimal(1))]


def test_without_a_row_the_limits_of_the_settings_hold(configure: Callable[..., Any]) -> None:
    configure(soft_cost_limit=Decimal(5), hard_cost_limit=Decimal(9))
    status = costs.limit_status(PLAN)
    assert (status.soft, status.hard, status.remaining, status.soft_reached) == (
        Decimal(5),
        Decimal(9),
        Decimal(9),
        False,
    )


def test_a_plan_of_its_own_limits_is_measured_against_them() -> None:
    CostLimit.objects.create(plan_id=PLAN, soft=Decimal(2), hard=Decimal(4), spent=Decimal(2), in_flight=Decimal(1))
    status = costs.limit_status(PLAN)
    assert (status.remaining, status.soft_reached) == (Decimal(1), True)
    assert not status.would_pass_hard(Decimal(2))
    assert status.would_pass_hard(Decimal("2.000001"))


def test_the_settings_soft_limit_never_lies_above_a_lower_hard_one(configure: Callable[..., Any]) -> None:
    configure(soft_cost_limit=Decimal(50))
    CostLimit.objects.create(plan_id=PLAN, hard=Decimal(4))
    assert costs.limit_status(PLAN).soft == 4


def expected(calls: int) -> list[ExpectedCalls]:
    return [
        ExpectedCalls("task_code", "low", calls=calls, tokens_in=10_000, tokens_out=2_000),
        ExpectedCalls("task_code", "high", calls=1, tokens_in=10_000, tokens_out=2_000),
        ExpectedCalls("masterplan", "medium", calls=1, tokens_in=5_000, tokens_out=20_000),
    ]


def test_an_estimate_prices_each_purpose_at_the_model_that_will_answer(configure: Callable[..., Any]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k")
    made = costs.estimate(expected(10))
    # Ten of 0.001 + 0.001 at the fast model, one of 0.02 + 0.02 at the strong one.
    assert made.by_purpose == {"task_code": Decimal("0.06"), "masterplan": Decimal("0.21")}
    assert (made.total, made.unpriced) == (Decimal("0.27"), ())


def test_past_calls_correct_an_estimate(configure: Callable[..., Any]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k")
    for cost in ("0.01", "0.03"):
        call(cost)
    call("9", error_code="answer_invalid")
    assert costs.estimate(expected(10)).by_purpose["task_code"] == Decimal("0.02") * 10 + Decimal("0.04")


def test_an_estimate_names_models_without_a_price(configure: Callable[..., Any]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k", model_fast="local")
    assert costs.estimate(expected(1)).unpriced == ("local",)


def test_the_offline_engine_is_estimated_at_nothing(configure: Callable[..., Any]) -> None:
    configure(llm_provider="offline")
    assert costs.estimate(expected(10)).total == 0
