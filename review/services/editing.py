"""A reviewer's own code for an atom: validated first, which takes seconds, so under a claim, in no transaction."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from common.actors import Actor
from common.changes import change
from common.errors import InvalidInput
from execution.services import decisions as execution
from integrations.llm.shapes import Diagnostic
from review.errors import ReviewObsolete
from review.models import Review
from review.services.decisions import Situation, deciding, situation_of
from review.services.locking import lock_open_review
from review.services.staleness import make_obsolete, stale_reviews
from review.states import ReviewStatus

VALIDATION_LEASE = timedelta(minutes=10)
MAX_CODE_CHARS = 1_000_000


@dataclass(frozen=True)
class EditResult:
    """``accepted`` with the decided review; or not, with the diagnostics, the review still open and the text kept."""

    review: Review
    accepted: bool
    diagnostics: list[Diagnostic]


def edit_review(*, review_id: uuid.UUID, code: str, actor: Actor, reason: str = "") -> EditResult:
    """Replace the atom by ``code`` if it passes validation. Not inside a transaction.

    Raises ``ReviewDecided``, ``ReviewObsolete``, ``ReviewClaimed``, ``EditUnderWay``, ``InvalidInput``.
    """
    if not code.strip():
        raise InvalidInput("The new code is empty.", hint="Reject the review to drop the atom.")
    if len(code) > MAX_CODE_CHARS:
        raise InvalidInput(f"The new code has {len(code)} characters; {MAX_CODE_CHARS} are the limit.")
    claim, before = _begin(review_id, code, actor)
    try:
        review = Review.objects.get(pk=review_id)
        outcome = execution.edit_atom(atom_id=review.atom_id, code=code, actor=actor, reason=reason)
    except BaseException:
        _let_go(review_id, claim)
        raise
    if not outcome.accepted:
        return EditResult(_keep(review_id, claim, outcome.diagnostics), False, list(outcome.diagnostics))
    with deciding(
        review_id,
        ReviewStatus.EDITED,
        actor=actor,
        reason=reason,
        holding=claim,
        before=before,
        edit_claim=None,
        edit_claim_expires=None,
        modified_diagnostics=[],
    ) as review:
        pass
    return EditResult(review, True, list(outcome.diagnostics))


def _begin(review_id: uuid.UUID, code: str, actor: Actor) -> tuple[uuid.UUID, Situation]:
    """Keep the text, whatever comes, and fence off other decisions while it is validated; how things stood before."""
    claim = uuid.uuid4()
    try:
        with change():
            review = lock_open_review(review_id, actor=actor)
            before = situation_of(review)
            Review.objects.filter(pk=review.pk).update(
                modified_code=code, edit_claim=claim, edit_claim_expires=timezone.now() + VALIDATION_LEASE
            )
    except ReviewObsolete:
        make_obsolete(stale_reviews().filter(pk=review_id))
        raise
    return claim, before


def _keep(review_id: uuid.UUID, claim: uuid.UUID, diagnostics: list[Diagnostic]) -> Review:
    """Let go, with what validation said; only by the holder of the claim."""
    Review.objects.filter(pk=review_id, edit_claim=claim).update(
        edit_claim=None,
        edit_claim_expires=None,
        modified_diagnostics=[diagnostic.model_dump() for diagnostic in diagnostics],
    )
    return Review.objects.get(pk=review_id)


def _let_go(review_id: uuid.UUID, claim: uuid.UUID) -> None:
    Review.objects.filter(pk=review_id, edit_claim=claim).update(edit_claim=None, edit_claim_expires=None)
