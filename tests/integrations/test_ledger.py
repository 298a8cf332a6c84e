"""Money: no call is made that could pass a hard limit, and the running totals always equal the ledger."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import Sum
from django.utils import timezone

from integrations.llm import ledger, reserving
from integrations.llm.errors import CostLimitReached
from integrations.llm.gateway import About, ask
from integrations.llm.ledger import Intent
from integrations.llm.prices import Usage
from integrations.llm.providers.base import Completion
from integrations.llm.purposes import REPORT_SUMMARY
from integrations.models import CostLimit, LLMCall
from tests.integrations.conftest import REPORT, SUMMARY, ScriptedProvider

NOTHING = Decimal(0)


def intent(worst_case: str, *, plan: uuid.UUID | None = None) -> Intent:
    return Intent(
        purpose="report_summary",
        provider="anthropic",
        model="claude-sonnet-5-5",
        attempt=1,
        ask=1,
        retry=0,
        temperature=None,
        effort="medium",
        prompt_hash="0" * 64,
        prompt_version="1-0",
        worst_case=Decimal(worst_case),
        about=About(plan=plan),
    )


def reserve(worst_case: str, *, plan: uuid.UUID | None = None) -> LLMCall:
    return ledger.reserve(intent(worst_case, plan=plan), wait_seconds=0)


def totals(plan: uuid.UUID | None) -> tuple[Decimal, Decimal]:
    limit = CostLimit.objects.get(plan_id=plan)
    return limit.spent, limit.in_flight


@pytest.mark.django_db
def test_a_reservation_is_taken_from_the_plan_and_from_everything() -> None:
    plan = uuid.uuid4()
    reserve("2", plan=plan)
    reserve("3")
    assert totals(plan) == (NOTHING, Decimal(2))
    assert totals(None) == (NOTHING, Decimal(5))


@pytest.mark.django_db
def test_a_call_that_fits_exactly_is_made_and_one_micro_dollar_more_is_not(configure: Callable[..., Any]) -> None:
    configure(hard_cost_limit=Decimal(5))
    plan = uuid.uuid4()
    reserve("4.999999", plan=plan)
    reserve("0.000001", plan=plan)
    with pytest.raises(CostLimitReached) as raised:
        reserve("0.000001", plan=plan)
    assert raised.value.context["scope"] == "plan"
    assert LLMCall.objects.count() == 2


@pytest.mark.django_db
def test_the_global_limit_holds_back_every_plan_and_leaves_nothing_reserved_on_the_plan(
    configure: Callable[..., Any],
) -> None:
    configure(hard_cost_limit=Decimal(5))
    reserve("4")
    plan = uuid.uuid4()
    with pytest.raises(CostLimitReached) as raised:
        reserve("2", plan=plan)
    assert raised.value.context["scope"] == "global"
    assert totals(plan) == (NOTHING, NOTHING)
    assert LLMCall.objects.count() == 1


@pytest.mark.django_db
def test_a_limit_raised_by_staff_counts_at_once(configure: Callable[..., Any]) -> None:
    configure(hard_cost_limit=Decimal(5))
    plan = uuid.uuid4()
    CostLimit.objects.create(plan_id=plan, hard=Decimal(8))
    CostLimit.objects.create(plan_id=None, hard=Decimal(100))
    reserve("7", plan=plan)
    assert totals(plan) == (NOTHING, Decimal(7))


@pytest.mark.django_db
def test_settling_gives_back_what_was_not_needed_once() -> None:
    plan = uuid.uuid4()
    call = reserve("2", plan=plan)
    usage = Usage(input=1_000_000, output=10_000)
    # 2.00 for the prompt, 0.10 for the answer: more than was reserved is charged all the same.
    assert ledger.settle(call, usage=usage, seconds=1.5) == Decimal("2.1")
    ledger.settle(call, usage=usage, seconds=1.5)
    assert totals(plan) == (Decimal("2.1"), NOTHING)
    row = LLMCall.objects.get()
    assert (row.duration_ms, row.reservation) == (1_500, "settled")


@pytest.mark.django_db
def test_a_reservation_whose_process_died_is_lost_at_its_worst_case_and_a_late_answer_changes_nothing() -> None:
    plan = uuid.uuid4()
    with time_machine.travel(timezone.now() - timedelta(hours=2), tick=False):
        old = reserve("2", plan=plan)
    reserve("1", plan=plan)
    assert ledger.lose_stale_reservations(older_than=timedelta(hours=1)) == 1
    assert totals(plan) == (Decimal(2), Decimal(1))
    assert ledger.settle(old, usage=Usage(output=1), seconds=1) == Decimal(2)
    assert totals(plan) == (Decimal(2), Decimal(1))


@pytest.mark.django_db(transaction=True)
def test_a_call_costs_the_database_one_statement_before_and_one_after_it(
    provider: ScriptedProvider, django_assert_num_queries: Callable[..., Any]
) -> None:
    plan = uuid.uuid4()
    for _ in range(2):  # with the first call of a plan, and with the limits there
        with django_assert_num_queries(2):
            ask(REPORT_SUMMARY, REPORT, about=About(plan=plan))
    assert totals(plan) == totals(None) == (NOTHING + 2 * Decimal("0.000150"), NOTHING)


@pytest.mark.django_db(transaction=True)
def test_a_settlement_does_not_wait_for_the_disk_where_it_is_a_change_of_its_own() -> None:
    first, second = reserve("1"), reserve("1")
    ledger.settle(first, usage=Usage(), seconds=1)
    assert waits_for_the_disk()
    with transaction.atomic():
        ledger.settle(second, usage=Usage(), seconds=1)
        assert waits_for_the_disk()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM llm_settle(NULL, 0, 0, true)")
        assert not waits_for_the_disk()


def waits_for_the_disk() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return bool(cursor.fetchone() == ("on",))


@pytest.mark.django_db
def test_free_calls_touch_no_limit(provider: ScriptedProvider) -> None:
    provider.name = "offline"
    assert ask(REPORT_SUMMARY, REPORT, about=About(plan=uuid.uuid4())).cost == 0
    assert CostLimit.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"reservation": "somewhere"},
        {"cost": Decimal(1)},
        {"reservation": "settled"},
        {"reserved": Decimal(-1)},
        {"attempt": 0},
    ],
)
def test_the_database_refuses_a_row_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LLMCall.objects.create(purpose="x", provider="x", model="x", prompt_hash="x", **wrong)


@pytest.mark.django_db
def test_there_is_one_limit_a_plan_and_one_for_everything() -> None:
    for plan in (uuid.uuid4(), None):
        CostLimit.objects.create(plan_id=plan)
        with pytest.raises(IntegrityError), transaction.atomic():
            CostLimit.objects.create(plan_id=plan)


@pytest.mark.django_db(transaction=True)
def test_thirty_calls_at_once_never_pass_the_hard_limit(
    provider: ScriptedProvider, configure: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    hard = Decimal("0.05")
    configure(hard_cost_limit=hard)
    monkeypatch.setattr(reserving, "ROOM_WAIT_SECONDS", 20.0)
    plan = uuid.uuid4()
    # Nearly the worst case: the prompt is cheap, the answer as long as it may be.
    provider.answers = [Completion(SUMMARY, Usage(input=1_500, output=4_000), "end_turn")]
    gate = threading.Barrier(30)
    worst_seen: list[Decimal] = []
    provider.during = lambda: worst_seen.append(charged(plan))

    def call(number: int) -> Decimal | None:
        gate.wait()
        try:
            return ask(REPORT_SUMMARY, REPORT, about=About(plan=plan)).cost
        except CostLimitReached:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(30) as threads:
        costs = list(threads.map(call, range(30)))
    made = [cost for cost in costs if cost is not None]
    assert 0 < len(made) < 30
    assert len(provider.requests) == len(made)
    assert max(worst_seen) <= hard
    assert sum(made, NOTHING) <= hard
    # Nor was a call held back that would still have fitted.
    assert hard - sum(made, NOTHING) < LLMCall.objects.latest("created_at").reserved
    assert totals(plan) == totals(None) == (sum(made, NOTHING), NOTHING)
    assert LLMCall.objects.filter(reservation="settled").aggregate(sum=Sum("cost"))["sum"] == sum(made, NOTHING)


def charged(plan: uuid.UUID) -> Decimal:
    spent, in_flight = totals(plan)
    connection.close()
    return spent + in_flight


GUARD = """
CREATE FUNCTION test_guard_limit() RETURNS trigger AS $$
BEGIN
  IF NEW.spent + NEW.in_flight > NEW.hard THEN
    RAISE EXCEPTION 'the hard limit of % is passed: % spent, % in flight', NEW.hard, NEW.spent, NEW.in_flight;
  END IF;
  RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER test_guard_limit BEFORE UPDATE ON integrations_costlimit
  FOR EACH ROW EXECUTE FUNCTION test_guard_limit();
