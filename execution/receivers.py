"""What planning asks of execution."""

from __future__ import annotations

from typing import Any

from common.actors import Actor
from execution.services.modifying import request_modification
from planning.models import MasterPlan, ModificationProposal
from planning.signals import change_asked


def connect() -> None:
    change_asked.connect(on_change_asked, dispatch_uid="execution.request_modification")


def on_change_asked(
    sender: Any, *, plan: MasterPlan, requirement: str, actor: Actor, **kwargs: Any
) -> ModificationProposal:
    """Raises what ``request_modification`` raises."""
    return request_modification(plan=plan, requirement=requirement, actor=actor)
