"""Waves without a dependency graph: one per task, every task after those that it depends on by the plan."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping

from execution import graph as graphs
from execution.models import Atom
from planning.models import Task, TaskDependency

NOTHING_ANALYSED = graphs.Graph(nodes=(), edges=())


def waves_of_tasks(plan_id: uuid.UUID, rows: Iterable[Atom]) -> list[tuple[str, ...]]:
    """Keys of the atoms of each task, task after task; files by path, each in its order. Two queries."""
    atoms: dict[uuid.UUID, list[Atom]] = defaultdict(list)
    for row in rows:
        atoms[row.task_id].append(row)
    tasks = Task.objects.filter(plan_id=plan_id, pk__in=list(atoms)).order_by("number").values_list("pk", flat=True)
    needs: dict[uuid.UUID, set[uuid.UUID]] = {task: set() for task in tasks}
    for task, needed in TaskDependency.objects.filter(task__in=list(atoms)).values_list("task_id", "needs_id"):
        if needed in needs:
            needs[task].add(needed)
    return [tuple(row.key for row in sorted(atoms[task], key=_place)) for task in in_order(needs)]


def in_order(needs: Mapping[uuid.UUID, Iterable[uuid.UUID]]) -> list[uuid.UUID]:
    """Each after what it needs, else as they are listed; what is in a cycle comes last, as listed."""
    found: dict[uuid.UUID, None] = {}
    waiting = list(needs)
    while waiting:
        ready = next((task for task in waiting if all(needed in found for needed in needs[task])), waiting[0])
        found[ready] = None
        waiting.remove(ready)
    return list(found)


def _place(row: Atom) -> tuple[str, int]:
    return row.path, row.position
