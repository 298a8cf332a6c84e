"""Accepting atoms: their text stands, their confidence is computed, and it is told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import F

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
    moved = transition_many(
        Atom.objects.filter(pk__in=[atom.pk for atom in atoms]).defer(*ANALYSED),
        AtomStatus.ACCEPTED,
        actor=SYSTEM,
        accepted=F("current"),
        awaiting_decision=False,
        feedback=[],
        hint="",
    )
    alike: dict[scoring.Confidence, list[uuid.UUID]] = {}
    for atom in moved:
        found = confidence_in(atom, checks.get(atom.pk, []))
        alike.setdefault(found, []).append(atom.pk)
        emit(
            ("plan", atom.plan_id),
            "atom_execution_complete",
            {
                "atom_id": str(atom.pk),
                "label": atom.label(),
                "accepted": True,
                "attempts": atom.attempts,
                "confidence": found.score,
            },
        )
    for found, atom_ids in alike.items():
        keep_confidence(atom_ids, found)


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


def confidence_in(atom: Atom, checks: list[scoring.Check]) -> scoring.Confidence:
    return scoring.score(validation=checks, attempts=max(atom.attempts, 1), complexity=atom.complexity)


def keep_confidence(atom_ids: list[uuid.UUID], found: scoring.Confidence) -> None:
    """Most atoms of a round score alike: one statement per score, not one branch per atom."""
    parts = {
        "validation": found.parts.validation,
        "attempts": found.parts.attempts,
        "complexity": found.parts.complexity,
        "integration": found.parts.integration,
        "level": found.level,
        "explanation": found.explanation,
    }
    score = Decimal(str(round(found.score, 3)))
    Atom.objects.filter(pk__in=atom_ids).update(confidence=score, confidence_parts=parts)


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
