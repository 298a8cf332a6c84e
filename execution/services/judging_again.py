"""What uses something that changed is judged again as it stands: no model is asked unless it turns out to be wrong."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, Value
from django.db.models.functions import Greatest

from common.actors import SYSTEM
from common.transitions import transition_many
from execution.models import Atom, AtomDependency, DependencyGraph, Run
from execution.services.code_progress import count_code
from execution.states import AtomStatus
from execution.waves.dependents import needing
from execution.waves.settling import complete_tasks
from planning.models import Task
from planning.services.progress import move_tasks, refresh_progress
from planning.states import TaskStatus

ATTEMPTS_MORE = 2
"""For an atom that does not fit any more and had spent its attempts when it did."""
BEGUN = [TaskStatus.READY_FOR_TEST, TaskStatus.TESTED, TaskStatus.DONE]


def judge_users_again(run: Run, graph: DependencyGraph) -> list[Atom]:
    """Accepted atoms that need a new atom by ``graph``, or a lost one by the graph before, directly or through others.

    Called in the change that stores the graph. For the first graph of a plan there is nothing to do.
    """
    before = DependencyGraph.objects.filter(plan_id=run.plan_id).exclude(pk=graph.pk).first()
    if before is None:
        return []
    old = Atom.objects.filter(memberships__graph=before)
    new = Atom.objects.filter(memberships__graph=graph)
    come = set(new.exclude(pk__in=old.values("pk")).values_list("pk", flat=True))
    gone = set(old.filter(status=AtomStatus.SKIPPED).values_list("pk", flat=True))
    by_code = downstream(graph, come) | downstream(before, gone)
    users = by_code | (needing(run.plan_id, come | gone) if graph.by_tasks else set())
    reopened = transition_many(
        new.filter(pk__in=users - come, status=AtomStatus.ACCEPTED),
        AtomStatus.RETRYING,
        actor=SYSTEM,
        reason=f"something it needs changed in version {graph.version}",
        feedback=[],
        hint="",
        max_attempts=Greatest(F("max_attempts"), F("attempts") + Value(ATTEMPTS_MORE)),
    )
    _reopen_tasks(run, {atom.task_id for atom in reopened}, graph.version)
    # A task that was drafted anew to the very same text has no round to come, which would complete it.
    begun = Task.objects.filter(plan_id=run.plan_id, status=TaskStatus.IN_PROGRESS, atoms__isnull=False)
    complete_tasks(run.plan_id, set(begun.values_list("pk", flat=True)))
    return reopened


def downstream(graph: DependencyGraph, roots: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Everything that needs one of ``roots``, by edges that only the order of the waves leaves out too. One query."""
    users: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for source, target in AtomDependency.objects.filter(graph=graph).values_list("source_id", "target_id"):
        users[source].append(target)
    found: set[uuid.UUID] = set()
    todo = list(roots)
    while todo:
        for user in users[todo.pop()]:
            if user not in found:
                found.add(user)
                todo.append(user)
    return found


def _reopen_tasks(run: Run, task_ids: set[uuid.UUID], version: int) -> None:
    open_again = Task.objects.filter(pk__in=task_ids, status__in=BEGUN).values_list("pk", flat=True)
    move_tasks(
        plan_id=run.plan_id,
        task_ids=list(open_again),
        to=TaskStatus.IN_PROGRESS,
        actor=SYSTEM,
        reason=f"something it needs changed in version {version}",
    )
    count_code(run.plan_id, task_ids)
    refresh_progress(run.plan_id, actor=SYSTEM)
