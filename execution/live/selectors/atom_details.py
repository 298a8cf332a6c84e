"""One atom with everything that is known of it, for the side panel of the page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import QuerySet

from common.errors import NotFound
from execution.confidence import PART_WEIGHTS
from execution.live.selectors.atom_log import LogLine, atom_log
from execution.live.selectors.waiting import Waiting, why_atom_waits
from execution.models import Atom, AtomAttempt, AtomDependency, DependencyGraph, ValidationResult
from execution.waves.standing import standing_of

MAX_NEIGHBOURS = 30
MAX_SHOWN = 200_000
"""Characters of an atom that the panel shows; the whole is in the API and in the project's files."""


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
    waiting: Waiting | None
    first_line: int
    """Where the text begins in its file, as diagnostics count."""
    shown: str
    log: list[LogLine]
    cut_at: int | None
    """How much of the text is shown, and the whole length where that is not all."""


def atom_details(plan_id: uuid.UUID, atom_id: uuid.UUID) -> AtomDetails:
    """A fixed number of queries. Raises ``NotFound`` for an atom that is not of this plan."""
    rows = Atom.objects.select_related("task", "current", "plan")
    atom = rows.filter(pk=atom_id, plan_id=plan_id).first()
    if atom is None:
        raise NotFound("There is no such atom in this plan.")
    attempts = list(atom.attempt_rows.order_by("attempt"))
    graph = DependencyGraph.objects.filter(plan_id=plan_id).first()
    edges = AtomDependency.objects.filter(graph=graph) if graph else AtomDependency.objects.none()
    wave = atom.memberships.filter(graph=graph).values_list("wave__number", flat=True).first() if graph else None
    parts = atom.confidence_parts
    needs = _others(edges.filter(target=atom), "source")
    text = atom.current.text if atom.current else ""
    return AtomDetails(
        atom=atom,
        text=text,
        attempts=attempts,
        diagnostics=_open_diagnostics(atom, attempts),
        not_run=_not_run(plan_id),
        parts=[
            Part(name, float(parts[name]), round(100 * PART_WEIGHTS[name])) for name in PART_WEIGHTS if name in parts
        ],
        explanation=str(parts.get("explanation", "")),
        needs=needs,
        needed_by=_others(edges.filter(source=atom), "target"),
        wave=wave,
        waiting=why_atom_waits(atom, wave=wave, needs=needs, graph=graph),
        first_line=standing_of(atom).start_line,
        shown=text[:MAX_SHOWN],
        log=atom_log(atom.pk, attempts),
        cut_at=len(text) if len(text) > MAX_SHOWN else None,
    )


def _others(edges: QuerySet[AtomDependency], end: Literal["source", "target"]) -> list[Atom]:
    return [getattr(edge, end) for edge in edges.select_related(end).distinct(end)[:MAX_NEIGHBOURS]]


def _open_diagnostics(atom: Atom, attempts: list[AtomAttempt]) -> list[dict[str, Any]]:
    if atom.feedback:
        return list(atom.feedback)
    last = attempts[-1] if attempts else None
    return list(last.errors) if last and last.success is False else []


def _not_run(plan_id: uuid.UUID) -> list[ValidationResult]:
    """Layers of the latest check of the whole that could not run, so that nobody takes them for passed."""
    latest = ValidationResult.objects.filter(plan_id=plan_id, level=2).order_by("layer", "-created_at")
    return [row for row in latest.distinct("layer") if row.passed is None]
