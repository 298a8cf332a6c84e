"""One decision over many reviews: each stands for itself, so one that is refused holds nobody up."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db import transaction

from common.actors import Actor
from common.errors import DevMatrixError, InvalidInput
from review.consequences import consequences
from review.services.decisions import approve_review, regenerate_review, reject_review
from review.services.locking import lock_open_review

BulkDecision = Literal["approve", "reject", "regenerate"]
MAX_AT_ONCE = 500


@dataclass(frozen=True)
class Refusal:
    review_id: uuid.UUID
    code: str
    detail: str


@dataclass
class BulkOutcome:
    """What was decided (or, in a dry run, would be), and what was refused and why."""

    decision: BulkDecision
    dry_run: bool
    decided: list[uuid.UUID] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    consequences: list[str] = field(default_factory=list)
    """What would follow, in words; of a dry run."""


def decide_many(
    *, review_ids: Sequence[uuid.UUID], decision: BulkDecision, actor: Actor, reason: str = "", dry_run: bool = False
) -> BulkOutcome:
    """Approve, reject or regenerate each review; at most 500 at once. A dry run changes nothing."""
    if len(review_ids) > MAX_AT_ONCE:
        raise InvalidInput(f"{len(review_ids)} reviews at once are too many.", hint=f"Take at most {MAX_AT_ONCE}.")
    if decision != "approve" and not reason.strip() and not dry_run:
        raise InvalidInput(f"To {decision} reviews a reason is needed.", errors={"reason": ["Say why."]})
    outcome = BulkOutcome(decision, dry_run)
    for review_id in dict.fromkeys(review_ids):
        try:
            if dry_run:
                _try(review_id, actor)
            else:
                _decide(review_id, decision, actor, reason)
        except DevMatrixError as error:
            outcome.refused.append(Refusal(review_id, error.code, error.detail))
        else:
            outcome.decided.append(review_id)
    if dry_run:
        outcome.consequences = consequences(outcome.decided, decision)
    return outcome


def _decide(review_id: uuid.UUID, decision: BulkDecision, actor: Actor, reason: str) -> None:
    if decision == "approve":
        approve_review(review_id=review_id, actor=actor, reason=reason)
    elif decision == "reject":
        reject_review(review_id=review_id, actor=actor, reason=reason)
    else:
        regenerate_review(review_id=review_id, actor=actor, feedback=reason)


def _try(review_id: uuid.UUID, actor: Actor) -> None:
    """Raise what a decision would be refused with; the locks are let go at once."""
    with transaction.atomic():
        lock_open_review(review_id, actor=actor)
