"""Whose turn it is to export a plan: asked for, taken by one worker, waiting for Jira, ended. One export at a time."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from common.actors import Actor
from common.changes import change, remember
from common.claims import alive, free, holding, take
from common.configuration import JiraSettings, configuration
from common.errors import Conflict, DevMatrixError, NotFound
from common.problems import problem
from integrations.jira.errors import JiraAnswerLost, JiraUnavailable
from integrations.jira.settings import target_of
from integrations.models import JiraExport, JiraMapping
from planning import dispatch
from planning.jira.telling import tell_complete, tell_failed
from planning.models import MasterPlan

logger = logging.getLogger(__name__)

State = JiraExport.State
MOST_OUTAGES = 8
FIRST_WAIT, LONGEST_WAIT = 30.0, 1800.0
LOOK_AGAIN = 10.0
"""Seconds after which an issue that may have been made is looked for."""
RESEND_AFTER = timedelta(seconds=60)


class ExportLost(Conflict):
    """Somebody else exports this plan now; what this one did is stored."""

    code = "jira_export_lost"
    title = "The export was taken by somebody else"


class ExportUnderWay(Conflict):
    code = "jira_export_under_way"
    title = "The plan is being exported"


class Later(Exception):
    """The export must wait, through no fault of anybody, for so many ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Turn:
    """The right to export a plan, as long as the claim holds."""

    export: JiraExport
    plan: MasterPlan
    token: uuid.UUID

    def held(self) -> JiraExport:
        """The row, locked, within a change. Raises ``ExportLost``."""
        mine = JiraExport.objects.select_for_update(no_key=True).filter(pk=self.export.pk, claim=self.token).first()
        if mine is None:
            raise ExportLost("The claim on this export was lost; somebody else goes on with it.")
        return mine


def ask(*, plan: MasterPlan, settings: JiraSettings, actor: Actor) -> JiraExport:
    """Note that an export is wanted; one that runs goes through the plan once more when it has ended."""
    with change():
        JiraExport.objects.bulk_create(
            [JiraExport(plan_id=plan.pk, asked_at=timezone.now(), target=target_of(settings))], ignore_conflicts=True
        )
        row = JiraExport.objects.select_for_update(no_key=True).get(plan_id=plan.pk)
        runs = JiraExport.objects.filter(alive(), pk=row.pk, state=State.RUNNING).exists()
        anew: dict[str, Any] = {"asked_at": Now(), "asked_by": actor.name}
        if not runs:
            anew |= {"state": State.REQUESTED, "target": target_of(settings), "error": None, "resume_at": None}
            anew |= {"outages": 0, "created": 0, "updated": 0, "unchanged": 0, "failed": 0, "resent_at": None}
        JiraExport.objects.filter(pk=row.pk).update(**anew)
        if not runs:
            row.target = target_of(settings)
            _show_on_plan(row, State.REQUESTED)
        remember(
            plan_id=plan.pk,
            change_type="jira_export_requested",
            actor=actor,
            item_type="masterplan",
            item_id=plan.pk,
            item_label=plan.label(),
            after={"target": target_of(settings)},
        )
    row.refresh_from_db()
    return row


def forget(*, plan: MasterPlan, short_id: str) -> None:
    """Let the item be exported as if it never was; where its issue is still there, it is found again.

    Raises ``NotFound``, and ``ExportUnderWay`` while somebody exports the plan.
    """
    with change():
        if JiraExport.objects.select_for_update(no_key=True).filter(alive(), plan_id=plan.pk).exists():
            raise ExportUnderWay("The plan is being exported now.", hint="Try again when it has ended.")
        gone, _ = JiraMapping.objects.filter(plan_id=plan.pk, short_id=short_id).delete()
        if not gone:
            raise NotFound(f"Nothing of {short_id!r} was exported.", hint="Items are named as in task_004.")


