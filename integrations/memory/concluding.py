"""Say how the items ended whose prompts asked memory."""

from __future__ import annotations

import uuid
from collections.abc import Collection as Several

from django.utils import timezone

from integrations.models import LearningLookup, LearningUse
from integrations.models.learning import Outcome


def conclude_uses(
    *, used_for: uuid.UUID | Several[uuid.UUID], outcome: Outcome, ended_as: str = "", purposes: Several[str] = ()
) -> int:
    """Give every open question and use of these items its outcome; how many uses those were. Two statements."""
    items = [used_for] if isinstance(used_for, uuid.UUID) else list(used_for)
    done = 0
    for model in (LearningLookup, LearningUse):
        still_open = model.objects.filter(used_for_id__in=items, outcome=Outcome.OPEN)
        if purposes:
            still_open = still_open.filter(purpose__in=list(purposes))
        done = still_open.update(outcome=outcome, ended_as=ended_as[:40], ended_at=timezone.now())
    return done


def belongs_to(*, used_for: uuid.UUID, plan: uuid.UUID) -> None:
    """What was asked before there was a plan belongs to the plan that came of it."""
    for model in (LearningLookup, LearningUse):
        model.objects.filter(used_for_id=used_for, plan_id__isnull=True).update(plan_id=plan)
