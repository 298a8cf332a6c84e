"""Finds work that a lost message, a dead worker or a crash between commit and dispatch has left lying, and wakes it.

Safe at any time and from several places: it only frees expired claims and asks runs to advance, which are themselves
idempotent. One reconciler at a time does the work; others leave at once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from common.changes import change
from common.errors import DevMatrixError
from common.locks import try_advisory_lock
from execution import dispatch
from execution.choosing import resend_choices
from execution.learning import closed_and_not_learned
from execution.models import Run
from execution.projection import repair_workspace
from execution.services.modifying import expire_modifications, resend_modifications
from execution.services.resuming import resume_after_outage
from execution.services.rolling_back import roll_back_if_needed
from execution.services.runs import in_flight
from execution.states import RunStatus, Stage
from execution.waves.opening import release_lost_claims
from integrations.llm.ledger import lose_stale_reservations
from planning.services.chatting import resend_unanswered_messages, resume_answers_after_outage
from planning.services.journey import resend_stuck_discoveries, resume_discoveries_after_outage
from planning.services.replanning import resend_stuck_replannings, resume_replannings_after_outage

STALE_CALL = timedelta(hours=2)
# Longer than any call with its retries: a reservation this old belongs to a process that died.

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Healed:
    """What a pass did. ``claims`` counts atoms freed, ``runs`` those asked to advance, ``resumed`` what an outage had
    stopped, ``workspaces`` those mended.
    """

    claims: int
    runs: int
    discoveries: int
    resumed: int = 0
    workspaces: int = 0
    alone: bool = True


def reconcile() -> Healed:
    """One pass over every running run."""
    with try_advisory_lock("reconcile") as mine:
        if not mine:
            return Healed(0, 0, 0, alone=False)
        claims = runs = 0
        for run in Run.objects.filter(status=RunStatus.RUNNING):
            with change():
                if run.stage == Stage.WAVES:
                    claims += release_lost_claims(run)
                if run.stage == Stage.WAVES or not in_flight(run):
                    dispatch.advance_run(run.pk)
                    runs += 1
        discoveries = resend_stuck_discoveries()
        resend_unanswered_messages()
        resend_stuck_replannings()
        expire_modifications()
        resend_modifications()
        resend_choices()
        resumed = _resume_after_outage()
        lose_stale_reservations(older_than=STALE_CALL)
        for plan_id in closed_and_not_learned():
            dispatch.learn(plan_id)
        workspaces = _repair_workspaces()
        roll_back_if_needed()
    healed = Healed(claims, runs, discoveries, resumed, workspaces)
    if claims or discoveries or resumed or workspaces:
        logger.info("%s", healed)
    return healed


def _resume_after_outage() -> int:
    """Whatever waited for the provider goes on when it is back."""
    resumed = resume_after_outage() + resume_discoveries_after_outage()
    return resumed + resume_replannings_after_outage() + resume_answers_after_outage()


def _repair_workspaces() -> int:
    """Those of open runs; a completed plan's folder belongs to the person who asked for it."""
    repaired = 0
    runs = Run.objects.filter(status__in=[RunStatus.RUNNING, RunStatus.PAUSED], stage__in=[Stage.WAVES, Stage.TESTING])
    for run in runs.select_related("plan"):
        try:
            repaired += repair_workspace(run)
        except DevMatrixError as error:
            logger.warning("The workspace of %s could not be repaired: %s", run.plan_id, error)
    return repaired