@contextmanager
def turn(plan_id: uuid.UUID) -> Iterator[Turn | None]:
    """Take the export if it is due, keep the claim alive, and store how it ends. ``None``: it is not our turn."""
    due = Q(resume_at__isnull=True) | Q(resume_at__lte=Now())
    rows = JiraExport.objects.filter(due, plan_id=plan_id, state__in=JiraExport.OPEN)
    plan = MasterPlan.objects.filter(pk=plan_id).first()
    token = None if plan is None else take(rows, state=State.RUNNING, began_at=Now(), resume_at=None, finished_at=None)
    if plan is None or token is None:
        yield None
        return
    mine = Turn(JiraExport.objects.get(plan_id=plan_id), plan, token)
    try:
        with holding(JiraExport, token):
            yield mine
        _end(mine)
    except ExportLost as lost:
        logger.warning("The export of plan %s was lost: %s", plan_id, lost)
    except Later as later:
        _wait(mine, later.seconds)
    except JiraUnavailable as error:
        _wait_for_jira(mine, error)
    except DevMatrixError as error:
        _fail(mine, error)
    except Exception:  # a bug: kept for those who wait, then told as it is
        _fail(mine, DevMatrixError("The export failed unexpectedly.", hint="Ask for it again; the log says more."))
        raise


def resend_stuck_exports() -> int:
    """For the reconciler: dispatch again what is due and nobody works on; how many there were."""
    due = Q(state=State.RUNNING) | Q(state=State.WAITING, resume_at__lte=Now())
    due |= Q(state=State.REQUESTED, asked_at__lt=Now() - RESEND_AFTER)
    quiet = Q(resent_at__isnull=True) | Q(resent_at__lt=Now() - RESEND_AFTER)
    rows = JiraExport.objects.filter(free(), due, quiet).order_by("asked_at")
    ids = list(rows.values_list("plan_id", flat=True)[:100])
    JiraExport.objects.filter(plan_id__in=ids).update(resent_at=Now())
    for plan_id in ids:
        dispatch.export_to_jira(plan_id)
    return len(ids)


def _end(mine: Turn) -> None:
    """Complete, partial, or once more when it was asked for meanwhile."""
    with change():
        row = mine.held()
        again = row.began_at is not None and row.asked_at > row.began_at
        state = State.REQUESTED if again else State.PARTIAL if row.failed else State.COMPLETE
        row.finished_at, row.error, row.outages = timezone.now(), None, 0
        row.save(update_fields=["finished_at", "error", "outages"])
        _leave(row, state)
        tell_complete(row)
        if again:
            JiraExport.objects.filter(pk=row.pk).update(created=0, updated=0)
            dispatch.export_to_jira(row.plan_id)


def _wait_for_jira(mine: Turn, error: JiraUnavailable) -> None:
    """Ever longer, and as long as Jira wishes; given up after so many outages in a row."""
    with change():
        row = mine.held()
        row.outages += 1
        row.error = problem(error)
        row.save(update_fields=["outages", "error"])
        if row.outages >= MOST_OUTAGES:
            _fail(mine, error)
        elif isinstance(error, JiraAnswerLost):
            _wait(mine, min(LOOK_AGAIN, configuration().jira.search_delay))
        else:
            _wait(mine, max(min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (row.outages - 1)), error.retry_after or 0.0))


def _wait(mine: Turn, seconds: float) -> None:
    with change():
        row = mine.held()
        JiraExport.objects.filter(pk=row.pk).update(resume_at=Now() + timedelta(seconds=seconds))
        _leave(row, State.WAITING)
    logger.info("The export of plan %s waits %.0f seconds for Jira.", mine.plan.pk, seconds)


def _fail(mine: Turn, error: DevMatrixError) -> None:
    with change():
        row = mine.held()
        row.error, row.finished_at = problem(error), timezone.now()
        row.save(update_fields=["error", "finished_at"])
        _leave(row, State.FAILED)
        tell_failed(row, error)
    logger.warning("The export of plan %s to Jira failed: %s", row.plan_id, error)


def _leave(row: JiraExport, state: State) -> None:
    """Give the claim back with the state that is left behind."""
    JiraExport.objects.filter(pk=row.pk).update(state=state, claim=None, claim_expires=None, resent_at=None)
    row.state = state
    _show_on_plan(row, state)


def _show_on_plan(row: JiraExport, state: State) -> None:
    MasterPlan.objects.filter(pk=row.plan_id).update(jira_key=row.target.rpartition("/")[2][:40], jira_state=state)
