"""A run whose atoms or graph cannot be made begins again in mode ``mvp``, where neither is needed."""

from __future__ import annotations

import logging

from common.actors import SYSTEM
from common.changes import change, emit
from common.transitions import transition
from execution import dispatch
from execution.models import Atom, Run
from execution.services.deciding import begin_fallback, tell_start
from execution.services.leaving_out import leave_out_atoms
from execution.services.runs import still_in
from execution.states import AtomStatus, RunStatus, Stage
from planning.models import Task
from planning.models.masterplan import ExecutionMode

logger = logging.getLogger(__name__)

STAGES = (Stage.ATOMIZATION, Stage.ORDERING)
"""What these do differs between the modes; an error anywhere else would be the same in ``mvp``."""


def may_fall_back(run: Run) -> bool:
    """Whether another mode could help, is allowed to, and nothing that was accepted would be made again."""
    made = Atom.objects.filter(plan_id=run.plan_id).exclude(status__in=[AtomStatus.PENDING, AtomStatus.SKIPPED])
    wished = run.uses.fallback_to_mvp_on_error and run.mode != ExecutionMode.MVP
    return wished and run.stage in STAGES and not made.exists()


def fall_back(run: Run, *, why: str) -> bool:
    """End ``run`` as failed and go on with its drafts in a run of mode ``mvp``. ``False`` when it went on meanwhile.

    A run never changes its mode: the plan's history keeps both, and why.
    """
    with change():
        if not still_in(run, Stage(run.stage)):
            return False
        logger.warning("Run %s falls back to mvp: %s", run.pk, why)
        transition(run, RunStatus.FAILED, actor=SYSTEM, reason=why, error=why)
        leave_out_atoms(Atom.objects.filter(plan_id=run.plan_id), why="cut anew, a unit per task", actor=SYSTEM)
        Task.objects.filter(plan_id=run.plan_id, atoms__isnull=False).update(cut_again=True)
        instead = begin_fallback(run, why=why, stage=Stage.ATOMIZATION)
        emit(
            ("plan", run.plan_id),
            "error",
            {"code": "fell_back_to_mvp", "message": why, "hint": "The build goes on in mode mvp, a unit per task."},
        )
        tell_start(instead, tasks=run.plan.total_tasks, workspace_path=run.plan.workspace_path)
        dispatch.advance_run(instead.pk)
    return True
