"""What review does on the queue."""

from __future__ import annotations

import uuid

from celery import shared_task

from review.services.assistance import ask_assistant
from review.services.learning import learn_decision


@shared_task(name="review.tasks.assist_review")
def assist_review(review_id: str) -> None:
    ask_assistant(review_id=uuid.UUID(review_id))


@shared_task(name="review.tasks.learn")
def learn(review_id: str) -> None:
    learn_decision(uuid.UUID(review_id))
