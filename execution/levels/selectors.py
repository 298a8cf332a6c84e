"""Results of the levels, read: the latest of every check, and how much of a level stands."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from execution.models import Atom, ValidationResult

LEVEL_NAMES: Mapping[int, str] = {1: "atom", 2: "module", 3: "component", 4: "system"}


@dataclass(frozen=True)
class LevelShare:
    """Of the things of a level that were judged, how many passed every check that ran."""

    level: int
    passed: int
    judged: int

    @property
    def name(self) -> str:
        return LEVEL_NAMES[self.level]


def latest_of_atom(atom: Atom) -> list[ValidationResult]:
    """The latest of each layer at every level that the atom is part of: its own, its task, its milestone, the plan."""
    task = Q(level=2, task_id=atom.task_id)
    component = Q(level=3, milestone_id=atom.task.milestone_id)
    rows = ValidationResult.objects.filter(Q(level=1, atom=atom) | task | component | Q(level=4), plan_id=atom.plan_id)
    return _latest(rows.order_by("level", "-created_at"))


def latest_of_plan(plan_id: uuid.UUID, **narrowed: object) -> list[ValidationResult]:
    rows = ValidationResult.objects.filter(plan_id=plan_id, **narrowed).select_related("atom", "task", "milestone")
    return _latest(rows.order_by("level", "-created_at"))


def shares_of(plan_id: uuid.UUID) -> list[LevelShare]:
    """Of accepted atoms those right at once; of tasks, milestones and the plan those without a failed check."""
    atoms = Atom.objects.filter(plan_id=plan_id, status="accepted", accepted__isnull=False)
    shares = [LevelShare(1, atoms.filter(attempts__lte=1).count(), atoms.count())]
    rows = latest_of_plan(plan_id, level__gte=2)
    for level in (2, 3, 4):
        mine = [row for row in rows if row.level == level and (level == 4 or row.task_id or row.milestone_id)]
        things: dict[uuid.UUID | None, list[ValidationResult]] = {}
        for row in mine:
            things.setdefault(row.task_id or row.milestone_id, []).append(row)
        passed = sum(all(row.passed is not False for row in found) for found in things.values())
        if things:
            shares.append(LevelShare(level, passed, len(things)))
    return shares


def _latest(rows: Iterable[ValidationResult]) -> list[ValidationResult]:
    """The first of each kind; the latest come first."""
    found: dict[tuple[object, ...], ValidationResult] = {}
    for row in rows:
        found.setdefault(
            (row.level, row.atom_id if row.level == 1 else None, row.task_id, row.milestone_id, row.layer), row
        )
    return list(found.values())
