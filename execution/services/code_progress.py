"""How much of the code of tasks stands, which is what their progress is while they are under way."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal

from django.db.models import Count, Q

from execution.models import Atom
from execution.states import AtomStatus
from planning.models import Task

DRAFTED = Decimal(30)
"""Percent of the way to its code that a task has gone when it is drafted."""


def count_code(plan_id: uuid.UUID, task_ids: Iterable[uuid.UUID]) -> None:
    """Keep ``code_percent`` of these tasks equal to the share of their atoms that is accepted. A read and a write.

    Call it before ``refresh_progress``, while the run is held.
    """
    accepted = Count("pk", filter=Q(status=AtomStatus.ACCEPTED))
    atoms = Atom.objects.filter(plan_id=plan_id, task__in=list(task_ids)).exclude(status=AtomStatus.SKIPPED)
    shares = atoms.order_by().values_list("task").annotate(total=Count("pk"), accepted=accepted)
    tasks = [
        Task(pk=task_id, code_percent=round(DRAFTED + (100 - DRAFTED) * done / total, 2))
        for task_id, total, done in shares
    ]
    Task.objects.bulk_update(tasks, ["code_percent"])
