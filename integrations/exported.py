"""What of the outside world belongs to a plan, for its export: the ledger, limits, estimates, Jira, how it ended."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from common.portable.sections import Scope, Section
from integrations.models import (
    CostEstimate,
    CostLimit,
    JiraExport,
    JiraMapping,
    LearningLookup,
    LearningRecord,
    LearningUse,
    LLMCall,
    PlanOutcome,
    Reservation,
)


def _plan(scope: Scope) -> Q:
    return Q(plan_id=scope.plan)


def _plan_or_discovery(scope: Scope) -> Q:
    """Also what its discovery asked of memory, when there was no plan yet."""
    return _plan(scope) | Q(plan_id__isnull=True, used_for_id=scope.discovery)


def _calls(scope: Scope) -> Q:
    """Also those of its discovery, and what was said of nothing else in its conversation."""
    talk = Q(discovery_id__isnull=True, conversation_id=scope.conversation)
    return _plan(scope) | Q(plan_id__isnull=True) & (Q(discovery_id=scope.discovery) | talk)


SECTIONS = [
    Section("model_call", LLMCall, _calls, under_way=Q(reservation=Reservation.RESERVED)),
    Section("cost_limit", CostLimit, _plan, under_way=Q(in_flight__gt=0)),
    Section("cost_estimate", CostEstimate, _plan),
    Section("jira_export", JiraExport, _plan, under_way=Q(state__in=JiraExport.OPEN)),
    Section("jira_mapping", JiraMapping, _plan),
    Section("memory_lookup", LearningLookup, _plan_or_discovery),
    # What was found is of the memory of one installation; how near it was, and how that ended, is of the plan.
    Section("memory_use", LearningUse, _plan_or_discovery, without=("record",)),
    Section("outcome", PlanOutcome, _plan),
]

LEFT_OUT: dict[Any, str] = {
    LearningRecord: "memory is of an installation, and goes into the prompts of other plans: `manage.py memory export`",
}
