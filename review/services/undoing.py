"""Taking the last decision on a review back: the atom is as it was before, and the review waits for another one."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from common.actors import Actor
from common.changes import change
from common.errors import NotPermitted
from execution.services import undoing as execution
from execution.services.runs import held_run
from review import dispatch
from review.errors import NothingToUndo, ReviewObsolete
from review.models import Review, ReviewDecision
from review.services.claims import LEASE
from review.services.locking import lock_review
from review.services.telling import move
from review.states import ReviewStatus

OFFERED_FOR = timedelta(minutes=30)
"""How long the pages offer to take a decision back; who asks later may, while nothing depends on it."""


def undo_review(*, review_id: uuid.UUID, reviewer: User, of_others: bool = False) -> Review:
    """Take the standing decision back; the review is then held by ``reviewer``. Others' only with ``of_others``.

    Raises ``NothingToUndo``, ``NotPermitted``, ``ReviewObsolete``, and ``DependedOn`` when something was built on it.
    """
    actor = Actor.of(reviewer)
    with change():
        plan_id = Review.objects.filter(pk=review_id).values_list("plan_id", flat=True).first()
        if plan_id is not None:
            held_run(plan_id)  # before anything else is locked, as everywhere
        review = lock_review(review_id)
        last = _standing_decision(review, actor, of_others=of_others)
        execution.undo_decision(
            atom_id=review.atom_id,
            before=last.restores["before"],
            after=last.restores["after"],
            since=last.created_at,
            actor=actor,
        )
        now = timezone.now()
        move(
            review,
            ReviewStatus.IN_REVIEW,
            actor=actor,
            reason="taken back",
            assignee=reviewer,
            claimed_at=now,
            claim_expires=now + LEASE,
            decided_at=None,
        )
        ReviewDecision.objects.create(
            review=review,
            decision=ReviewDecision.UNDONE,
            undoes=last,
            user=reviewer,
            actor_kind=actor.kind,
            actor_name=actor.name,
            before=last.after,
            after=last.before,
        )
        transaction.on_commit(lambda: dispatch.learn_decisions(review.pk), robust=True)
    return review


def undoable_decision(user: User) -> ReviewDecision | None:
    """What the pages offer ``user`` to take back: the last own decision, for a while. One query."""
    last = (
        ReviewDecision.objects.filter(user=user, created_at__gt=timezone.now() - OFFERED_FOR)
        .select_related("review__atom", "undone_by")
        .order_by("-created_at")
        .first()
    )
    if last is None or last.decision == ReviewDecision.UNDONE or not last.restores:
        return None
    return last if last.review.status == last.decision else None


def _standing_decision(review: Review, actor: Actor, *, of_others: bool) -> ReviewDecision:
    if review.status == ReviewStatus.OBSOLETE:
        raise ReviewObsolete("The code has changed since it was decided.", current=review.status)
    last = review.decisions.standing().first()
    if review.is_open or last is None or not last.restores:
        raise NothingToUndo("There is no decision to take back.", hint="Decide it as it is.", current=review.status)
    if str(last.user_id) != actor.id and not of_others:
        raise NotPermitted(f"{last.actor_name} decided this.", hint="Whoever decided, or staff, can take it back.")
    return last
