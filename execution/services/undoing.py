"""Taking a person's decision on an atom back, as long as nothing was built on it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q

from common.actors import Actor
from common.changes import change
from common.errors import Conflict, NotFound
from common.transitions import transition
from execution.models import Atom, Run, ValidationResult
from execution.projection import show_after_commit
from execution.services.advance_stage import back_to_waves
from execution.services.runs import held_run
from execution.services.trying_again import reopen_task
from execution.states import AtomStatus
from execution.waves.dependents import block_dependents, needing, release_dependents
from execution.waves.settling import complete_tasks, count_atoms
from planning.states import PlanStatus

KEPT: Final = (
    "status",
    "awaiting_decision",
    "current_id",
    "accepted_id",
    "changed_by_person",
    "attempts",
    "max_attempts",
    "actual_lines",
    "hint",
    "feedback",
    "confidence",
    "confidence_parts",
)
"""What a decision may change of an atom, and what must be as the decision left it when that is taken back."""
_IDENTITY: Final = ("status", "awaiting_decision", "current_id", "attempts")


class DependedOn(Conflict):
    """The decision stands: something was made, tested or decided that takes it for granted."""

    code = "depended_on"
    title = "Something depends on this decision"


def state_of(atom_id: uuid.UUID) -> dict[str, Any]:
    """The atom as it is now, in plain values, for ``undo_decision``."""
    row = Atom.objects.filter(pk=atom_id).values(*KEPT).first()
    if row is None:
        raise NotFound("There is no such atom.")
    plain = (uuid.UUID, Decimal)
    return {name: str(value) if isinstance(value, plain) else value for name, value in row.items()}


def undo_decision(
    *, atom_id: uuid.UUID, before: Mapping[str, Any], after: Mapping[str, Any], since: datetime, actor: Actor
) -> Atom:
    """Put the atom, what needs it, its task and its file back to ``before``; both states are of ``state_of``.

    Raises ``DependedOn`` when the atom is not as the decision left it, something that needs it was worked on
    ``since``, or the plan has come to its end.
    """
    atom = Atom.objects.select_related("plan", "task").get(pk=atom_id)
    with change():
        run = held_run(atom.plan_id)
        now = state_of(atom_id)
        if any(now[name] != after[name] for name in _IDENTITY):
            raise DependedOn(f"{atom.label()} has changed since it was decided.", hint="Decide on what it is now.")
        if dict(before) == now:
            return atom
        if run is None and atom.plan.status == PlanStatus.COMPLETED:
            raise DependedOn("The plan was completed with this decision.", hint="Ask for another review of the atom.")
        _refuse_what_was_built_on(atom, since)
        _restore(atom, before, actor)
        _follow(atom, before, run, actor)
    return atom


def _refuse_what_was_built_on(atom: Atom, since: datetime) -> None:
    beside = set(Atom.objects.filter(plan_id=atom.plan_id, unit=atom.unit).values_list("pk", flat=True))
    others = Atom.objects.filter(pk__in=needing(atom.plan_id, [atom.pk]) | beside).exclude(pk=atom.pk)
    under_way = Q(status=AtomStatus.RUNNING) | Q(status=AtomStatus.VALIDATING, awaiting_decision=False)
    judged = Q(attempt_rows__created_at__gt=since) | Q(validation_results__created_at__gt=since)
    built = others.filter(under_way | judged).order_by("number").first()
    if built is not None:
        raise DependedOn(
            f"{built.label()} needs this code and was worked on since.",
            hint="Ask for another review of the atom, and decide again.",
        )


def _restore(atom: Atom, before: Mapping[str, Any], actor: Actor) -> None:
    fields = {name: before[name] for name in KEPT if name not in ("status", "attempts")}
    reason = "the decision was taken back"
    if atom.status == before["status"]:
        Atom.objects.filter(pk=atom.pk).update(**fields)
    else:
        transition(atom, before["status"], actor=actor, reason=reason, **fields)
    if before["status"] != AtomStatus.ACCEPTED:
        # The say of the person who accepted it counts no longer.
        ValidationResult.objects.create(
            plan_id=atom.plan_id,
            level=1,
            atom=atom,
            task_id=atom.task_id,
            attempt=atom.attempts,
            layer="review",
            passed=None,
            reason=f"{actor.name}: {reason}"[:2000],
        )


def _follow(atom: Atom, before: Mapping[str, Any], run: Run | None, actor: Actor) -> None:
    """What needs it, its task, the counters and the files follow the atom back."""
    if run is not None:
        reopen_task(atom, actor=actor)
        if before["awaiting_decision"]:
            block_dependents(atom.plan_id, [atom.pk])
        else:
            release_dependents(atom.plan_id)
        complete_tasks(atom.plan_id, {atom.task_id})
        count_atoms(run)
        back_to_waves(run)
    if atom.plan.workspace_path:
        show_after_commit(atom.plan)
