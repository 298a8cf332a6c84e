"""How reviewing goes, in one plan or in all: what waits, what was decided, how fast, and what it was worth."""

from __future__ import annotations

import statistics
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from execution.models import Atom
from execution.states import AtomStatus
from review.calibration import Bin, calibrate, calibration_error
from review.models import Review, ReviewDecision, ReviewDecisionQuerySet
from review.states import DECIDED, ReviewStatus


@dataclass(frozen=True)
class Pace:
    """Seconds from the claim to the decision, of ``timed`` decisions; ``None`` where none was timed."""

    timed: int
    median: float | None
    mean: float | None


@dataclass(frozen=True)
class Statistics:
    """Ages and times in seconds. Precision is a share of settled atoms, 0 to 1, or ``None`` when none is settled."""

    waiting: int
    in_review: int
    oldest_seconds: float | None
    decisions: dict[str, int]
    undone: int
    obsolete: int
    pace: Pace
    easy: Pace
    precision_before: float | None
    precision_after: float | None
    calibration: list[Bin]
    calibration_error: float | None


def plan_statistics(plan_id: uuid.UUID | None = None, *, since: datetime | None = None) -> Statistics:
    """Of one plan or of all; decisions ``since`` a moment, or ever. Five queries, whatever the size."""
    reviews = Review.objects.all() if plan_id is None else Review.objects.filter(plan=plan_id)
    counts = dict(reviews.order_by().values_list("status").annotate(Count("pk")))
    oldest = reviews.open().aggregate(oldest=Min("created_at"))["oldest"]
    made = ReviewDecision.objects.filter(review__in=reviews)
    if since is not None:
        made = made.filter(created_at__gte=since)
    decided = _decided(made)
    bins = calibrate(
        (row.confidence, row.decision == ReviewStatus.APPROVED) for row in decided if row.confidence is not None
    )
    before, after = _precision(plan_id)
    kinds = Counter(row.decision for row in decided)
    return Statistics(
        waiting=counts.get(ReviewStatus.PENDING, 0),
        in_review=counts.get(ReviewStatus.IN_REVIEW, 0),
        oldest_seconds=(timezone.now() - oldest).total_seconds() if oldest else None,
        decisions={str(decision): kinds[decision] for decision in DECIDED},
        undone=made.filter(decision=ReviewDecision.UNDONE).count(),
        obsolete=counts.get(ReviewStatus.OBSOLETE, 0),
        pace=pace_of([row.seconds for row in decided]),
        easy=pace_of([row.seconds for row in decided if row.easy]),
        precision_before=before,
        precision_after=after,
        calibration=bins,
        calibration_error=calibration_error(bins),
    )


def pace_of(seconds: Sequence[float | None]) -> Pace:
    timed = [value for value in seconds if value is not None]
    return Pace(
        timed=len(timed),
        median=statistics.median(timed) if timed else None,
        mean=statistics.fmean(timed) if timed else None,
    )


def easy_pace(*, since: datetime) -> Pace:
    """How fast easy items were decided lately, by all reviewers; one query."""
    made = ReviewDecision.objects.standing().filter(easy=True, seconds__isnull=False, created_at__gte=since)
    return pace_of(list(made.values_list("seconds", flat=True)))


@dataclass(frozen=True)
class _Decided:
    decision: str
    seconds: float | None
    easy: bool
    confidence: float | None


def _decided(made: ReviewDecisionQuerySet) -> list[_Decided]:
    rows = made.standing().values_list("decision", "seconds", "easy", "review__confidence")
    return [
        _Decided(decision, seconds, easy, None if confidence is None else float(confidence))
        for decision, seconds, easy, confidence in rows
    ]


def _precision(plan_id: uuid.UUID | None) -> tuple[float | None, float | None]:
    """Share of settled atoms that are accepted without a person's help, and share that are accepted at all."""
    helped = Review.objects.filter(
        atom=OuterRef("pk"), why=Review.Why.ATTEMPTS_SPENT, status__in=[ReviewStatus.APPROVED, ReviewStatus.EDITED]
    )
    accepted = Q(status=AtomStatus.ACCEPTED)
    atoms = Atom.objects.all() if plan_id is None else Atom.objects.filter(plan=plan_id)
    numbers = atoms.annotate(helped=Exists(helped)).aggregate(
        settled=Count("pk", filter=accepted | Q(status=AtomStatus.FAILED) | Q(awaiting_decision=True)),
        accepted=Count("pk", filter=accepted),
        alone=Count("pk", filter=accepted & Q(changed_by_person=False, helped=False)),
    )
    settled = numbers["settled"]
    return (numbers["alone"] / settled, numbers["accepted"] / settled) if settled else (None, None)
