"""What memory says to a plan that is about to be made: precedents, a stack, a size, a correction of its estimates."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.llm.shapes import PlanningMemory
from integrations.memory.forecasting import Precedent, correction, forecast, stack_vote
from integrations.memory.recalling import Recollection, recall
from integrations.models import PlanOutcome
from planning.expectation import Expectation
from planning.memory_texts import plan_text
from planning.models import DiscoveryDocument
from planning.stacks import STACKS

PURPOSE = "masterplan"
SHOWN = 2
"""How many plans of a kind the prompt is given; more are asked for the vote and the forecast."""
ASKED = 8
RECENT_PLANS = 20


@dataclass(frozen=True)
class Precedents:
    memory: PlanningMemory
    expectation: Expectation


def precedents_of(discovery: DiscoveryDocument) -> Precedents:
    """Three look-ups and a query; empty where memory has nothing to say. Never inside a transaction."""
    text = plan_text(discovery.original_request, discovery.entities)
    succeeded = recall("successful_masterplans", text=text, purpose=PURPOSE, used_for=discovery.pk, limit=ASKED)
    failed = recall("failed_masterplans", text=text, purpose=PURPOSE, used_for=discovery.pk, limit=ASKED)
    modified = recall(
        "masterplan_modifications", text=discovery.original_request, purpose=PURPOSE, used_for=discovery.pk, limit=3
    )
    plans = [_precedent(item, succeeded=True) for item in succeeded]
    plans += [_precedent(item, succeeded=False) for item in failed]
    seen = forecast(plans)
    ratios = past_ratios()
    expectation = Expectation(
        precedents=len(plans),
        stack=stack_vote(plans, among=STACKS),
        tasks=round(seen.tasks, 1) if seen.tasks is not None else None,
        minutes=round(seen.minutes, 1) if seen.minutes is not None else None,
        factor=round(correction(ratios), 4),
        factor_from=len(ratios),
    )
    memory = PlanningMemory(
        similar=[item.lesson for item in succeeded[:SHOWN]],
        failed=[item.lesson for item in failed[:SHOWN]],
        modifications=[item.lesson for item in modified],
        tasks=round(seen.tasks) if seen.tasks else None,
    )
    return Precedents(memory, expectation)


def past_ratios() -> list[float]:
    """Actual over estimated minutes of plans that were built to their end, latest first. One query."""
    rows = PlanOutcome.objects.filter(started=True, succeeded=True, estimated_minutes__gt=0, actual_minutes__gt=0)
    latest = rows.order_by("-closed_at")[:RECENT_PLANS]
    return [ratio for row in latest if (ratio := row.time_ratio) is not None]


def _precedent(item: Recollection, *, succeeded: bool) -> Precedent:
    return Precedent(
        stack=str(item.metadata.get("stack", "")),
        tasks=int(item.metadata.get("tasks", 0)),
        minutes=float(item.metadata.get("minutes", 0)),
        similarity=item.similarity,
        succeeded=succeeded,
    )
