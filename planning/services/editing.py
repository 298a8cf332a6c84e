"""Edits of a draft, before it is approved. Contracts and dependencies change by modification, statuses never here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import Model, Sum

from common.actors import Actor
from common.changes import change, emit, remember
from common.errors import NotFound
from planning.errors import PlanNotEditable
from planning.models import MasterPlan, Milestone, Phase, Task
from planning.services.plan_rows import hours_of
from planning.states import PlanStatus

PLAN_FIELDS = frozenset({"project_name", "description", "business_logic", "conventions", "execution_mode", "rating"})
TASK_FIELDS = frozenset(
    {
        "title",
        "description",
        "priority",
        "complexity",
        "estimated_minutes",
        "story_points",
        "acceptance_criteria",
        "labels",
    }
)


def edit_plan(*, plan_id: uuid.UUID, values: Mapping[str, Any], actor: Actor) -> MasterPlan:
    """Change fields of a draft; the rating may be given at any time. Raises ``NotFound``, ``PlanNotEditable``."""
    _only(values, PLAN_FIELDS)
    with change():
        plan = _locked(plan_id)
        if set(values) - {"rating"}:
            _require_draft(plan)
        before, after = _set(plan, values)
        if after:
            _tell(plan, item_type="masterplan", item=plan, before=before, after=after, actor=actor)
    return plan


def edit_task(*, task_id: uuid.UUID, values: Mapping[str, Any], actor: Actor) -> Task:
    """Change fields of a task of a draft; estimates above it follow. Raises ``NotFound``, ``PlanNotEditable``."""
    _only(values, TASK_FIELDS)
    with change():
        task = Task.objects.filter(pk=task_id).first()
        if task is None:
            raise NotFound("There is no such task.")
        plan = _locked(task.plan_id)
        _require_draft(plan)
        before, after = _set(task, values)
        if "estimated_minutes" in after:
            _sum_estimates(plan, task)
        if after:
            _tell(plan, item_type="task", item=task, before=before, after=after, actor=actor)
    return task


def _only(values: Mapping[str, Any], allowed: frozenset[str]) -> None:
    if foreign := set(values) - allowed:
        raise ValueError(f"not editable: {sorted(foreign)}")


def _locked(plan_id: uuid.UUID) -> MasterPlan:
    plan = MasterPlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("There is no such plan.")
    return plan


def _require_draft(plan: MasterPlan) -> None:
    if plan.status != PlanStatus.DRAFT:
        raise PlanNotEditable(
            f"The plan is {plan.status}; only a draft is edited directly.",
            hint="Ask for a modification instead.",
            current=plan.status,
        )


def _set(item: MasterPlan | Task, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Store what differs; what was and what is."""
    after = {name: value for name, value in values.items() if getattr(item, name) != value}
    before = {name: getattr(item, name) for name in after}
    for name, value in after.items():
        setattr(item, name, value)
    if after:
        item.save(update_fields=[*after])
    return before, after


def _sum_estimates(plan: MasterPlan, task: Task) -> None:
    total = Sum("estimated_minutes")
    in_milestone = Task.objects.filter(milestone_id=task.milestone_id).aggregate(total=total)["total"]
    Milestone.objects.filter(pk=task.milestone_id).update(estimated_minutes=in_milestone or 0)
    in_phase = Task.objects.filter(milestone__phase__milestones=task.milestone_id).aggregate(total=total)["total"]
    Phase.objects.filter(milestones=task.milestone_id).update(estimated_hours=hours_of(in_phase or 0))
    plan.estimated_minutes = Task.objects.filter(plan=plan).aggregate(total=total)["total"] or 0
    plan.save(update_fields=["estimated_minutes", "updated_at"])


def _tell(
    plan: MasterPlan, *, item_type: str, item: Model, before: dict[str, Any], after: dict[str, Any], actor: Actor
) -> None:
    remember(
        plan_id=plan.pk,
        change_type=f"{item_type}_edited",
        actor=actor,
        item_type=item_type,
        item_id=item.pk,
        item_label=str(item),
        before=before,
        after=after,
    )
    emit(
        plan.event_stream(),
        "masterplan_updated",
        {"masterplan_id": str(plan.pk), "status": plan.status, "by": actor.name, "reason": "", "item": str(item.pk)},
    )
