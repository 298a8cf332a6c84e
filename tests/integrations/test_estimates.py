"""What a build will cost, from its size, the prices in force and what such calls took before; and its error after."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from integrations.llm.estimates import (
    PER_TASK,
    Estimate,
    ExpectedCalls,
    PurposeEstimate,
    estimate,
    estimate_build,
    keep_estimate,
    outcomes_of,
)
from integrations.models import CostEstimate
from tests.integrations.test_costs import call

pytestmark = pytest.mark.django_db
PLAN = uuid.uuid4()
MADE, APPROVED = CostEstimate.Moment.MADE, CostEstimate.Moment.APPROVED


@pytest.fixture
def paid(configure: Callable[..., Any]) -> Callable[..., Any]:
    configure(llm_provider="anthropic", anthropic_api_key="k")
    return configure


def expected(calls: int) -> list[ExpectedCalls]:
    return [
        ExpectedCalls("task_code", "low", calls=calls),
        ExpectedCalls("task_code", "high", calls=1),
        ExpectedCalls("masterplan", "medium", calls=1),
    ]


def kept(**costs: str) -> Estimate:
    return Estimate(tuple(PurposeEstimate(name, Decimal(2), Decimal(cost), False) for name, cost in costs.items()), ())


def test_an_estimate_prices_each_purpose_at_the_model_that_will_answer(paid: object) -> None:
    made = estimate(expected(10))
    # 6,000 tokens read and 2,500 written: 0.00185 at the fast model, 0.037 at the strong one; the plan 0.02 + 0.30.
    assert made.by_purpose == {"task_code": Decimal("0.0555"), "masterplan": Decimal("0.32")}
    assert (made.total, made.unpriced) == (Decimal("0.3755"), ())


def test_past_calls_correct_an_estimate_and_failed_requests_are_part_of_what_an_answer_takes(paid: object) -> None:
    call("0.01", tokens_in=10_000, tokens_out=2_000)
    call("0.03", tokens_in=30_000, tokens_out=4_000)
    call("9", tokens_in=8_000, tokens_out=2_000, error_code="answer_invalid")
    # 48,000 read and 8,000 written for two answers: 24,000 and 4,000 each, 0.0044 at the fast model.
    assert estimate([ExpectedCalls("task_code", "low", 10)]).total == Decimal("0.044")


def test_what_other_models_of_the_provider_took_is_priced_anew(paid: object) -> None:
    call("9", model="claude-opus-5", tokens_in=1_000_000, tokens_out=0)
    call("0", provider="offline", model="offline-1", tokens_in=1, tokens_out=1)
    assert estimate([ExpectedCalls("task_code", "high", 1)]).total == Decimal(2)


def test_a_new_price_counts_for_the_next_estimate_whatever_was_paid_before(
    paid: Callable[..., Any], tmp_path: Any
) -> None:
    call("5", tokens_in=1_000_000, tokens_out=0)
    band = "{ input = 7, output = 7, cache_write_5m = 7, cache_write_1h = 7, cache_read = 7 }"
    prices = tmp_path / "prices.toml"
    prices.write_text(f'as_of = 2027-01-01\n[models]\n"claude-haiku-5-5" = [{band}]\n')
    paid(llm_prices_file=prices)
    assert estimate([ExpectedCalls("task_code", "low", 1)]).total == 7


def test_an_estimate_names_models_without_a_price(paid: Callable[..., Any]) -> None:
    paid(model_fast="local")
    made = estimate(expected(1))
    assert made.unpriced == ("local",)
    assert [item.purpose for item in made.purposes if item.unpriced] == ["task_code"]


def test_a_build_is_estimated_with_its_retries_analyses_reviews_and_report(paid: object) -> None:
    made = {item.purpose: item.calls for item in estimate_build({"low": 8, "high": 2}).purposes}
    once = {"report_summary": 1, "pattern_extraction": 1}
    assert made == {purpose: Decimal(str(rate)) * 10 for purpose, rate in PER_TASK.items()} | once


def test_acceptance_tests_are_estimated_by_the_criteria_that_need_one(paid: object) -> None:
    def asked(criteria: int) -> dict[str, Decimal]:
        return {item.purpose: item.calls for item in estimate_build({"low": 1}, criteria=criteria).purposes}

    assert "acceptance_tests" not in asked(0)
    assert [asked(number)["acceptance_tests"] for number in (1, 25, 26)] == [1, 1, 2]


def test_a_build_is_estimated_with_as_many_retries_as_the_builds_before_needed(paid: object) -> None:
    tasks = [uuid.uuid4() for _ in range(4)]
    for task in tasks:
        call("1", plan_id=PLAN, task_id=task)
    call("1", plan_id=PLAN, task_id=tasks[0], purpose="atom_retry")
    call("1", plan_id=PLAN, task_id=tasks[0], purpose="atom_retry", error_code="answer_invalid")
    made = {item.purpose: item.calls for item in estimate_build({"low": 10}).purposes}
    rest = {"debug_analysis": 0, "review_assist": 0, "report_summary": 1, "pattern_extraction": 1}
    assert made == {"task_code": 10, "atom_retry": Decimal("2.5"), **rest}


def test_the_offline_engine_is_estimated_at_nothing(configure: Callable[..., Any]) -> None:
    configure(llm_provider="offline")
    assert estimate(expected(10)).total == estimate_build({"low": 30}).total == 0


def test_the_error_is_told_by_purpose_against_what_was_approved() -> None:
    keep_estimate(PLAN, MADE, kept(task_code="9", masterplan="9"))
    keep_estimate(PLAN, APPROVED, kept(task_code="2", report_summary="0.5"))
    call("1", plan_id=PLAN)
    call("1.5", plan_id=PLAN)
    call("0.25", plan_id=PLAN, error_code="answer_invalid")
    call("3", plan_id=PLAN, purpose="atom_retry")
    found = {row.purpose: (row.calls, row.spent, row.error, row.error_percent) for row in outcomes_of(PLAN)}
    assert found == {
        "task_code": (2, Decimal("2.75"), Decimal("0.75"), 37.5),
        "report_summary": (0, Decimal(0), Decimal("-0.5"), -100.0),
        "atom_retry": (1, Decimal(3), Decimal(3), None),
    }


def test_before_approval_the_error_is_told_against_what_was_expected_when_it_was_made() -> None:
    keep_estimate(PLAN, MADE, kept(task_code="9"))
    keep_estimate(PLAN, MADE, kept(task_code="4"))
    assert [(row.estimated, row.expected_calls, row.spent) for row in outcomes_of(PLAN)] == [
        (Decimal(4), Decimal(2), Decimal(0))
    ]
