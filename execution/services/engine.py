"""The options of the offline engine that a plan was asked for with."""

from __future__ import annotations

from integrations.llm.offline.engine import EngineOptions
from planning.models import MasterPlan


def engine_options_of(plan: MasterPlan) -> EngineOptions:
    return EngineOptions(**plan.engine_options)
