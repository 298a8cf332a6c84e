"""Rows about the outside world. They refer to plans, tasks and atoms by plain UUID, never by a foreign key upwards."""

from __future__ import annotations

from integrations.models.estimates import CostEstimate
from integrations.models.jira import JiraExport, JiraMapping
from integrations.models.learning import LearningLookup, LearningRecord, LearningUse, PlanOutcome
from integrations.models.ledger import CostLimit, LLMCall, Reservation

__all__ = [
    "CostEstimate",
    "CostLimit",
    "JiraExport",
    "JiraMapping",
    "LLMCall",
    "LearningLookup",
    "LearningRecord",
    "LearningUse",
    "PlanOutcome",
    "Reservation",
]
