"""Takes a review for a change: row locked, still open, still about the present text, not held by somebody else."""

from __future__ import annotations

import uuid

from django.utils import timezone

from common.actors import Actor
from common.errors import NotFound
from execution.models import Atom
from execution.services.runs import held_run
from review.errors import EditUnderWay, ReviewClaimed, ReviewDecided, ReviewObsolete
from review.models import Review
from review.services.staleness import is_stale
from review.states import ReviewStatus


def lock_review(review_id: uuid.UUID) -> Review:
    """The review, locked until the transaction under way ends. Raises ``NotFound``."""
    review = (
        Review.objects.select_for_update(of=("self",), no_key=True)
        .select_related("assignee")
        .filter(pk=review_id)
        .first()
    )
    if review is None:
        raise NotFound("There is no such review.")
    return review


def lock_open_review(review_id: uuid.UUID, *, actor: Actor, holding: uuid.UUID | None = None) -> Review:
    """The review with its atom, ready to be decided by ``actor``.

    Locked are the plan's run, the review and the atom, in this order: whoever cancels takes the run first as well.
    ``holding`` is the edit claim of who asks. Raises ``ReviewDecided``, ``ReviewObsolete``, ``ReviewClaimed``,
    ``EditUnderWay``.
    """
    plan_id = Review.objects.filter(pk=review_id).values_list("plan_id", flat=True).first()
    if plan_id is not None:
        held_run(plan_id)
    review = lock_review(review_id)
    refuse_closed(review)
    if holding is not None and review.edit_claim != holding:
        raise EditUnderWay("This edit took too long and another one has begun.", hint="Look at the review again.")
    if holding is None:
        refuse_held(review, actor)
    review.atom = (
        Atom.objects.select_for_update(of=("self",), no_key=True).select_related("current").get(pk=review.atom_id)
    )
    if holding is None and is_stale(review, review.atom):
        raise ReviewObsolete(
            f"{review.atom.label()} has changed since this review was made.",
            hint="Open the queue: if the new text needs a review, it is there.",
            current=ReviewStatus.OBSOLETE.value,
        )
    return review


def refuse_closed(review: Review) -> None:
    """Raise what the second of two deciders is told: what the first decided, who, when and why."""
    if review.status == ReviewStatus.OBSOLETE:
        raise ReviewObsolete(
            "The code has changed since this review was made.", hint="Open the queue.", current=review.status
        )
    if review.is_open:
        return
    last = review.decisions.first()
    who = (last.actor_name if last else "") or "somebody"
    raise ReviewDecided(
        f"{who} has {review.status} this already.",
        hint="Nothing was changed by you. Go on with the next one.",
        current=review.status,
        legal=[],
        decision=review.status,
        decided_by=who,
        decided_at=review.decided_at.isoformat() if review.decided_at else None,
        reason=last.reason if last else "",
    )


def refuse_held(review: Review, actor: Actor) -> None:
    """Raise when somebody else holds the review, or an edit of it is being validated."""
    if review.claimed_by_other(actor.id):
        who = review.assignee.get_username() if review.assignee else "somebody"
        until = review.claim_expires.isoformat() if review.claim_expires else ""
        raise ReviewClaimed(
            f"{who} is reviewing this.",
            hint="Wait until the claim expires, or assign the review to yourself.",
            current=review.status,
            claimed_by=who,
            claim_expires=until,
        )
    if review.edit_claim_expires is not None and review.edit_claim_expires > timezone.now():
        raise EditUnderWay("New code for this atom is being validated.", hint="Try again in a moment.")
