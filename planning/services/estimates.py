"""What the making of a discovery or a plan will take, told to watchers when it begins."""

from __future__ import annotations

from typing import Any

from django.db.models import Avg

from integrations.llm.estimates import TYPICAL_TOKENS, ExpectedCalls, estimate
from integrations.models import LLMCall, Reservation

TOKENS_A_SECOND = 60


def estimates_of(*purposes: str) -> dict[str, Any]:
    """Tokens, seconds and dollars of one call for each purpose, from past calls where there are any."""
    written = sum(TYPICAL_TOKENS[purpose][1] for purpose in purposes)
    expected = [ExpectedCalls(purpose, "high", 1) for purpose in purposes]
    return {
        "estimated_tokens": written,
        "estimated_duration_seconds": round(sum(_seconds(purpose) for purpose in purposes), 1),
        "estimated_cost_usd": str(estimate(expected).total),
    }


def _seconds(purpose: str) -> float:
    calls = LLMCall.objects.filter(purpose=purpose, reservation=Reservation.SETTLED, error_code="")
    past = calls.aggregate(mean=Avg("duration_ms"))["mean"]
    return float(past) / 1000 if past is not None else TYPICAL_TOKENS[purpose][1] / TOKENS_A_SECOND