"""


@pytest.fixture
def guarded(transactional_db: None) -> Iterator[None]:
    """The database itself watches every change of a limit's totals, those between two looks of a test too."""
    with connection.cursor() as cursor:
        cursor.execute(GUARD)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER test_guard_limit ON integrations_costlimit; DROP FUNCTION test_guard_limit()")


def test_a_hundred_calls_at_once_of_all_fates_never_pass_a_hard_limit_by_a_cent(guarded: None) -> None:
    """Two plans share the global limit. Calls settle below or at their worst case, are lost, or die unclosed."""
    plans = [uuid.uuid4(), uuid.uuid4()]
    CostLimit.objects.bulk_create(
        CostLimit(plan_id=scope, hard=Decimal(hard))
        for scope, hard in [(plans[0], "20"), (plans[1], "60"), (None, "50")]
    )
    gate = threading.Barrier(100)

    def call(number: int) -> str:
        gate.wait(timeout=60)
        try:
            row = ledger.reserve(intent("1.000001", plan=plans[number % 2]), wait_seconds=5)
            return fate(row, number)
        except CostLimitReached as refusal:
            return f"refused by {refusal.context['scope']}"
        finally:
            connections.close_all()

    def fate(row: LLMCall, number: int) -> str:
        match number % 5:
            case 0 | 1:  # 0.3 dollars of the worst case are used
                ledger.settle(row, usage=Usage(output=30_000), seconds=1)
                return "settled"
            case 2:  # all of it, and one micro-dollar is left
                ledger.settle(row, usage=Usage(output=100_000), seconds=1)
                return "settled"
            case 3:
                ledger.lose(row, error="stream_cut", seconds=1)
                return "lost"
            case _:  # the process dies: nobody closes the row
                return "died"

    with ThreadPoolExecutor(100) as threads:
        fates = list(threads.map(call, range(100)))
    assert {"settled", "lost", "died"} <= set(fates)
    assert {"refused by plan", "refused by global"} & set(fates)

    assert ledger.lose_stale_reservations(older_than=timedelta(0)) == fates.count("died")
    for plan in plans:
        charged = LLMCall.objects.filter(plan_id=plan).aggregate(sum=Sum("cost"))["sum"]
        assert totals(plan) == (charged, NOTHING)
    everything = LLMCall.objects.aggregate(sum=Sum("cost"))["sum"]
    assert totals(None) == (everything, NOTHING)
    assert everything <= 50
    assert totals(plans[0])[0] <= 20
    # Nor was a call held back that would still have fitted.
    assert 50 - everything < Decimal("1.000001")
