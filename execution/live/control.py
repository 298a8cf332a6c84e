"""What watchers may do to a plan, for socket and pages alike: who may, and which service does it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from common.actors import Actor
from common.changes import change
from common.errors import InvalidInput
from execution.services.cancelling import cancel_plan
from execution.services.going_back import resume_from
from execution.services.runs import ask_to_pause, resume_run, start_run
from planning.models import MasterPlan
from planning.models.masterplan import ExecutionMode
from planning.selectors.access import plan_for
from planning.services.approval import approve_plan
from planning.states import PlanStatus

P = PlanStatus


@dataclass(frozen=True)
class Command:
    """One thing to do to a plan. ``mode`` counts when it is started, ``reason`` when it is paused or cancelled,
    ``snapshot`` when it is resumed, ``version`` (the one that was read) when it is approved.
    """

    plan_id: uuid.UUID
    action: str
    reason: str = ""
    mode: str = ""
    snapshot: uuid.UUID | None = None
    version: int | None = None


def control_plan(*, user: User, command: Command) -> dict[str, Any]:
    """Do it, and say what became of it. Raises ``NotFound``, ``NotPermitted``, ``InvalidInput``, ``Conflict``."""
    act = ACTIONS.get(command.action)
    if act is None:
        raise InvalidInput(f"There is no action {command.action[:40]!r}.", hint="Known: " + ", ".join(ACTIONS) + ".")
    plan = plan_for(user, command.plan_id, control=True)
    outcome = act(plan, Actor.of(user), command)
    status = MasterPlan.objects.filter(pk=plan.pk).values_list("status", flat=True).first()
    return {"masterplan_id": str(plan.pk), "status": status, **outcome}


def _approve(plan: MasterPlan, actor: Actor, command: Command) -> dict[str, Any]:
    approve_plan(plan_id=plan.pk, actor=actor, expected=command.version)
    return {}


def _approve_and_build(plan: MasterPlan, actor: Actor, command: Command) -> dict[str, Any]:
    with change():
        return _execute(approve_plan(plan_id=plan.pk, actor=actor, expected=command.version), actor, command)


def _execute(plan: MasterPlan, actor: Actor, command: Command) -> dict[str, Any]:
    if command.mode and command.mode not in ExecutionMode.values:
        raise InvalidInput(f"There is no mode {command.mode!r}.", hint="Known: " + ", ".join(ExecutionMode.values))
    run = start_run(plan=plan, actor=actor, mode=command.mode or None)
    return {"run_id": str(run.pk)}


def _pause(plan: MasterPlan, actor: Actor, command: Command) -> dict[str, Any]:
    return {"paused": ask_to_pause(plan=plan, actor=actor, note=command.reason)}


def _resume(plan: MasterPlan, actor: Actor, command: Command) -> dict[str, Any]:
    if command.snapshot is not None:
        return {"run_id": str(resume_from(plan=plan, snapshot_id=command.snapshot, actor=actor).pk)}
    return {"run_id": str(resume_run(plan=plan, actor=actor).pk)}


def _cancel(plan: MasterPlan, actor: Actor, command: Command) -> dict[str, Any]:
    cancel_plan(plan=plan, actor=actor, reason=command.reason)
    return {}


Act = Callable[[MasterPlan, Actor, Command], dict[str, Any]]
ACTIONS: dict[str, Act] = {
    "approve": _approve,
    "approve_and_build": _approve_and_build,
    "execute": _execute,
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
}
OFFERED: dict[str, list[str]] = {
    "approve_and_build": [P.DRAFT],
    "approve": [P.DRAFT],
    "execute": [P.APPROVED],
    "pause": [P.IN_PROGRESS],
    "resume": [P.PAUSED, P.FAILED],
    "cancel": [P.DRAFT, P.APPROVED, P.IN_PROGRESS, P.PAUSED],
}
"""In which statuses of a plan its page has which button."""
