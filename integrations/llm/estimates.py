"""What a build will cost, told before it is approved; and how far that was from what it did cost."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Final

from django.db.models import Count, Max, Q, Sum

from integrations.llm.prices import Usage, cost_of, is_priced
from integrations.llm.providers import current_provider
from integrations.llm.purposes import PURPOSES, model_for
from integrations.models import CostEstimate, LLMCall, Reservation

TYPICAL_TOKENS: Final = {
    "discovery_questions": (1_500, 1_500),
    "domain_model": (3_000, 6_000),
    "masterplan": (10_000, 30_000),
    "impact_analysis": (20_000, 8_000),
    "task_code": (6_000, 2_500),
    "atom_retry": (5_000, 1_500),
    "acceptance_tests": (20_000, 6_000),
    "debug_analysis": (6_000, 2_000),
    "review_assist": (3_000, 1_000),
    "report_summary": (1_500, 500),
    "pattern_extraction": (20_000, 2_000),
}
"""Tokens read and written by one call, before there is a past to learn from."""
PER_TASK: Final = {"task_code": 1.1, "atom_retry": 1.0, "debug_analysis": 0.05, "review_assist": 0.3}
"""Answered questions a task, before there is a past: nine of ten atoms are right at once, a task has about ten."""
CRITERIA_A_QUESTION: Final = 25
"""Acceptance tests are written for so many criteria at once: the answer has to fit."""
AT_THE_END: Final = ("report_summary", "pattern_extraction")
PLANS_REMEMBERED: Final = 20
CALLS_REMEMBERED: Final = 200
_CENT_OF_A_CALL: Final = Decimal("0.01")
_MICRO: Final = Decimal("0.000001")


@dataclass(frozen=True)
class ExpectedCalls:
    """How many questions of a purpose and complexity are expected to be answered."""

    purpose: str
    complexity: str
    calls: float


@dataclass(frozen=True)
class PurposeEstimate:
    """Expected questions and dollars of one purpose."""

    purpose: str
    calls: Decimal
    cost: Decimal
    unpriced: bool


@dataclass(frozen=True)
class Estimate:
    """Expected dollars by purpose. ``unpriced`` names models that have no price."""

    purposes: tuple[PurposeEstimate, ...]
    unpriced: tuple[str, ...]

    @property
    def by_purpose(self) -> dict[str, Decimal]:
        return {item.purpose: item.cost for item in self.purposes}

    @property
    def total(self) -> Decimal:
        return sum((item.cost for item in self.purposes), Decimal(0))


@dataclass(frozen=True)
class Outcome:
    """What one purpose was expected to cost and did. ``error`` is above zero when it cost more."""

    purpose: str
    expected_calls: Decimal
    calls: int
    estimated: Decimal
    spent: Decimal

    @property
    def error(self) -> Decimal:
        return self.spent - self.estimated

    @property
    def error_percent(self) -> float | None:
        """Of the estimate; ``None`` where nothing was expected."""
        return round(float(self.error / self.estimated) * 100, 1) if self.estimated else None


def estimate_build(tasks: Mapping[str, int], *, criteria: int = 0) -> Estimate:
    """What it will cost to build so many tasks of each complexity, with retries as often as they were needed before.

    ``criteria`` are those for which an acceptance test has to be written.
    """
    rates = _calls_per_task(current_provider().name)
    expected = [
        ExpectedCalls(purpose, level, number * rate)
        for purpose, rate in sorted(rates.items())
        for level, number in sorted(tasks.items())
    ]
    if criteria:
        expected.append(ExpectedCalls("acceptance_tests", "medium", ceil(criteria / CRITERIA_A_QUESTION)))
    return estimate([*expected, *(ExpectedCalls(purpose, "medium", 1) for purpose in AT_THE_END)])


def estimate(expected: Iterable[ExpectedCalls]) -> Estimate:
    """What calls will cost at the models that would answer them now: past usage at the prices in force.

    A question costs all its requests, those that failed too. A query or two for each purpose and model.
    """
    provider = current_provider()
    calls: dict[str, Decimal] = defaultdict(Decimal)
    costs: dict[str, Decimal] = defaultdict(Decimal)
    unpriced: dict[str, set[str]] = defaultdict(set)
    ones: dict[tuple[str, str], Decimal] = {}
    for item in expected:
        model = provider.model(model_for(PURPOSES[item.purpose], complexity=item.complexity, attempt=1))
        if (item.purpose, model) not in ones:
            usage = _usual(item.purpose, provider.name, model)
            ones[item.purpose, model] = cost_of(provider.name, model, usage).amount
        number = Decimal(str(item.calls))
        calls[item.purpose] += number
        costs[item.purpose] += number * ones[item.purpose, model]
        if not is_priced(provider.name, model):
            unpriced[item.purpose].add(model)
    purposes = tuple(
        PurposeEstimate(
            purpose, calls[purpose].quantize(_CENT_OF_A_CALL), costs[purpose].quantize(_MICRO), purpose in unpriced
        )
        for purpose in calls
    )
    return Estimate(purposes, tuple(sorted(set().union(*unpriced.values()))))


def keep_estimate(plan: uuid.UUID, moment: CostEstimate.Moment, made: Estimate) -> None:
    """Keep what was expected at this moment; a later one of the same kind takes its place."""
    CostEstimate.objects.filter(plan_id=plan, moment=moment).delete()
    CostEstimate.objects.bulk_create(
        CostEstimate(
            plan_id=plan,
            moment=moment,
            purpose=item.purpose,
            calls=item.calls,
            cost=item.cost,
            unpriced=item.unpriced,
        )
        for item in made.purposes
    )


def outcomes_of(plan: uuid.UUID) -> list[Outcome]:
    """The estimate that was approved (or made, before that) against the ledger, by purpose. Two queries."""
    rows = list(CostEstimate.objects.filter(plan_id=plan))
    moments = {row.moment for row in rows}
    moment = CostEstimate.Moment.APPROVED if CostEstimate.Moment.APPROVED in moments else CostEstimate.Moment.MADE
    kept = {row.purpose: row for row in rows if row.moment == moment}
    spent = {
        row["purpose"]: (row["number"], row["total"])
        for row in LLMCall.objects.filter(plan_id=plan)
        .values("purpose")
        .annotate(number=Count("id", filter=Q(error_code="")), total=Sum("cost"))
        .order_by()
    }
    nothing = (0, Decimal(0))
    return [
        Outcome(
            purpose=purpose,
            expected_calls=kept[purpose].calls if purpose in kept else Decimal(0),
            calls=spent.get(purpose, nothing)[0],
            estimated=kept[purpose].cost if purpose in kept else Decimal(0),
            spent=spent.get(purpose, nothing)[1],
        )
        for purpose in sorted({*kept, *spent})
    ]


def _calls_per_task(provider: str) -> dict[str, float]:
    """Answered questions a task in the latest plans that this provider built; the usual ones before there are any."""
    latest = (
        LLMCall.objects.filter(provider=provider, purpose="task_code", plan_id__isnull=False)
        .values("plan_id")
        .annotate(last=Max("created_at"))
        .order_by("-last")
        .values_list("plan_id", flat=True)[:PLANS_REMEMBERED]
    )
    calls = LLMCall.objects.filter(provider=provider, plan_id__in=list(latest), error_code="", purpose__in=PER_TASK)
    rows = calls.values("purpose").annotate(number=Count("id"), tasks=Count("task_id", distinct=True)).order_by()
    counted = {row["purpose"]: row for row in rows}
    tasks = counted["task_code"]["tasks"] if "task_code" in counted else 0
    if not tasks:
        return dict(PER_TASK)
    return {purpose: counted[purpose]["number"] / tasks if purpose in counted else 0.0 for purpose in PER_TASK}


def _usual(purpose: str, provider: str, model: str) -> Usage:
    """Mean tokens of an answered question: of this model, else of the provider's others, else what is typical."""
    past = LLMCall.objects.filter(purpose=purpose, provider=provider, reservation=Reservation.SETTLED)
    for calls in (past.filter(model=model), past):
        rows = list(
            calls.order_by("-created_at").values(
                "tokens_in", "tokens_out", "tokens_cache_written", "tokens_cache_read", "error_code"
            )[:CALLS_REMEMBERED]
        )
        answered = sum(1 for row in rows if not row["error_code"])
        if answered:
            return Usage(
                input=sum(row["tokens_in"] for row in rows) // answered,
                output=sum(row["tokens_out"] for row in rows) // answered,
                cache_write_5m=sum(row["tokens_cache_written"] for row in rows) // answered,
                cache_read=sum(row["tokens_cache_read"] for row in rows) // answered,
            )
    read, written = TYPICAL_TOKENS[purpose]
    return Usage(input=read, output=written)
