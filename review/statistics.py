"""How reviewing goes in one plan: how much waits and how long, what was decided, how fast, and what it was worth."""

from __future__ import annotations

import statistics
import uuid
from dataclasses import dataclass

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from execution.models import Atom
from execution.states import AtomStatus
from review.models import Review, ReviewDecision
from review.states import DECIDED, ReviewStatus


@dataclass(frozen=True)
class Statistics:
    """Ages and times in seconds. Precision is a share of settled atoms, 0 to 1, or ``None`` when none is settled."""

    waiting: int
    in_review: int
    oldest_seconds: float | None
    decisions: dict[str, int]
    obsolete: int
    median_seconds: float | None
    mean_seconds: float | None
    precision_before: float | None
    precision_after: float | None


def plan_statistics(plan_id: uuid.UUID) -> Statistics:
    """Four queries, whatever the size of the plan."""
    reviews = Review.objects.filter(plan=plan_id)
    counts = dict(reviews.order_by().values_list("status").annotate(Count("pk")))
    oldest = reviews.open().aggregate(oldest=Min("created_at"))["oldest"]
    stored = ReviewDecision.objects.filter(review__plan=plan_id).values_list("seconds", flat=True)
    times = [seconds for seconds in stored if seconds is not None]
    before, after = _precision(plan_id)
    return Statistics(
        waiting=counts.get(ReviewStatus.PENDING, 0),
        in_review=counts.get(ReviewStatus.IN_REVIEW, 0),
        oldest_seconds=(timezone.now() - oldest).total_seconds() if oldest else None,
        decisions={str(decision): counts.get(decision, 0) for decision in DECIDED},
        obsolete=counts.get(ReviewStatus.OBSOLETE, 0),
        median_seconds=statistics.median(times) if times else None,
        mean_seconds=statistics.fmean(times) if times else None,
        precision_before=before,
        precision_after=after,
    )


def _precision(plan_id: uuid.UUID) -> tuple[float | None, float | None]:
    """Share of settled atoms that are accepted without a person's help, and share that are accepted at all."""
    helped = Review.objects.filter(
        atom=OuterRef("pk"), why=Review.Why.ATTEMPTS_SPENT, status__in=[ReviewStatus.APPROVED, ReviewStatus.EDITED]
    )
    accepted = Q(status=AtomStatus.ACCEPTED)
    numbers = (
        Atom.objects.filter(plan=plan_id)
        .annotate(helped=Exists(helped))
        .aggregate(
            settled=Count("pk", filter=accepted | Q(status=AtomStatus.FAILED) | Q(awaiting_decision=True)),
            accepted=Count("pk", filter=accepted),
            alone=Count("pk", filter=accepted & Q(changed_by_person=False, helped=False)),
        )
    )
    settled = numbers["settled"]
    return (numbers["alone"] / settled, numbers["accepted"] / settled) if settled else (None, None)
