"""The steps of a discovery that a model takes, and which one is next."""

from __future__ import annotations

from enum import StrEnum

from planning.models import DiscoveryDocument
from planning.states import DiscoveryStatus


class Step(StrEnum):
    ANALYSE = "analyse"
    MODEL = "model"
    PLAN = "plan"


def next_step(discovery: DiscoveryDocument) -> Step | None:
    """The step that a model must take now; ``None`` when a person is waited for, or all is done."""
    if discovery.status == DiscoveryStatus.IN_PROGRESS:
        return Step.MODEL if discovery.analysed_at else Step.ANALYSE
    if discovery.status == DiscoveryStatus.VALIDATED and discovery.auto_plan:
        return Step.PLAN
    return None
