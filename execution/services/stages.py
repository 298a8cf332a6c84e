"""Stages that one process does by itself. Claimed, so that one does each; each can be entered again without harm."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change, emit
from common.errors import DevMatrixError
from execution.closing.closing import close_run
from execution.closing.infrastructure import write_infrastructure
from execution.closing.testing import run_project_tests
from execution.models import Run
from execution.services.atomizing import atomize_plan
from execution.services.ordering import order_plan
from execution.services.pausing import pause_now
from execution.states import RunStatus, Stage

logger = logging.getLogger(__name__)

STEPS: dict[str, Callable[[Run], None]] = {
    Stage.ATOMIZATION: atomize_plan,
    Stage.ORDERING: order_plan,
    Stage.INFRASTRUCTURE: write_infrastructure,
    Stage.TESTING: run_project_tests,
    Stage.CLOSING: close_run,
}


def perform_stage(run_id: uuid.UUID, stage: str) -> None:
    """Do a stage unless somebody does or did. An error that a person must mend pauses the run and says how."""
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
            logger.warning("Stage %s of %s stopped: %s", stage, run, error)
            with change():
                emit(("plan", run.plan_id), "error", {"code": error.code, "message": error.detail, "hint": error.hint})
                pause_now(run, reason=error.code, detail=str(error), actor=SYSTEM)
        finally:
            claims.release(Run.objects.filter(pk=run_id), token, "stage_claim")
