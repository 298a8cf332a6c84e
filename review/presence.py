"""What an open page is told of its review while somebody reads it: who holds it, what others decided."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.models import User

from review.models import Review
from review.states import ReviewStatus


def presence(review_id: uuid.UUID, user: User) -> dict[str, Any]:
    """``mine``, ``held`` by another, ``decided`` or ``obsolete``; with who, why, and whether the assistant answered."""
    review = Review.objects.select_related("assignee").get(pk=review_id)
    said: dict[str, Any] = {
        "state": "mine",
        "assistant": review.suggestions is not None or bool(review.assistant_note),
        "until": review.claim_expires.isoformat() if review.claim_expires else None,
    }
    if review.status == ReviewStatus.OBSOLETE:
        return {**said, "state": "obsolete"}
    if not review.is_open:
        last = review.decisions.standing().first()
        return {
            **said,
            "state": "decided",
            "decision": review.get_status_display().lower(),
            "by": (last.actor_name if last else "") or "somebody",
            "reason": last.reason if last else "",
        }
    if review.claimed_by_other(user.pk):
        return {**said, "state": "held", "by": review.assignee.get_username() if review.assignee else "somebody"}
    return said
