"""The four decisions: each one conditional change with its record, made real by execution in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.actors import Actor
from common.changes import change
from common.errors import InvalidInput
from execution.models import Atom, AtomRevision
from execution.services import decisions as execution
from execution.services.undoing import state_of
from review import dispatch
from review.errors import ReviewObsolete
from review.models import Review, ReviewDecision
from review.rules import is_easy
from review.services.locking import lock_open_review
from review.services.staleness import make_obsolete, stale_reviews
from review.services.telling import move
from review.states import ReviewStatus


def approve_review(*, review_id: uuid.UUID, actor: Actor, reason: str = "") -> Review:
    """The atom is accepted as it is."""
    with deciding(review_id, ReviewStatus.APPROVED, actor=actor, reason=reason) as review:
        execution.accept_atom(atom_id=review.atom_id, actor=actor, reason=reason)
    return review


def reject_review(*, review_id: uuid.UUID, actor: Actor, reason: str) -> Review:
    """The atom fails, for a reason that must be given."""
    _demand(reason, "reason", "Say why the code is rejected.")
    with deciding(review_id, ReviewStatus.REJECTED, actor=actor, reason=reason, feedback=reason) as review:
        execution.reject_atom(atom_id=review.atom_id, actor=actor, reason=reason)
    return review


def regenerate_review(*, review_id: uuid.UUID, actor: Actor, feedback: str) -> Review:
    """One more attempt at the atom, with the reviewer's feedback."""
    _demand(feedback, "feedback", "Say what the next attempt should do otherwise.")
    with deciding(review_id, ReviewStatus.REGENERATED, actor=actor, reason=feedback, feedback=feedback) as review:
        execution.regenerate_atom(atom_id=review.atom_id, hint=feedback, actor=actor, reason=feedback)
    return review


@dataclass(frozen=True)
class Situation:
    """How a review and its atom stand: for people to read, and for taking a decision back."""

    shown: dict[str, Any]
    atom: dict[str, Any]


def situation_of(review: Review) -> Situation:
    atom = Atom.objects.select_related("current").get(pk=review.atom_id)
    shown = {"review": str(review.status), "atom": str(atom.status), "revision": _number(atom.current)}
    return Situation(shown, state_of(review.atom_id))


@contextmanager
def deciding(
    review_id: uuid.UUID,
    to: ReviewStatus,
    *,
    actor: Actor,
    reason: str,
    holding: uuid.UUID | None = None,
    before: Situation | None = None,
    **fields: Any,
) -> Iterator[Review]:
    """The body makes the decision real. All of it happens, or nothing; the slower of two deciders gets the conflict.

    ``before`` is given where the atom was changed already.
    """
    try:
        with change():
            review = lock_open_review(review_id, actor=actor, holding=holding)
            before, seconds = before or situation_of(review), _seconds(review, actor)
            move(review, to, actor=actor, reason=reason, claim_expires=None, **fields)
            yield review
            _record(review, before=before, actor=actor, reason=reason, seconds=seconds)
            transaction.on_commit(lambda: dispatch.learn_decisions(review_id), robust=True)
    except ReviewObsolete:
        make_obsolete(stale_reviews().filter(pk=review_id))
        raise


def _record(review: Review, *, before: Situation, actor: Actor, reason: str, seconds: float | None) -> ReviewDecision:
    after = situation_of(review)
    wrote_code = review.status == ReviewStatus.EDITED
    return ReviewDecision.objects.create(
        review=review,
        decision=review.status,
        user_id=actor.user_id,
        actor_kind=actor.kind,
        actor_name=actor.name,
        before=before.shown,
        after=after.shown,
        restores={"before": before.atom, "after": after.atom},
        reason=reason,
        seconds=seconds,
        easy=is_easy(
            lines=len(review.revision.text.splitlines()), complexity=review.atom.complexity, wrote_code=wrote_code
        ),
    )


def _number(revision: AtomRevision | None) -> int | None:
    return revision.number if revision else None


def _seconds(review: Review, actor: Actor) -> float | None:
    if review.claimed_at is None or str(review.assignee_id) != actor.id:
        return None
    return round((timezone.now() - review.claimed_at).total_seconds(), 1)


def _demand(text: str, field: str, message: str) -> None:
    if not text.strip():
        raise InvalidInput(message, errors={field: [message]})
