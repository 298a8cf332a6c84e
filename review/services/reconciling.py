"""Looks after the reviews of every living plan, from time to time: a lost signal or message costs only that time."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from common.locks import try_advisory_lock
from execution.models import Run
from planning.models import MasterPlan
from review.models import Review
from review.services.creation import reconcile_reviews

RECENT = timedelta(hours=1)
"""How long after its end a run is still looked after."""


def reconcile_recent_plans() -> int:
    """Reconcile every plan with an open or recent run, or with open reviews; answers how many reviews were made."""
    with try_advisory_lock("review.reconcile") as ours:
        if not ours:
            return 0
        alive = Run.objects.filter(plan=OuterRef("pk")).filter(
            Q(finished_at__isnull=True) | Q(finished_at__gt=timezone.now() - RECENT)
        )
        waiting = Review.objects.open().filter(plan=OuterRef("pk"))
        plans = MasterPlan.objects.filter(Exists(alive) | Exists(waiting)).values_list("pk", flat=True)
        return sum(len(reconcile_reviews(plan_id)) for plan_id in plans)
