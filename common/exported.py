"""What the kernel keeps of a plan, for its export."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Max, Q
from django.db.models.functions import Coalesce

from common.models import FlagOverride, IdempotencyKey, PlanEvent, PlanHistory, Stream
from common.portable.sections import Scope, Section


def _streams(scope: Scope) -> Q:
    return Q(pk__in=[scope.plan, scope.conversation])


def _without_gaps(scope: Scope) -> str:
    """Else the next event would not find its place."""
    counted = Stream.objects.annotate(told=Count("events"), last=Coalesce(Max("events__seq"), 0))
    wrong = counted.filter(_streams(scope)).exclude(last_seq=F("last"), told=F("last")).first()
    return f"The events of the {wrong.kind} do not count from 1 to last_seq." if wrong else ""


SECTIONS = [
    Section("stream", Stream, _streams, holds=_without_gaps),
    Section(
        "event",
        PlanEvent,
        lambda scope: Q(stream_id__in=[scope.plan, scope.conversation]),
        places=("data.workspace_path",),
        told=True,
    ),
    Section(
        "history",
        PlanHistory,
        lambda scope: (
            Q(plan_id=scope.plan) | Q(plan_id__isnull=True, item_id__in=[scope.discovery, scope.conversation])
        ),
        person_keys=("actor_id",),
        told=True,
    ),
]

LEFT_OUT: dict[Any, str] = {
    FlagOverride: "a setting of this installation",
    IdempotencyKey: "answers to requests of this installation",
}
