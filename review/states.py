"""The states of a review, and the changes that are legal among them."""

from __future__ import annotations

from django.db import models

from common.states import Machine


class ReviewStatus(models.TextChoices):
    PENDING = "pending"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    EDITED = "edited"
    REGENERATED = "regenerated"
    OBSOLETE = "obsolete"


S = ReviewStatus

OPEN = [S.PENDING, S.IN_REVIEW]
DECIDED = [S.APPROVED, S.REJECTED, S.EDITED, S.REGENERATED]

REVIEW = Machine(
    name="review",
    states=S,
    initial=S.PENDING,
    transitions=Machine.table(
        {
            S.PENDING: [S.IN_REVIEW, *DECIDED, S.OBSOLETE],
            # Back to the queue when the claim is released or runs out.
            S.IN_REVIEW: [S.PENDING, *DECIDED, S.OBSOLETE],
            # Taken back by who decided, while nothing depends on it; void when the code that was approved has changed.
            S.APPROVED: [S.IN_REVIEW, S.OBSOLETE],
            S.REJECTED: [S.IN_REVIEW],
            S.EDITED: [S.IN_REVIEW],
            S.REGENERATED: [S.IN_REVIEW],
        }
    ),
    timestamps=dict.fromkeys([*DECIDED, S.OBSOLETE], "decided_at"),
)
