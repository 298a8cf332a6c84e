"""The cost check before each wave, and the running total that watchers see."""

from __future__ import annotations

from common.actors import SYSTEM
from common.changes import emit
from execution.models import Run
from execution.services.pausing import pause_now
from integrations.llm.costs import limit_status, plan_spending


def refuse_past_hard_limit(run: Run) -> bool:
    """``False`` after pausing the run, when what is spent has reached the plan's hard limit."""
    limits = limit_status(run.plan_id)
    if limits.remaining > 0:
        return True
    pause_now(
        run,
        reason="cost_limit",
        detail=f"{limits.spent} of {limits.hard} dollars are spent. Staff may raise the limit, then resume.",
        actor=SYSTEM,
    )
    return False


def tell_costs(run: Run) -> None:
    """Emit ``cost_updated``; two queries."""
    spent, limits = plan_spending(run.plan_id), limit_status(run.plan_id)
    emit(
        ("plan", run.plan_id),
        "cost_updated",
        {
            "spent": str(spent.cost),
            "reserved": str(spent.in_flight),
            "estimated": str(run.plan.estimated_cost),
            "calls": spent.calls,
            "tokens_in": spent.tokens_in,
            "tokens_out": spent.tokens_out,
            "cache_share": round(spent.cache_share, 4),
            "soft_limit": str(limits.soft),
            "hard_limit": str(limits.hard),
        },
    )
