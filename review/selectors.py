"""Reads for the queue and the review page. The number of queries does not grow with the number of reviews."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from execution.models import Atom, AtomDependency, DependencyGraph
from review.comparing import DiffLine, difference, unified
from review.models import Review, ReviewQuerySet
from review.states import ReviewStatus

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


@dataclass(frozen=True)
class Walk:
    """The reviews around one, in the order in which somebody works through them."""

    ids: list[uuid.UUID]
    here: uuid.UUID | None

    @property
    def position(self) -> int | None:
        """From 1; none when the review is not among them."""
        return self.ids.index(self.here) + 1 if self.here in self.ids else None

    @property
    def following(self) -> list[uuid.UUID]:
        """What comes after, then what was passed over, from the first on."""
        place = self.position or 0
        return [*self.ids[place:], *self.ids[: max(place - 1, 0)]]

    @property
    def next(self) -> uuid.UUID | None:
        return next(iter(self.following), None)

    @property
    def previous(self) -> uuid.UUID | None:
        """What stands before; from the first one the last."""
        return next(reversed(self.following), None)


LONGEST_WALK = 5_000


def walk(reviews: ReviewQuerySet, *, user_id: object, around: Review | None = None, own_order: bool = False) -> Walk:
    """What ``user_id`` may go through among ``reviews`` of the queue; those of the same plan first. One query.

    ``own_order`` keeps the order of ``reviews``, as where the person chose them by a filter.
    """
    held = Q(status=ReviewStatus.IN_REVIEW, claim_expires__gt=timezone.now()) & ~Q(assignee=user_id)
    here = around.pk if around is not None else None
    mine = reviews.filter(~held | Q(pk=here))
    if around is not None and not own_order:
        other_plan = Case(When(plan=around.plan_id, then=0), default=1)
        mine = mine.order_by(other_plan, *QUEUE_ORDER)
    return Walk(list(mine.values_list("pk", flat=True)[:LONGEST_WALK]), here)


def first_free(ids: Sequence[uuid.UUID], *, user_id: object) -> uuid.UUID | None:
    """The first of these that is still open, and that nobody else holds."""
    free = set(Review.objects.filter(pk__in=ids).free(user_id).values_list("pk", flat=True))
    return next((pk for pk in ids if pk in free), None)


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
    shown = [atoms.select_related("current").order_by("path", "position") for atoms in (uses, used_by)]
    return shown[0], shown[1]


def visible_review(reviews: ReviewQuerySet, review_id: uuid.UUID) -> Review | None:
    return queue(reviews).filter(pk=review_id).first()
