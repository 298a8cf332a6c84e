"""What is one unit of a task: its atoms, or the task as a whole."""

from __future__ import annotations

from collections.abc import Collection

from execution import atoms as core
from execution.models import Run
from planning.models import Task
from planning.models.masterplan import ExecutionMode


def cuts_at_all(run: Run) -> bool:
    """Whether anything in this run is cut into atoms."""
    return run.mode != ExecutionMode.MVP and run.uses.ast_atomization


def is_whole(run: Run, task: Task, files: Collection[tuple[core.Atom, ...]]) -> bool:
    """Whether ``task``, whose files were cut into ``files``, is made as one unit in this run.

    In ``hybrid`` the plan says so for the task or its phase; else a task whose language or text cannot be cut is.
    """
    if not cuts_at_all(run):
        return True
    if run.mode != ExecutionMode.HYBRID:
        return False
    modes = run.plan.part_modes
    said = modes.get(task.short_id) or modes.get(task.milestone.phase.short_id)
    return said == ExecutionMode.MVP if said else any(_was_not_cut(atoms) for atoms in files)


def unit_of_whole(task: Task) -> str:
    """The unit that the files of a task share which is made as a whole: they stand or fall together."""
    return f"task::{task.pk}"


def _was_not_cut(atoms: tuple[core.Atom, ...]) -> bool:
    """An empty file is nothing to cut."""
    return any(atom.kind == "file" and atom.source.strip() for atom in atoms)
