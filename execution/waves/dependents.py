"""Atoms that others hold back: those that need a failed one, and the other pieces of its function."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Q

from common.actors import SYSTEM
from common.transitions import transition_many
from execution.models import Atom, AtomDependency, DependencyGraph
from execution.states import AtomStatus
from planning.models import TaskDependency


def failed_or_waiting() -> Q:
    """Atoms that hold back what needs them."""
    return Q(status=AtomStatus.FAILED) | Q(awaiting_decision=True)


def block_dependents(plan_id: uuid.UUID, atom_ids: Collection[uuid.UUID]) -> None:
    """Everything that needs one of these atoms, directly or not, waits; so do sound pieces of their functions."""
    stuck = set(atom_ids)
    if not stuck:
        return
    waiting = Q(pk__in=needing(plan_id, stuck), status=AtomStatus.PENDING)
    pieces = Q(pk__in=_pieces_beside(plan_id, stuck), status__in=[AtomStatus.PENDING, AtomStatus.RETRYING])
    transition_many(
        Atom.objects.filter(waiting | pieces, awaiting_decision=False).exclude(pk__in=stuck),
        AtomStatus.BLOCKED,
        actor=SYSTEM,
        reason="an atom it needs has failed",
    )


def release_dependents(plan_id: uuid.UUID) -> None:
    """Blocked atoms that nothing holds back any more are pending again."""
    stuck = set(Atom.objects.filter(plan_id=plan_id).filter(failed_or_waiting()).values_list("pk", flat=True))
    held = needing(plan_id, stuck) | _pieces_beside(plan_id, stuck)
    transition_many(
        Atom.objects.filter(plan_id=plan_id, status=AtomStatus.BLOCKED).exclude(pk__in=held),
        AtomStatus.PENDING,
        actor=SYSTEM,
        reason="what it needs is solved",
    )


def needing(plan_id: uuid.UUID, atom_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """All atoms that need one of these, directly or not, by the plan's latest graph. One query a level.

    Where nothing was analysed (``by_tasks``), the atoms of all tasks that need theirs.
    """
    graph = DependencyGraph.objects.filter(plan_id=plan_id).first()
    if graph is not None and graph.by_tasks:
        return _needing_by_tasks(plan_id, atom_ids)
    edges = AtomDependency.objects.filter(graph=graph, broken=False)
    reached: set[uuid.UUID] = set()
    frontier = set(atom_ids)
    while graph and frontier:
        frontier = set(edges.filter(source__in=frontier).values_list("target_id", flat=True)) - reached
        reached |= frontier
    return reached


def _needing_by_tasks(plan_id: uuid.UUID, atom_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    users: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for user, needed in TaskDependency.objects.filter(task__plan_id=plan_id).values_list("task_id", "needs_id"):
        users[needed].add(user)
    own = set(Atom.objects.filter(pk__in=atom_ids).values_list("task_id", flat=True))
    reached: set[uuid.UUID] = set()
    frontier = own
    while frontier:
        frontier = {user for task in frontier for user in users[task]} - reached
        reached |= frontier
    return set(Atom.objects.filter(task__in=reached).values_list("pk", flat=True))


def _pieces_beside(plan_id: uuid.UUID, atom_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The pieces of the functions that these atoms are pieces of, they themselves among them."""
    units = Atom.objects.filter(pk__in=atom_ids).values("unit")
    return set(Atom.objects.filter(plan_id=plan_id, unit__in=units).values_list("pk", flat=True))
