"""The only place that sends review's work to the queue: on commit, ids only."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from execution.dispatch import LEAST_URGENT

logger = logging.getLogger(__name__)


def assist_reviews(review_ids: Iterable[uuid.UUID]) -> None:
    """Ask the assistant about these reviews, after the transaction under way. A lost message costs only its help.

    Atoms that wait for a model come first.
    """
    ids = [str(review_id) for review_id in review_ids]
    if ids:
        transaction.on_commit(lambda: _send(ids), robust=True)


def learn_decisions(review_id: uuid.UUID) -> None:
    """Remember what a decision teaches; called after commit. A lost message costs only that lesson."""
    try:
        current_app.send_task("review.tasks.learn", args=[str(review_id)], queue="maintenance")
    except OperationalError as error:
        logger.warning("A decision was not learned, the broker does not answer: %s", error)


def _send(ids: list[str]) -> None:
    try:
        for review_id in ids:
            current_app.send_task("review.tasks.assist_review", args=[review_id], queue="llm", priority=LEAST_URGENT)
    except OperationalError as error:
        logger.warning("The assistant was not asked, the broker does not answer: %s", error)
