"""What of reviewing belongs to a plan, for its export."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from common.portable.sections import Section
from review.models import Review, ReviewDecision, SavedQueue

SECTIONS = [
    Section("review", Review, lambda scope: Q(plan_id=scope.plan)),
    Section("decision", ReviewDecision, lambda scope: Q(review__plan_id=scope.plan)),
]

LEFT_OUT: dict[Any, str] = {SavedQueue: "a view of one person"}
