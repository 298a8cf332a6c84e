"""The one place where flags become a run: its mode and its switches are stored with it, and hold to its end."""

from __future__ import annotations

from typing import Any

from common.actors import new_trace_id
from common.changes import emit
from common.flag_overrides import flags_in_force
from execution.models import Run
from execution.switches import Switches
from planning.execution_modes import choose_mode
from planning.models import MasterPlan
from planning.models.masterplan import ExecutionMode


def begin_run(plan: MasterPlan, *, asked: str = "", **fields: Any) -> Run:
    """The row of a new run of ``plan``. Raises ``IntegrityError`` when one is open.

    The first run follows ``asked``, else what was asked of the plan, else the flags as they are now. A later run of the
    plan goes on with what the earlier one was: its code is cut that way.
    """
    last = Run.objects.filter(plan=plan).order_by("-started_at").first()
    if last is not None:
        return _begin(plan, last.mode, last.mode_reason, last.uses, **fields)
    flags = flags_in_force()
    wanted = asked or (plan.execution_mode if plan.mode_asked else "")
    chosen = choose_mode(asked=wanted, owner=plan.owner, flags=flags)
    MasterPlan.objects.filter(pk=plan.pk).update(execution_mode=chosen.mode)
    return _begin(plan, chosen.mode, chosen.why, Switches.of(flags), **fields)


def begin_fallback(failed: Run, *, why: str, **fields: Any) -> Run:
    """The row of a run in mode ``mvp`` that takes the place of one that could not go on."""
    MasterPlan.objects.filter(pk=failed.plan_id).update(execution_mode=ExecutionMode.MVP)
    return _begin(failed.plan, ExecutionMode.MVP, f"fallback: {why}"[:200], failed.uses, **fields)


def _begin(plan: MasterPlan, mode: str, why: str, uses: Switches, **fields: Any) -> Run:
    trace_id = plan.trace_id or new_trace_id()
    return Run.objects.create(
        plan=plan, mode=mode, mode_reason=why, switches=uses.as_json(), trace_id=trace_id, **fields
    )


def tell_start(run: Run, *, tasks: int, workspace_path: str) -> None:
    """Call it in the change that makes the run."""
    emit(
        ("plan", run.plan_id),
        "masterplan_execution_start",
        {
            "run_id": str(run.pk),
            "mode": run.mode,
            "mode_reason": run.mode_reason,
            "stage": run.stage,
            "tasks": tasks,
            "workspace_path": workspace_path,
        },
    )
