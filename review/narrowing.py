"""What the queue can be narrowed by, in one place for the admin, the API and decisions over a whole filter."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from execution.confidence import LAYER_SEVERITIES
from execution.models import DependencyGraph, ValidationResult, WaveAtom
from review.models import ReviewQuerySet

LAYERS = list(LAYER_SEVERITIES)
AGES = {"1": "more than an hour", "24": "more than a day", "72": "more than three days", "168": "more than a week"}
"""Hours by what the filter calls them."""
ME, NOBODY, OTHERS = "me", "nobody", "others"


def in_wave(reviews: ReviewQuerySet, number: int) -> ReviewQuerySet:
    """Reviews of atoms that are in wave ``number`` of the newest graph of their plan."""
    newest = DependencyGraph.objects.filter(plan=OuterRef(OuterRef("plan"))).order_by("-created_at").values("pk")[:1]
    member = WaveAtom.objects.filter(atom=OuterRef("atom"), wave__number=number, graph=Subquery(newest))
    return reviews.filter(Exists(member))


def with_failed_layer(reviews: ReviewQuerySet, layer: str) -> ReviewQuerySet:
    """Reviews of atoms of which ``layer`` found something wrong, at whichever attempt."""
    failed = ValidationResult.objects.filter(atom=OuterRef("atom"), layer=layer, passed=False)
    return reviews.filter(Exists(failed))


def older_than(reviews: ReviewQuerySet, hours: float) -> ReviewQuerySet:
    return reviews.filter(created_at__lt=timezone.now() - timedelta(hours=hours))


def held_by(reviews: ReviewQuerySet, who: str, user: User) -> ReviewQuerySet:
    """``who`` is ``me``, ``nobody``, ``others``, or a user name."""
    if who == ME:
        return reviews.filter(assignee=user)
    if who == NOBODY:
        return reviews.filter(assignee__isnull=True)
    if who == OTHERS:
        return reviews.filter(assignee__isnull=False).exclude(assignee=user)
    return reviews.filter(assignee__username=who)
