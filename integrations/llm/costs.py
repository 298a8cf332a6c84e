"""What was spent: sums over the ledger, which holds every call."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from integrations.models import LLMCall, Reservation


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


def cost_by_task(plan: uuid.UUID) -> dict[uuid.UUID | None, Decimal]:
    """Dollars by task of a plan, of those that had a call; under ``None`` what belongs to no task. One query."""
    rows = LLMCall.objects.filter(plan_id=plan).values("task_id").annotate(total=Sum("cost")).order_by()
    return {row["task_id"]: row["total"] for row in rows}


def cost_share(plan: uuid.UUID) -> dict[str, Decimal]:
    """Dollars of a plan by purpose, dearest first, in one query."""
    rows = (
        LLMCall.objects.filter(plan_id=plan).values("purpose").annotate(total=Sum("cost")).order_by("-total", "purpose")
    )
    return {row["purpose"]: row["total"] for row in rows}
