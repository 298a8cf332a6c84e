"""A review's change of status, told to the watchers of its plan in the form that ``spec/events`` gives it."""

from __future__ import annotations

from typing import Any

from common.actors import Actor
from common.changes import change, emit
from common.transitions import transition
from review.models import Review


def move(review: Review, to: str, *, actor: Actor, reason: str = "", **fields: Any) -> Review:
    """``transition`` with its event. Raises ``TransitionConflict`` when the change is not legal any more."""
    with change():
        transition(review, to, actor=actor, reason=reason, **fields)
        tell("review_updated", review)
    return review


def tell(event_type: str, review: Review) -> None:
    confidence = None if review.confidence is None else float(review.confidence)
    emit(
        review.event_stream(),
        event_type,
        {
            "review_id": str(review.pk),
            "atom_id": str(review.atom_id),
            "confidence": confidence,
            "status": str(review.status),
        },
    )
