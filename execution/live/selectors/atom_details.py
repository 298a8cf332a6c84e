"""One atom with everything that is known of it, for the side panel of the page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from common.errors import NotFound
from execution.confidence import PART_WEIGHTS
from execution.models import Atom, AtomAttempt, AtomDependency, DependencyGraph, ValidationResult

MAX_NEIGHBOURS = 30


@dataclass(frozen=True)
class Part:
    """A part of the confidence, from 0 to 1, and its weight in percent."""

    name: str
    value: float
    weight: int


@dataclass(frozen=True)
class AtomDetails:
    atom: Atom
    text: str
    attempts: list[AtomAttempt]
    diagnostics: list[dict[str, Any]]
    """What is open now, else what the last attempt left as errors."""
    not_run: list[ValidationResult]
    parts: list[Part]
    explanation: str
    needs: list[Atom]
    needed_by: list[Atom]
    wave: int | None


def atom_details(plan_id: uuid.UUID, atom_id: uuid.UUID) -> AtomDetails:
    """A fixed number of queries. Raises ``NotFound`` for an atom that is not of this plan."""
    rows = Atom.objects.select_related("task", "current")
    atom = rows.filter(pk=atom_id, plan_id=plan_id).first()
    if atom is None:
        raise NotFound("There is no such atom in this plan.")
    attempts = list(atom.attempt_rows.order_by("attempt"))
    graph = DependencyGraph.objects.filter(plan_id=plan_id).first()
    edges = AtomDependency.objects.filter(graph=graph) if graph else AtomDependency.objects.none()
    wave = atom.memberships.filter(graph=graph).values_list("wave__number", flat=True).first() if graph else None
    parts = atom.confidence_parts
    return AtomDetails(
        atom=atom,
        text=atom.current.text if atom.current else "",
        attempts=attempts,
        diagnostics=_open_diagnostics(atom, attempts),
        not_run=_not_run(plan_id),
        parts=[
            Part(name, float(parts[name]), round(100 * PART_WEIGHTS[name])) for name in PART_WEIGHTS if name in parts
        ],
        explanation=str(parts.get("explanation", "")),
        needs=[
            edge.source
            for edge in edges.filter(target=atom).select_related("source").distinct("source")[:MAX_NEIGHBOURS]
        ],
        needed_by=[
            edge.target
            for edge in edges.filter(source=atom).select_related("target").distinct("target")[:MAX_NEIGHBOURS]
        ],
        wave=wave,
    )


def _open_diagnostics(atom: Atom, attempts: list[AtomAttempt]) -> list[dict[str, Any]]:
    if atom.feedback:
        return list(atom.feedback)
    last = attempts[-1] if attempts else None
    return list(last.errors) if last and last.success is False else []


def _not_run(plan_id: uuid.UUID) -> list[ValidationResult]:
    """Layers of the latest check of the whole that could not run, so that nobody takes them for passed."""
    latest = ValidationResult.objects.filter(plan_id=plan_id, level=2).order_by("layer", "-created_at")
    return [row for row in latest.distinct("layer") if row.passed is None]
