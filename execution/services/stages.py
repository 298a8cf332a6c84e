"""Stages that one process does by itself. Claimed, so that one does each; each can be entered again without harm."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change, emit
from common.errors import DevMatrixError, LimitReached, ServiceUnavailable
from execution.closing.closing import close_run
from execution.closing.infrastructure import write_infrastructure
from execution.closing.testing import run_project_tests
from execution.gates.holding import hold_gate
from execution.models import Run
from execution.services.atomizing import NothingToBuild, atomize_plan
from execution.services.falling_back import fall_back, may_fall_back
from execution.services.ordering import order_plan
from execution.services.pausing import DEFECTS, WorkBroke, pause_now
from execution.states import RunStatus, Stage

logger = logging.getLogger(__name__)

STEPS: dict[str, Callable[[Run], None]] = {
    Stage.ATOMIZATION: atomize_plan,
    Stage.ORDERING: order_plan,
    Stage.GATE: hold_gate,
    Stage.INFRASTRUCTURE: write_infrastructure,
    Stage.TESTING: run_project_tests,
    Stage.CLOSING: close_run,
}


class StageBroke(WorkBroke):
    code = "stage_broke"
    title = "A stage of the build broke"


def perform_stage(run_id: uuid.UUID, stage: str) -> None:
    """Do a stage unless somebody does or did. What goes wrong is got round in mode ``mvp``, where that may help, or
    pauses the run and says how to mend it.
    """
    mine = Run.objects.filter(pk=run_id, status=RunStatus.RUNNING, stage=stage)
    token = claims.take(mine, "stage_claim")
    if token is None:
        return
    run = Run.objects.select_related("plan").get(pk=run_id)
    set_trace_id(run.trace_id)
    with claims.holding(Run, token, "stage_claim"):
        try:
            STEPS[stage](run)
        except DevMatrixError as error:
            _stop(run, error)
        except DEFECTS as defect:
            logger.exception("Stage %s of %s broke.", stage, run)
            _stop(run, StageBroke(f"Stage {stage}", defect))
        finally:
            claims.release(Run.objects.filter(pk=run_id), token, "stage_claim")


def _stop(run: Run, error: DevMatrixError) -> None:
    """A service that does not answer, a limit, or a plan without files is the same in every mode."""
    logger.warning("Stage %s of %s stopped: %s", run.stage, run, error)
    outside = isinstance(error, (ServiceUnavailable, LimitReached, NothingToBuild))
    if not outside and may_fall_back(run) and fall_back(run, why=str(error)):
        return
    with change():
        emit(("plan", run.plan_id), "error", {"code": error.code, "message": error.detail, "hint": error.hint})
        pause_now(run, reason=error.code, detail=str(error), actor=SYSTEM)
