"""What was spent and what may be spent: sums over the ledger, limits, estimates."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from common.configuration import configuration
from integrations.llm.prices import Usage, cost_of, is_priced
from integrations.llm.providers import current_provider
from integrations.llm.purposes import PURPOSES, model_for
from integrations.models import CostLimit, LLMCall, Reservation


@dataclass(frozen=True)
class Spending:
    """A sum over the ledger. ``in_flight`` is reserved by calls not settled yet. Dollars and tokens."""

    cost: Decimal
    in_flight: Decimal
    calls: int
    tokens_in: int
    tokens_out: int
    tokens_cache_written: int
    tokens_cache_read: int
    unpriced_calls: int

    @property
    def cache_share(self) -> float:
        """Share of prompt tokens that came from the cache, 0 to 1."""
        prompt = self.tokens_in + self.tokens_cache_written + self.tokens_cache_read
        return self.tokens_cache_read / prompt if prompt else 0.0


@dataclass(frozen=True)
class LimitStatus:
    """Where a plan, or everything (no plan), stands against its limits, in dollars."""

    spent: Decimal
    in_flight: Decimal
    soft: Decimal
    hard: Decimal

    @property
    def remaining(self) -> Decimal:
        return max(self.hard - self.spent - self.in_flight, Decimal(0))

    @property
    def soft_reached(self) -> bool:
        return self.spent >= self.soft

    def would_pass_hard(self, estimated: Decimal) -> bool:
        return self.spent + estimated > self.hard


@dataclass(frozen=True)
class Estimate:
    """Expected dollars by purpose. ``unpriced`` names models that have no price."""

    by_purpose: Mapping[str, Decimal]
    unpriced: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.by_purpose.values(), Decimal(0))


@dataclass(frozen=True)
class ExpectedCalls:
    """How many calls of a purpose and complexity are expected; tokens of one, for when no past call is known."""

    purpose: str
    complexity: str
    calls: int
    tokens_in: int
    tokens_out: int


def plan_spending(plan: uuid.UUID) -> Spending:
    """One query."""
    return spending(LLMCall.objects.filter(plan_id=plan))


def task_spending(task: uuid.UUID) -> Spending:
    """One query."""
    return spending(LLMCall.objects.filter(task_id=task))


def atom_spending(atom: uuid.UUID) -> Spending:
    """One query."""
    return spending(LLMCall.objects.filter(atom_id=atom))


def discovery_spending(discovery: uuid.UUID) -> Spending:
    """One query."""
    return spending(LLMCall.objects.filter(discovery_id=discovery))


def spending(calls: QuerySet[LLMCall]) -> Spending:
    """Sum over any selection of the ledger, in one query."""
    sums = calls.aggregate(
        cost=Sum("cost"),
        in_flight=Sum("reserved", filter=Q(reservation=Reservation.RESERVED)),
        calls=Count("id"),
        tokens_in=Sum("tokens_in"),
        tokens_out=Sum("tokens_out"),
        tokens_cache_written=Sum("tokens_cache_written"),
        tokens_cache_read=Sum("tokens_cache_read"),
        unpriced_calls=Count("id", filter=Q(unpriced=True)),
    )
    return Spending(
        cost=sums["cost"] or Decimal(0),
        in_flight=sums["in_flight"] or Decimal(0),
        calls=sums["calls"],
        tokens_in=sums["tokens_in"] or 0,
        tokens_out=sums["tokens_out"] or 0,
        tokens_cache_written=sums["tokens_cache_written"] or 0,
        tokens_cache_read=sums["tokens_cache_read"] or 0,
        unpriced_calls=sums["unpriced_calls"],
    )


def cost_by_task(plan: uuid.UUID) -> dict[uuid.UUID, Decimal]:
    """Dollars of every task of a plan that had a call, in one query."""
    rows = LLMCall.objects.filter(plan_id=plan, task_id__isnull=False).values("task_id").annotate(total=Sum("cost"))
    return {row["task_id"]: row["total"] for row in rows.order_by() if row["task_id"] is not None}


def cost_share(plan: uuid.UUID) -> dict[str, Decimal]:
    """Dollars of a plan by purpose, dearest first, in one query."""
    rows = (
        LLMCall.objects.filter(plan_id=plan).values("purpose").annotate(total=Sum("cost")).order_by("-total", "purpose")
    )
    return {row["purpose"]: row["total"] for row in rows}


def limit_status(plan: uuid.UUID | None) -> LimitStatus:
    """Where a plan (or everything) stands. One query; a limit without a row is the settings' default."""
    settings = configuration()
    row = CostLimit.objects.filter(plan_id=plan).first()
    if row is None:
        return LimitStatus(Decimal(0), Decimal(0), settings.soft_cost_limit, settings.hard_cost_limit)
    hard = settings.hard_cost_limit if row.hard is None else row.hard
    soft = min(settings.soft_cost_limit, hard) if row.soft is None else row.soft
    return LimitStatus(row.spent, row.in_flight, soft, hard)


def estimate(expected: Iterable[ExpectedCalls]) -> Estimate:
    """What calls will cost at the models that would answer them now, from past usage where there is any.

    Past usage is the mean of the last 200 settled calls of the purpose and model: one query a purpose.
    """
    provider = current_provider()
    totals: dict[str, Decimal] = {}
    unpriced: set[str] = set()
    for item in expected:
        model = provider.model(model_for(PURPOSES[item.purpose], complexity=item.complexity, attempt=1))
        one = _past_mean(item.purpose, model)
        if one is None:
            one = cost_of(provider.name, model, Usage(input=item.tokens_in, output=item.tokens_out)).amount
        totals[item.purpose] = totals.get(item.purpose, Decimal(0)) + one * item.calls
        if not is_priced(provider.name, model):
            unpriced.add(model)
    return Estimate(totals, tuple(sorted(unpriced)))


def _past_mean(purpose: str, model: str) -> Decimal | None:
    past = LLMCall.objects.filter(purpose=purpose, model=model, reservation=Reservation.SETTLED, error_code="")
    costs = list(past.order_by("-created_at").values_list("cost", flat=True)[:200])
    return sum(costs, Decimal(0)) / len(costs) if costs else None
