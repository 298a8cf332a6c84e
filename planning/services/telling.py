"""What is written down and told when the plan itself changes: a row of the history, and ``masterplan_updated``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.actors import Actor
from common.changes import emit, remember
from planning.models import MasterPlan, PlanVersion


def tell_version(plan: MasterPlan, version: PlanVersion, change_type: str, *, actor: Actor) -> None:
    """A new version of the plan, with what it changes."""
    tell_plan(
        plan,
        change_type,
        before={"version": version.number - 1},
        after={"version": version.number, "summary": version.summary, **version.diff},
        says=version.summary,
        version=version.number,
        actor=actor,
    )


def tell_plan(
    plan: MasterPlan,
    change_type: str,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    says: str,
    version: int,
    actor: Actor,
    reason: str = "",
) -> None:
    """``says`` is what watchers read, ``reason`` what the history keeps."""
    remember(
        plan_id=plan.pk,
        change_type=change_type,
        actor=actor,
        item_type="masterplan",
        item_id=plan.pk,
        item_label=plan.label(),
        before=before,
        after=after,
        reason=reason,
    )
    emit(
        plan.event_stream(),
        "masterplan_updated",
        {
            "masterplan_id": str(plan.pk),
            "status": plan.status,
            "by": actor.name,
            "reason": says,
            "version": version,
        },
    )
