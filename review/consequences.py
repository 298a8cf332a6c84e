"""What decisions would do, in words, before they are made."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal

from execution.models import Atom
from execution.states import AtomStatus
from execution.waves.dependents import needing
from review.models import Review

Decision = Literal["approve", "reject", "regenerate"]


def consequences(review_ids: Collection[uuid.UUID], decision: Decision) -> list[str]:
    """Sentences about atoms, what needs them, and tasks. A few queries for each plan."""
    atoms = list(Atom.objects.filter(reviews__in=Review.objects.filter(pk__in=review_ids)).distinct())
    if not atoms:
        return ["Nothing changes."]
    accepted = [atom for atom in atoms if atom.status == AtomStatus.ACCEPTED]
    waiting = len(atoms) - len(accepted)
    if decision == "approve":
        return _approved(atoms, waiting=waiting, accepted=len(accepted))
    if decision == "reject":
        return _rejected(atoms)
    return _regenerated(waiting=waiting, accepted=len(accepted))


def _approved(atoms: Sequence[Atom], *, waiting: int, accepted: int) -> list[str]:
    said = []
    if waiting:
        said.append(f"{_count(waiting, 'atom')} whose attempts are spent {_is(waiting)} accepted as written.")
        freed = Atom.objects.filter(pk__in=_needing(atoms), status=AtomStatus.BLOCKED).count()
        if freed:
            said.append(f"{_count(freed, 'other atom')} held back by {'it' if waiting == 1 else 'them'} can go on.")
    if accepted:
        said.append(f"{_count(accepted, 'atom')} {_is(accepted)} accepted already: only the review is closed.")
    return said


def _rejected(atoms: Sequence[Atom]) -> list[str]:
    said = [f"{_count(len(atoms), 'atom')} {'fails' if len(atoms) == 1 else 'fail'}; the code leaves the files."]
    held = Atom.objects.filter(pk__in=_needing(atoms)).exclude(status__in=[AtomStatus.SKIPPED, AtomStatus.FAILED])
    still = held.exclude(status=AtomStatus.ACCEPTED).count()
    if still:
        said.append(f"{_count(still, 'atom')} that {'needs' if still == 1 else 'need'} this code will wait.")
    done = held.filter(status=AtomStatus.ACCEPTED).count()
    if done:
        said.append(f"{_count(done, 'accepted atom')} {'uses' if done == 1 else 'use'} this code and may break.")
    tasks = len({atom.task_id for atom in atoms})
    said.append(f"{_count(tasks, 'task')} cannot be completed until somebody solves that.")
    return said


def _regenerated(*, waiting: int, accepted: int) -> list[str]:
    said = []
    if waiting:
        said.append(f"{_count(waiting, 'atom')} {'gets' if waiting == 1 else 'get'} one more attempt with your words.")
    if accepted:
        was = "is" if accepted == 1 else "are"
        said.append(f"{_count(accepted, 'accepted atom')} {was} written again and judged anew.")
    return said


def _needing(atoms: Sequence[Atom]) -> set[uuid.UUID]:
    by_plan: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for atom in atoms:
        by_plan[atom.plan_id].add(atom.pk)
    found = {pk for plan_id, ids in by_plan.items() for pk in needing(plan_id, ids)}
    return found - {atom.pk for atom in atoms}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
