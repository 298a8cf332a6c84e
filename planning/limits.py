"""Limits in force, from the settings."""

from __future__ import annotations

from common.configuration import configuration
from integrations.llm.shapes import PlanLimits


def limits_in_force() -> PlanLimits:
    """Size limits of a plan; subtasks and direct dependencies have fixed ones."""
    settings = configuration()
    return PlanLimits(
        min_phases=settings.plan_min_phases,
        max_phases=settings.plan_max_phases,
        max_milestones=settings.plan_max_milestones,
        min_tasks=settings.plan_min_tasks,
        max_tasks=settings.plan_max_tasks,
    )
