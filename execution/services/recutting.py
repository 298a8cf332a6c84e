"""A task that was drafted anew: what its new draft has like the old one stays as it is, the rest takes its place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from common.actors import SYSTEM
from execution import atoms as core
from execution.models import Atom
from execution.services.leaving_out import leave_out_atoms
from execution.states import AtomStatus
from planning.models import Task


class CutFile(Protocol):
    """A file of a task and the atoms it was cut into."""

    @property
    def atoms(self) -> tuple[core.Atom, ...]: ...


def keep_what_stands(task: Task, cuts: Iterable[CutFile]) -> set[str]:
    """Keys of the atoms that the new draft has unchanged: they keep text, status and history, and get their new place.

    Those that it has no more are left out. Called in the change that stores the cuts.
    """
    there = {row.key: row for row in Atom.objects.filter(task=task).exclude(status=AtomStatus.SKIPPED)}
    places = {atom.id: (position, atom) for cut in cuts for position, atom in enumerate(cut.atoms)}
    kept = [row for key, row in there.items() if key in places]
    for row in kept:
        row.position, atom = places[row.key]
        row.parent_key = atom.parent or ""
    Atom.objects.bulk_update(kept, ["position", "parent_key"], batch_size=500)
    gone = [row.pk for key, row in there.items() if key not in places]
    leave_out_atoms(Atom.objects.filter(pk__in=gone), why="its task was written anew", actor=SYSTEM)
    return {row.key for row in kept}
