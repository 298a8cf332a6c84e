"""Automatic rollback: version 2 is switched off for new runs when it does badly, if the settings want that."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change, emit
from common.configuration import RollbackRule, configuration
from common.flag_overrides import flags_in_force, set_flag
from common.models import FlagOverride
from execution.models import Run
from execution.services.pausing import MARKS
from execution.states import RunStatus
from planning.models import ExecutionSnapshot
from planning.models.masterplan import ExecutionMode

logger = logging.getLogger(__name__)

FLAG = "FF_ENABLE_V2"


@dataclass(frozen=True)
class Trouble:
    """Why version 2 is to be switched off, and the runs that say so."""

    why: str
    runs: tuple[Run, ...]


def roll_back_if_needed() -> bool:
    """Look at the runs of the window and switch version 2 off where a limit is passed. For the reconciler."""
    rule = configuration().rollback
    if not rule.enabled or not flags_in_force().enable_v2:
        return False
    trouble = trouble_with(_runs_since(rule), rule, now=timezone.now())
    if trouble is None:
        return False
    logger.error("Version 2 is switched off: %s", trouble.why)
    with change():
        set_flag(FLAG, False, actor=SYSTEM, reason=f"automatic rollback: {trouble.why}")
        for run in trouble.runs:
            emit(
                ("plan", run.plan_id),
                "error",
                {
                    "code": "rolled_back",
                    "message": f"Version 2 was switched off for new runs: {trouble.why}",
                    "hint": f"Runs under way go on. {FLAG} is switched on again by an administrator.",
                },
            )
    return True


def trouble_with(runs: Sequence[Run], rule: RollbackRule, *, now: datetime) -> Trouble | None:
    """The first limit that is passed. A query for each run that is open for longer than a run may work."""
    for run in runs:
        if run.finished_at is None and (now - run.started_at).total_seconds() > rule.longest_run:
            hours = working_seconds(run, now=now) / 3600
            if hours > rule.longest_run / 3600:
                return Trouble(f"a run works for {hours:.1f} hours", (run,))
    ended = [run for run in runs if run.finished_at is not None and run.atoms_total]
    if len(ended) < rule.least_runs:
        return None
    atoms = sum(run.atoms_total for run in ended)
    judged = [run for run in ended if run.precision is not None]
    errors = sum(run.atoms_failed for run in ended) / atoms
    if errors > rule.most_errors:
        return Trouble(f"{errors:.1%} of {atoms} atoms failed", tuple(run for run in ended if run.atoms_failed))
    weight = sum(run.atoms_total for run in judged)
    precision = sum(float(run.precision or 0) * run.atoms_total for run in judged) / weight if weight else 1.0
    if precision < rule.least_precision:
        worse = tuple(run for run in judged if float(run.precision or 0) < rule.least_precision)
        return Trouble(f"precision is {precision:.1%}", worse)
    return None


def working_seconds(run: Run, *, now: datetime) -> float:
    """Since its start, without the time in which it was paused. One query."""
    pauses = ExecutionSnapshot.objects.filter(plan_id=run.plan_id, created_at__gte=run.started_at)
    pauses = pauses.exclude(reason__in=MARKS)
    paused = sum(((row.resumed_at or now) - row.created_at).total_seconds() for row in pauses)
    return (now - run.started_at).total_seconds() - paused


def _runs_since(rule: RollbackRule) -> list[Run]:
    """Runs with atoms, open or ended in the window, that began after the flag was last changed. Two queries."""
    since = timezone.now() - timedelta(seconds=rule.window)
    changed = FlagOverride.objects.filter(name=FLAG).values_list("changed_at", flat=True).first()
    runs = Run.objects.exclude(mode=ExecutionMode.MVP).exclude(status=RunStatus.CANCELLED).order_by("started_at")
    if changed is not None:
        runs = runs.filter(started_at__gt=changed)
    return [*runs.filter(finished_at__isnull=True), *runs.filter(finished_at__gte=since)]
