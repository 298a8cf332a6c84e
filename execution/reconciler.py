"""Finds work that a lost message, a dead worker or a crash between commit and dispatch has left lying, and wakes it.

Safe at any time and from several places: it only frees expired claims and asks runs to advance, which are themselves
idempotent. One reconciler at a time does the work; others leave at once.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta

from common import claims
from common.actors import SYSTEM
from common.changes import change
from common.errors import DevMatrixError
from common.locks import try_advisory_lock
from execution import dispatch
from execution.choosing import resend_choices
from execution.healing import count_healed
from execution.learning import closed_and_not_learned
from execution.models import Atom, Round, Run
from execution.projection import repair_workspace
from execution.services.modifying import expire_modifications, resend_modifications
from execution.services.pausing import pause_now
from execution.services.resuming import resume_after_outage
from execution.services.rolling_back import roll_back_if_needed
from execution.services.runs import in_flight
from execution.signals import reconciling
from execution.states import RoundStatus, RunStatus, Stage
from execution.waves.opening import lost_too_often, release_lost_claims
from integrations.llm.ledger import lose_stale_reservations
from planning.jira.turns import resend_stuck_exports
from planning.models import Task
from planning.services.chatting import resend_unanswered_messages, resume_answers_after_outage
from planning.services.journey import resend_stuck_discoveries, resume_discoveries_after_outage
from planning.services.replanning import resend_stuck_replannings, resume_replannings_after_outage

STALE_CALL = timedelta(hours=2)
# Longer than any call with its retries: a reservation this old belongs to a process that died.

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Healed:
    """What a pass did. ``runs`` were asked to advance, which is no healing by itself; the rest is counted for ever.

    ``claims`` of dead holders were freed; ``discoveries`` to ``choices`` were sent again; ``resumed`` is what an outage
    had stopped; ``calls`` were given up; ``reviews`` were made whose signal was lost.
    """

    runs: int = 0
    claims: int = 0
    discoveries: int = 0
    messages: int = 0
    replannings: int = 0
    exports: int = 0
    modifications: int = 0
    choices: int = 0
    resumed: int = 0
    calls: int = 0
    lessons: int = 0
    workspaces: int = 0
    reviews: int = 0
    alone: bool = True

    @property
    def mended(self) -> dict[str, int]:
        return {kind: times for kind, times in asdict(self).items() if times and kind not in ("runs", "alone")}


def reconcile() -> Healed:
    """One pass over everything that may lie still."""
    with try_advisory_lock("reconcile") as mine:
        if not mine:
            return Healed(alone=False)
        healed = _pass()
        count_healed(healed.mended)
        roll_back_if_needed()
    if healed.mended:
        logger.info("Healed: %s", healed.mended)
    return healed


def _pass() -> Healed:
    woken = [_wake(run) for run in Run.objects.filter(status=RunStatus.RUNNING)]
    return Healed(
        runs=sum(1 for asked, _ in woken if asked),
        claims=sum(freed for _, freed in woken),
        discoveries=resend_stuck_discoveries(),
        messages=resend_unanswered_messages(),
        replannings=resend_stuck_replannings(),
        exports=resend_stuck_exports(),
        modifications=expire_modifications() + resend_modifications(),
        choices=resend_choices(),
        resumed=_resume_after_outage(),
        calls=lose_stale_reservations(older_than=STALE_CALL),
        lessons=_learn_what_was_not(),
        workspaces=_repair_workspaces(),
        reviews=sum(int(made or 0) for _, made in reconciling.send(sender=Run)),
    )


def _resume_after_outage() -> int:
    """Whatever waited for the provider goes on when it is back."""
    resumed = resume_after_outage() + resume_discoveries_after_outage()
    return resumed + resume_replannings_after_outage() + resume_answers_after_outage()


def _wake(run: Run) -> tuple[bool, int]:
    """Whether the run was asked to advance, and how many claims of the dead were freed in it."""
    with change():
        run = Run.objects.select_for_update(no_key=True).get(pk=run.pk)  # before its atoms, as everybody takes them
        freed = _free_lost_claims(run)
        poisonous = lost_too_often(run) if freed else None
        if poisonous is not None:
            detail = f"{poisonous.label()} was begun {poisonous.claims} times and never came back. See the logs."
            pause_now(run, reason="work_is_lost", detail=detail, actor=SYSTEM)
        asked = run.stage == Stage.WAVES or not in_flight(run)
        if asked:
            dispatch.advance_run(run.pk)
    return asked, freed


def _free_lost_claims(run: Run) -> int:
    """Atoms go back to where they were; tasks, rounds, analyses and stages can be taken by others at once."""
    return (
        release_lost_claims(run)
        + claims.free_lost(Task.objects.filter(plan_id=run.plan_id), "draft_claim")
        + claims.free_lost(Round.objects.filter(plan_id=run.plan_id, status=RoundStatus.OPEN))
        + claims.free_lost(Atom.objects.filter(plan_id=run.plan_id, awaiting_decision=True))
        + claims.free_lost(Run.objects.filter(pk=run.pk), "stage_claim")
    )


def _learn_what_was_not() -> int:
    plans = list(closed_and_not_learned())
    for plan_id in plans:
        dispatch.learn(plan_id)
    return len(plans)


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
