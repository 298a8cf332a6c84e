"""Sums over the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integrations.llm import costs
from integrations.models import LLMCall

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
    call("16", plan_id=PLAN)
    assert costs.task_spending(TASK).cost == 3
    assert costs.atom_spending(ATOM).cost == 2
    assert costs.discovery_spending(PLAN).cost == 8
    assert costs.cost_by_task(PLAN) == {TASK: Decimal(3), OTHER_TASK: Decimal(4), None: Decimal(16)}


def test_the_share_of_each_purpose_is_told_dearest_first() -> None:
    call("1", plan_id=PLAN, purpose="masterplan")
    call("2", plan_id=PLAN)
    call("3", plan_id=PLAN)
    assert list(costs.cost_share(PLAN).items()) == [("task_code", Decimal(5)), ("masterplan", Decimal(1))]
