"""The cost check before each wave, and the running total that watchers see."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from common.actors import SYSTEM
from common.changes import emit
from execution.models import Run, Wave
from execution.services.pausing import pause_now
from execution.states import AtomStatus
from integrations.llm.cost_limits import LimitStatus, figures, limit_in_the_way, limit_status, tell_crossings
from integrations.llm.costs import plan_spending
from integrations.llm.estimates import ExpectedCalls, estimate
from planning.models import MasterPlan

SHARE_TO_RETRY = 0.1
"""Share of atoms whose draft is expected to need a model's second look."""


def refuse_past_hard_limit(run: Run, wave: Wave) -> bool:
    """``False`` after pausing the run, when what is spent and what the wave may cost would pass a hard limit."""
    tell_crossings(plan=run.plan_id)
    estimated = estimated_cost_of(wave)
    limit = limit_in_the_way(run.plan_id, estimated=estimated)
    if limit is None:
        return True
    pause_now(run, reason="cost_limit", detail=_why(limit, wave, estimated), actor=SYSTEM)
    return False


def estimated_cost_of(wave: Wave) -> Decimal:
    """Dollars that the next round of a wave is expected to cost: retries for sure, and for some of the drafts."""
    atoms = wave.members.filter(status__in=[AtomStatus.PENDING, AtomStatus.RETRYING], awaiting_decision=False)
    calls: dict[str, float] = defaultdict(float)
    for status, complexity in atoms.values_list("status", "task__complexity"):
        calls[complexity] += 1 if status == AtomStatus.RETRYING else SHARE_TO_RETRY
    return estimate(ExpectedCalls("atom_retry", level, number) for level, number in sorted(calls.items())).total


def _why(limit: LimitStatus, wave: Wave, estimated: Decimal) -> str:
    whose = "plan's" if limit.scope == "plan" else "global"
    return (
        f"Wave {wave.number} may cost {estimated:f} dollars; {limit.spent:f} of the {whose} limit of {limit.hard:f} "
        "are spent. Staff may raise the limit, then resume."
    )


def tell_costs(run: Run) -> None:
    """Emit ``cost_updated``; two queries."""
    emit(("plan", run.plan_id), "cost_updated", figures_of(run.plan))


def figures_of(plan: MasterPlan) -> dict[str, Any]:
    """What a plan has cost, may and was expected to: the event ``cost_updated``. Two queries."""
    spent, limits = plan_spending(plan.pk), limit_status(plan.pk)
    return {
        **figures(limits),
        "spent": str(spent.cost),
        "reserved": str(spent.in_flight),
        "estimated": str(plan.estimated_cost),
        "calls": spent.calls,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "cache_share": round(spent.cache_share, 4),
    }
