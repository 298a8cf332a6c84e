"""Reads for the queue and the review page. The number of queries does not grow with the number of reviews."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from execution.models import Atom, AtomDependency, DependencyGraph
from execution.waves.tree import base_tree, current_text
from review.comparing import DiffLine, difference, unified
from review.models import Review, ReviewQuerySet

QUEUE_ORDER = [F("confidence").asc(nulls_first=True), F("blocks").desc(), F("created_at").asc(), F("pk").asc()]


def with_blocks(reviews: ReviewQuerySet) -> ReviewQuerySet:
    """Annotates ``blocks``: how many atoms need this one directly, in the newest graph of its plan."""
    newest = DependencyGraph.objects.filter(plan=OuterRef("source__plan")).order_by("-created_at").values("pk")[:1]
    needing = (
        AtomDependency.objects.filter(source=OuterRef("atom"), broken=False, graph=Subquery(newest))
        .order_by()
        .values("source")
        .annotate(number=Count("target", distinct=True))
        .values("number")
    )
    return reviews.annotate(blocks=Coalesce(Subquery(needing, output_field=IntegerField()), 0))


def queue(reviews: ReviewQuerySet) -> ReviewQuerySet:
    """Lowest confidence first, then those that hold back most others; with what a row shows, in one query."""
    return with_blocks(reviews).select_related("atom", "plan", "assignee", "revision").order_by(*QUEUE_ORDER)


def next_review(reviews: ReviewQuerySet, *, user_id: object, after: Review | None = None) -> Review | None:
    """What to open next: of the same plan if anything is left there, else of any."""
    free = reviews.free(user_id)
    if after is not None:
        free = free.exclude(pk=after.pk)
        same_plan = queue(free.filter(plan=after.plan_id)).first()
        if same_plan is not None:
            return same_plan
    return queue(free).first()


@dataclass(frozen=True)
class AtomInFile:
    """The file an atom stands in, as the base tree has it, and the atom's lines in it (from 1, both ends included)."""

    path: str
    text: str
    start_line: int
    end_line: int


def file_of(atom: Atom) -> AtomInFile:
    """The atom's file in the base tree, one query; the atom alone when it is left out of the project."""
    tree = base_tree(atom.plan_id, path=atom.path)
    if atom.pk not in tree.atoms:
        text = current_text(atom)
        return AtomInFile(atom.path, text, 1, max(1, len(text.splitlines())))
    span = tree.span_of(atom)
    return AtomInFile(atom.path, tree.files[atom.path], span.start, span.end)


@dataclass(frozen=True)
class AttemptShown:
    """One attempt, and what it changed against the one before."""

    attempt: int
    code: str
    changes: list[DiffLine]
    success: bool | None
    diagnostics: list[Any]
    model: str
    cost: Decimal
    seconds: float

    @property
    def diff(self) -> str:
        return unified(self.changes)


def shown_attempts(atom: Atom) -> list[AttemptShown]:
    """Every attempt at the atom, oldest first; one query."""
    shown: list[AttemptShown] = []
    for row in atom.attempt_rows.order_by("attempt"):
        changes = difference(shown[-1].code, row.code) if shown else []
        shown.append(
            AttemptShown(row.attempt, row.code, changes, row.success, row.errors, row.model, row.cost, row.seconds)
        )
    return shown


def neighbours(atom: Atom) -> tuple[QuerySet[Atom], QuerySet[Atom]]:
    """Atoms that this one uses, and atoms that use it, in the newest graph."""
    graph = DependencyGraph.objects.filter(plan=atom.plan_id).order_by("-created_at").values("pk")[:1]
    edges = AtomDependency.objects.filter(graph=Subquery(graph), broken=False)
    uses = Atom.objects.filter(pk__in=edges.filter(target=atom).values("source"))
    used_by = Atom.objects.filter(pk__in=edges.filter(source=atom).values("target"))
    return uses.order_by("path", "position"), used_by.order_by("path", "position")


def visible_review(reviews: ReviewQuerySet, review_id: uuid.UUID) -> Review | None:
    return queue(reviews).filter(pk=review_id).first()
