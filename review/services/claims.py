"""Who holds a review. A claim keeps two people from reading the same code, and expires by itself."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from common.actors import SYSTEM, Actor
from common.changes import change
from common.errors import NotPermitted
from common.transitions import transition_many
from review.errors import ReviewObsolete
from review.models import Review
from review.services.locking import lock_open_review, lock_review, refuse_closed
from review.services.staleness import make_obsolete, stale_reviews
from review.services.telling import move, tell
from review.states import ReviewStatus

LEASE = timedelta(minutes=15)


def claim_review(*, review_id: uuid.UUID, reviewer: User) -> Review:
    """Take a review, or hold one's own longer. Raises ``ReviewClaimed``, ``ReviewDecided``, ``ReviewObsolete``."""
    actor = Actor.of(reviewer)
    try:
        with change():
            review = lock_open_review(review_id, actor=actor)
            return _take(review, reviewer, actor=actor)
    except ReviewObsolete:
        make_obsolete(stale_reviews().filter(pk=review_id))
        raise


def assign_review(*, review_id: uuid.UUID, assignee: User, actor: Actor) -> Review:
    """Give a review to somebody, whoever holds it now. Raises ``ReviewDecided`` and ``ReviewObsolete``."""
    with change():
        review = lock_review(review_id)
        refuse_closed(review)
        return _take(review, assignee, actor=actor)


def release_review(*, review_id: uuid.UUID, actor: Actor, of_others: bool = False) -> Review:
    """Put a review back into the queue; harmless when nobody holds it. Others' only with ``of_others``."""
    with change():
        review = lock_review(review_id)
        refuse_closed(review)
        if review.claimed_by_other(actor.id) and not of_others:
            raise NotPermitted("Another person holds this review.", hint="Staff may release it.")
        if review.status == ReviewStatus.IN_REVIEW:
            move(review, ReviewStatus.PENDING, actor=actor, assignee=None, claimed_at=None, claim_expires=None)
        return review


def expire_claims(*, plan_id: uuid.UUID | None = None) -> list[Review]:
    """Put back what was claimed and never decided; of one plan or of all."""
    late = Review.objects.filter(status=ReviewStatus.IN_REVIEW, claim_expires__lte=timezone.now()).exclude(
        Q(edit_claim_expires__gt=timezone.now())
    )
    if plan_id is not None:
        late = late.filter(plan=plan_id)
    with change():
        freed = transition_many(
            late,
            ReviewStatus.PENDING,
            actor=SYSTEM,
            reason="The claim expired.",
            assignee=None,
            claimed_at=None,
            claim_expires=None,
        )
        for review in freed:
            tell("review_updated", review)
    return freed


def _take(review: Review, reviewer: User, *, actor: Actor) -> Review:
    now = timezone.now()
    if review.status == ReviewStatus.IN_REVIEW and review.assignee_id == reviewer.pk:
        # Time is counted from when the reviewer came (back), so a claim that had run out starts afresh.
        started = review.claimed_at if review.is_claimed else now
        Review.objects.filter(pk=review.pk).update(claim_expires=now + LEASE, claimed_at=started)
        review.claim_expires, review.claimed_at = now + LEASE, started
        return review
    if review.status == ReviewStatus.IN_REVIEW:
        reason = f"Passed on to {reviewer.get_username()}." if review.is_claimed else "The claim expired."
        move(review, ReviewStatus.PENDING, actor=actor, reason=reason, assignee=None)
    return move(
        review, ReviewStatus.IN_REVIEW, actor=actor, assignee=reviewer, claimed_at=now, claim_expires=now + LEASE
    )
