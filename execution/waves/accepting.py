"""Accepting atoms: their text stands, their confidence is computed, and it is told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Case, F, Field, Value, When

from common.actors import SYSTEM
from common.changes import emit
from common.transitions import transition_many
from execution import confidence as scoring
from execution.models import Atom
from execution.models.atom import ANALYSED
from execution.states import AtomStatus
from execution.validation.results import SEVERITY, TreeReport
from integrations.llm.shapes import Diagnostic


def accept_atoms(atoms: list[Atom], checks: Mapping[uuid.UUID, list[scoring.Check]]) -> None:
    """Move atoms to accepted, with their current text, confidence and event."""
    if not atoms:
        return
    found = {atom.pk: confidence_in(atom, checks.get(atom.pk, [])) for atom in atoms}
    moved = transition_many(
        Atom.objects.filter(pk__in=list(found)).defer(*ANALYSED),
        AtomStatus.ACCEPTED,
        actor=SYSTEM,
        accepted=F("current"),
        awaiting_decision=False,
        feedback=[],
        hint="",
        **_by_atom(found),
    )
    for atom in moved:
        emit(
            ("plan", atom.plan_id),
            "atom_execution_complete",
            {
                "atom_id": str(atom.pk),
                "label": atom.label(),
                "accepted": True,
                "attempts": atom.attempts,
                "confidence": found[atom.pk].score,
            },
        )


def hold_doubtful(atoms: list[Atom], checks: Mapping[uuid.UUID, list[scoring.Check]]) -> list[Atom]:
    """Those that passed with a confidence below 0.50 and now wait for a person instead of being accepted."""
    held = []
    for atom in atoms:
        found = confidence_in(atom, checks.get(atom.pk, []))
        judged = Atom.objects.filter(pk=atom.pk, status=AtomStatus.VALIDATING)
        if found.level == "critical" and judged.update(awaiting_decision=True, feedback=[]):
            keep_confidence([atom.pk], found)
            held.append(atom)
    return held


def confidence_in(atom: Atom, checks: Sequence[scoring.Check]) -> scoring.Confidence:
    return _confidence(tuple(checks), max(atom.attempts, 1), atom.complexity)


@lru_cache(maxsize=256)
def _confidence(checks: tuple[scoring.Check, ...], attempts: int, complexity: float) -> scoring.Confidence:
    """Most atoms of a round score alike."""
    return scoring.score(validation=checks, attempts=attempts, complexity=complexity)


def keep_confidence(atom_ids: list[uuid.UUID], found: scoring.Confidence) -> None:
    Atom.objects.filter(pk__in=atom_ids).update(**_columns(found))


def _by_atom(found: Mapping[uuid.UUID, scoring.Confidence]) -> dict[str, Any]:
    """Values for an update of several atoms: one branch per score, not one per atom."""
    alike: dict[scoring.Confidence, list[uuid.UUID]] = {}
    for atom_id, confidence in found.items():
        alike.setdefault(confidence, []).append(atom_id)
    (most, _), *others = sorted(alike.items(), key=lambda pair: -len(pair[1]))
    return {
        name: Case(
            *(When(pk__in=ids, then=Value(_columns(other)[name], _FIELDS[name])) for other, ids in others),
            default=Value(value, _FIELDS[name]),
        )
        for name, value in _columns(most).items()
    }


_FIELDS: dict[str, Field[Any, Any]] = {
    "confidence": Atom._meta.get_field("confidence"),
    "confidence_parts": Atom._meta.get_field("confidence_parts"),
}


def _columns(found: scoring.Confidence) -> dict[str, object]:
    parts = {
        "validation": found.parts.validation,
        "attempts": found.parts.attempts,
        "complexity": found.parts.complexity,
        "integration": found.parts.integration,
        "level": found.level,
        "explanation": found.explanation,
    }
    return {"confidence": Decimal(str(round(found.score, 3))), "confidence_parts": parts}


def checks_of(errors: Iterable[Diagnostic], report: TreeReport) -> list[scoring.Check]:
    """Each layer's say on one atom, for its confidence, given the findings charged to that atom."""
    layers = [error.layer for error in errors]
    return [
        _check(layer, layers.count(layer), ran=result.status != "not_run") for layer, result in report.layers.items()
    ]


def _check(layer: str, findings: int, *, ran: bool) -> scoring.Check:
    if not ran:
        return scoring.Check(layer, SEVERITY[layer], "not_run")
    return scoring.Check(layer, SEVERITY[layer], "failed" if findings else "passed", findings)
