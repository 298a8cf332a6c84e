"""What a reviewer's decision teaches: the next task of that kind is drafted with the reviewer's words."""

from __future__ import annotations

import uuid
from typing import Final

from execution.learning import BY_TASK, text_of
from execution.lessons import MAX_CODE, difference, shortened
from integrations.memory.learning import Lesson, forget_source, remember
from review.models import Review, ReviewDecision
from review.states import ReviewStatus

COLLECTION: Final = "failed_tasks"


def learn_decision(review_id: uuid.UUID) -> None:
    """Remember why the code was refused or changed; an approval, or a decision taken back, teaches nothing.

    Safe to repeat: what is remembered stands in the place of what the same review taught before.
    """
    review = Review.objects.select_related("atom__task", "plan", "revision").filter(pk=review_id).first()
    decision = review.decisions.standing().first() if review is not None else None
    if review is None:
        return
    text = _lesson(review, decision) if decision is not None else ""
    if not text:
        forget_source(COLLECTION, review.pk)
        return
    solved = review.status == ReviewStatus.EDITED
    remember(
        [
            Lesson(
                COLLECTION,
                text=text_of(review.atom.task),
                lesson=text,
                source_type="review",
                source_id=review.pk,
                plan=review.plan_id,
                metadata={"found_by": BY_TASK, "solved": solved, "stack": review.plan.stack, "by_person": True},
            )
        ]
    )


def _lesson(review: Review, decision: ReviewDecision) -> str:
    label, before = review.atom.label(), review.revision.text
    because = f": {decision.reason}" if decision.reason else ""
    if decision.decision == ReviewStatus.EDITED:
        changed = shortened(difference(before, review.modified_code), MAX_CODE)
        return f"A reviewer changed {label}{because}\n{changed}"
    if decision.decision in (ReviewStatus.REJECTED, ReviewStatus.REGENERATED):
        return f"A reviewer refused {label}{because}\n{shortened(before, MAX_CODE // 2)}"
    return ""
