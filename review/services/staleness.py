"""A review is about one text of an atom; when that has changed, or the atom is out of play, it is obsolete."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, Q
from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change
from common.transitions import transition_many
from execution.models import Atom
from execution.states import AtomStatus
from review.models import Review, ReviewQuerySet
from review.services.telling import tell
from review.states import ReviewStatus

OUT_OF_PLAY = [AtomStatus.FAILED, AtomStatus.SKIPPED]


def is_stale(review: Review, atom: Atom) -> bool:
    out = atom.status in OUT_OF_PLAY and not atom.awaiting_decision
    return out or atom.current_id != review.revision_id


def stale_reviews() -> ReviewQuerySet:
    """Open reviews that ``is_stale`` holds for; not those whose own edit has just changed the text."""
    changed = ~Q(atom__current=F("revision"))
    out = Q(atom__status__in=OUT_OF_PLAY, atom__awaiting_decision=False)
    edited = Q(edit_claim_expires__gt=timezone.now())
    return Review.objects.open().filter(changed | out).exclude(edited)


def void_approvals() -> ReviewQuerySet:
    """Approved reviews of a text that is not the atom's any more: what was approved is not there."""
    return Review.objects.filter(status=ReviewStatus.APPROVED).exclude(atom__current=F("revision"))


def make_obsolete(reviews: ReviewQuerySet) -> Sequence[Review]:
    """Retire them and tell; answers those that were retired now."""
    with change():
        retired = transition_many(
            reviews, ReviewStatus.OBSOLETE, actor=SYSTEM, reason="The code has changed.", claim_expires=None
        )
        for review in retired:
            tell("review_updated", review)
    return retired
