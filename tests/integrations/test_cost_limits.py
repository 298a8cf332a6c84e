"""Limits of plans and of everything: where they stand, who is warned when, and how they are raised."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from common.actors import Actor
from common.errors import InvalidInput
from common.models import PlanEvent, PlanHistory
from integrations.llm import ledger
from integrations.llm.cost_limits import limit_in_the_way, limit_status, set_limits, tell_crossings
from integrations.llm.errors import CostLimitReached
from integrations.llm.ledger import About
from integrations.llm.prices import Usage
from integrations.models import CostLimit
from tests.integrations.test_ledger import intent

pytestmark = pytest.mark.django_db
PLAN, CHAT = uuid.uuid4(), uuid.uuid4()
STAFF = Actor("user", "7", "rosa")
DOLLAR = Usage(output=100_000)
"""A dollar's worth of the model in `intent`."""


def spend(plan: uuid.UUID | None = PLAN, conversation: uuid.UUID | None = None) -> None:
    wanted = replace(intent("1"), about=About(plan=plan, conversation=conversation))
    call = ledger.reserve(wanted, wait_seconds=0)
    assert ledger.settle(call, usage=DOLLAR, seconds=1) == 1


def warnings(stream: uuid.UUID = PLAN) -> list[tuple[str, str, str]]:
    rows = PlanEvent.objects.filter(stream_id=stream, type="cost_warning").order_by("seq")
    return [(row.data["scope"], row.data["current"], row.data["soft_limit"]) for row in rows]


def test_without_a_row_the_limits_of_the_settings_hold(configure: Callable[..., Any]) -> None:
    configure(soft_cost_limit=Decimal(5), hard_cost_limit=Decimal(9))
    status = limit_status(PLAN)
    assert (status.scope, status.soft, status.hard, status.remaining) == ("plan", Decimal(5), Decimal(9), Decimal(9))
    assert not status.soft_reached


def test_a_plan_of_its_own_limits_is_measured_against_them() -> None:
    CostLimit.objects.create(plan_id=PLAN, soft=Decimal(2), hard=Decimal(4), spent=Decimal(2), in_flight=Decimal(1))
    status = limit_status(PLAN)
    assert (status.remaining, status.soft_reached) == (Decimal(1), True)
    assert not status.would_pass_hard(Decimal(2))
    assert status.would_pass_hard(Decimal("2.000001"))


def test_the_settings_soft_limit_never_lies_above_a_lower_hard_one(configure: Callable[..., Any]) -> None:
    configure(soft_cost_limit=Decimal(50))
    CostLimit.objects.create(plan_id=PLAN, hard=Decimal(4))
    assert limit_status(PLAN).soft == 4


@pytest.mark.parametrize(("estimated", "scope"), [("1", None), ("1.5", "global"), ("2.5", "plan")])
def test_the_limit_that_a_wave_would_pass_is_named(estimated: str, scope: str | None) -> None:
    CostLimit.objects.create(plan_id=PLAN, hard=Decimal(4), spent=Decimal(2))
    CostLimit.objects.create(plan_id=None, hard=Decimal(10), spent=Decimal(9))
    limit = limit_in_the_way(PLAN, estimated=Decimal(estimated))
    assert (limit.scope if limit else None) == scope


def test_a_crossing_is_told_once_and_a_raised_limit_is_told_when_it_is_crossed_again() -> None:
    set_limits(PLAN, soft=Decimal(2), hard=Decimal(9), actor=STAFF)
    for _ in range(4):
        spend()
    assert warnings() == [("plan", "2.000000", "2.000000")]
    set_limits(PLAN, soft=Decimal(6), hard=Decimal(9), actor=STAFF)
    for _ in range(3):
        spend()
    assert warnings() == [("plan", "2.000000", "2.000000"), ("plan", "6.000000", "6.000000")]


def test_a_soft_limit_lowered_below_what_is_spent_is_told_at_once() -> None:
    spend()
    assert warnings() == []
    set_limits(PLAN, soft=Decimal("0.5"), hard=Decimal(9), actor=STAFF)
    tell_crossings(plan=PLAN)
    assert warnings() == [("plan", "1.000000", "0.500000")]


def test_a_lost_call_crosses_the_limit_too(configure: Callable[..., Any]) -> None:
    configure(soft_cost_limit=Decimal(3), hard_cost_limit=Decimal(9))
    ledger.lose(ledger.reserve(intent("3", plan=PLAN), wait_seconds=0), error="process_died")
    assert warnings() == [("plan", "3.000000", "3"), ("global", "3.000000", "3")]


def test_crossing_the_limit_of_everything_is_told_where_it_happened(configure: Callable[..., Any]) -> None:
    configure(hard_cost_limit=Decimal(9))
    set_limits(None, soft=Decimal(2), hard=Decimal(9), actor=STAFF)
    spend(plan=None, conversation=CHAT)
    spend(plan=None, conversation=CHAT)
    spend(plan=PLAN)
    assert warnings(CHAT) == [("global", "2.000000", "2.000000")]
    assert warnings(PLAN) == []


@pytest.mark.django_db(transaction=True)
def test_calls_that_cross_together_warn_once() -> None:
    set_limits(PLAN, soft=Decimal(5), hard=Decimal(90), actor=STAFF)

    def work(_: int) -> None:
        try:
            spend()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(work, range(24)))
    assert limit_status(PLAN).spent == 24
    assert [soft for _, _, soft in warnings()] == ["5.000000"]


def test_a_raise_is_in_force_with_the_next_call_in_the_history_and_told() -> None:
    set_limits(PLAN, soft=None, hard=Decimal(1), actor=STAFF)
    spend()
    with pytest.raises(CostLimitReached, match="Staff may raise"):
        spend()
    status = set_limits(PLAN, soft=None, hard=Decimal(3), actor=STAFF, reason="The board agreed.")
    spend()
    assert (status.hard, status.spent) == (Decimal(3), Decimal(1))
    row = PlanHistory.objects.filter(plan_id=PLAN, change_type="cost_limit").first()
    assert row is not None
    assert (row.actor_name, row.reason) == ("rosa", "The board agreed.")
    assert (row.before, row.after) == ({"soft": None, "hard": "1.000000"}, {"soft": None, "hard": "3"})
    told = PlanEvent.objects.filter(stream_id=PLAN, type="cost_updated").last()
    assert told is not None
    assert (told.data["hard_limit"], told.data["spent"]) == ("3", "1.000000")


@pytest.mark.parametrize(
    ("soft", "hard", "said"),
    [
        ("5", "4", "soft limit of 5 dollars lies above the hard one of 4"),
        ("500", None, "lies above the hard one of 100"),
        (None, "-1", "hard limit must be from 0"),
        ("NaN", None, "soft limit must be from 0"),
        (None, "99999999999", "hard limit must be from 0 to 10000000"),
    ],
)
def test_limits_that_make_no_sense_are_refused(soft: str | None, hard: str | None, said: str) -> None:
    low, high = (None if value is None else Decimal(value) for value in (soft, hard))
    with pytest.raises(InvalidInput, match=said):
        set_limits(PLAN, soft=low, hard=high, actor=STAFF)
    assert not CostLimit.objects.exists()
