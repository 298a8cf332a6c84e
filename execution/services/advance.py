"""What a run does next. Reads the database, never its arguments: anybody may call it at any time, any often."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass

from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change, emit
from common.configuration import configuration
from execution import dispatch
from execution.drafts.drafting import STOPPED
from execution.models import Run
from execution.services.advance_stage import enter_stage
from execution.services.pausing import DEFECTS, WorkBroke, pause_for_error, pause_now
from execution.services.runs import in_flight
from execution.states import RunStatus, Stage
from execution.waves.opening import advance_waves
from planning.models import Task, TaskDependency
from planning.states import TaskStatus

logger = logging.getLogger(__name__)


def advance_run(run_id: uuid.UUID) -> None:
    """Take the next step of the run, whatever it is. Holds the run's row, so that steps of one run come one by one.

    A step that breaks would break whenever the run is woken: it waits, and says why.
    """
    try:
        _advance(run_id)
    except DEFECTS as defect:
        logger.exception("The next step of run %s broke.", run_id)
        run = Run.objects.select_related("plan").get(pk=run_id)
        pause_for_error(run, WorkBroke("The next step of the build", defect, hint="See the logs of the workers."))


def _advance(run_id: uuid.UUID) -> None:
    with change():
        run = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
        if run is None or run.status != RunStatus.RUNNING:
            return
        set_trace_id(run.trace_id)
        if run.pause_asked and not in_flight(run):
            pause_now(run, reason=run.pause_asked, detail=run.pause_note, actor=SYSTEM)
            return
        if run.stage == Stage.CODE_GENERATION:
            _advance_drafts(run)
        elif run.stage == Stage.WAVES:
            advance_waves(run)
        elif run.stage != Stage.FINISHED and not run.pause_asked:
            dispatch.perform_stage(run.pk, run.stage)


def _advance_drafts(run: Run) -> None:
    tasks = Task.objects.filter(plan_id=run.plan_id).exclude(status__in=[TaskStatus.SKIPPED, TaskStatus.CANCELLED])
    drafts = _open_drafts(tasks.filter(draft__isnull=True))
    if drafts is None:
        lines = sum(
            entry["text"].count("\n") for draft in tasks.values_list("draft", flat=True) for entry in draft or []
        )
        emit(("plan", run.plan_id), "code_generation_complete", {"tasks": tasks.count(), "lines": lines})
        enter_stage(run, Stage.ATOMIZATION)
        dispatch.write_acceptance(run.plan_id)
        return
    if run.pause_asked:
        return
    for task_id in drafts.ready[: max(configuration().max_drafts_at_once - drafts.underway, 0)]:
        dispatch.draft_task(run.pk, task_id)
    if not drafts.ready and not drafts.underway:
        names = ", ".join(drafts.failed[:5])
        detail = f"No code could be made for: {names}. Retry them, give their code by hand or skip them, then resume."
        pause_now(run, reason="pending_decision", detail=detail, actor=SYSTEM)


@dataclass(frozen=True)
class _Drafts:
    """Which tasks can be drafted now, how many are being drafted, and which have failed or are blocked (short ids)."""

    ready: list[uuid.UUID]
    underway: int
    failed: list[str]


def _open_drafts(undrafted: QuerySet[Task]) -> _Drafts | None:
    """How things stand with the tasks that have no draft; ``None`` when there is no such task.

    One statement: a draft that is claimed or stored between two of them would be overlooked by both.
    """
    waiting_for = TaskDependency.objects.filter(task=OuterRef("pk"), needs__draft__isnull=True).exclude(
        needs__status__in=[TaskStatus.SKIPPED, TaskStatus.CANCELLED]
    )
    rows = list(
        undrafted.annotate(
            waits=Exists(waiting_for),
            held=Case(When(claims.free("draft_claim"), then=Value(False)), default=Value(True)),
        )
        .order_by("number")
        .values_list("pk", "short_id", "status", "waits", "held")
    )
    ready = [pk for pk, _, status, waits, held in rows if not waits and not held and status not in STOPPED]
    failed = [short_id for _, short_id, status, _, _ in rows if status in STOPPED]
    return _Drafts(ready, sum(1 for *_, held in rows if held), failed) if rows else None
