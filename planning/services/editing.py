"""Edits that a person makes before a plan is approved; later changes are modifications. Statuses never change here."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from common.actors import Actor
from common.changes import change, emit, remember
from common.errors import NotFound
from integrations.llm.shapes import PlanAnswer
from planning import plan_edits
from planning.execution_modes import require_part_modes
from planning.models import MasterPlan, PlanVersion, Task
from planning.services.replanning import replan_draft
from planning.services.revising import require_draft, revise_draft
from planning.services.versions import state_in

COLUMNS = frozenset({"execution_mode", "part_modes", "rating"})
"""Of a plan, but of no version: how it is built, and what its owner thinks of it, which may be said at any time."""


def edit_plan(
    *, plan_id: uuid.UUID, values: Mapping[str, Any], actor: Actor, expected: int | None = None
) -> PlanVersion | None:
    """Other values for ``plan_edits.PLAN_FIELDS`` or ``COLUMNS``. Raises as ``revise_draft``.

    Another stack means other tasks: a model is asked for them, and their version comes later.
    """
    columns = {name: value for name, value in values.items() if name in COLUMNS}
    content = {name: value for name, value in values.items() if name not in COLUMNS}
    with change():
        _set_columns(plan_id, columns, actor)
        if not content:
            return None
        if "stack" in content and not MasterPlan.objects.filter(pk=plan_id, stack=content["stack"]).exists():
            replan_draft(plan_id=plan_id, values=content, actor=actor, expected=expected)
            return None
        return revise_draft(
            plan_id=plan_id, edit=lambda plan: plan_edits.change_plan(plan, content), actor=actor, expected=expected
        )


def edit_task(
    *, task_id: uuid.UUID, values: Mapping[str, Any], actor: Actor, expected: int | None = None
) -> PlanVersion | None:
    """Other values for ``plan_edits.TASK_FIELDS`` of a task of a draft. Raises as ``revise_draft``."""
    task = _task(task_id)
    return revise_draft(
        plan_id=task.plan_id,
        edit=lambda plan: plan_edits.change_task(plan, task.short_id, values),
        actor=actor,
        expected=expected,
    )


def add_task(
    *,
    plan_id: uuid.UUID,
    milestone: str,
    values: Mapping[str, Any],
    actor: Actor,
    position: int | None = None,
    expected: int | None = None,
) -> Task:
    """A new task in a draft. Raises as ``revise_draft``."""
    made: list[str] = []

    def edit(plan: PlanAnswer) -> PlanAnswer:
        after, short_id = plan_edits.add_task(plan, milestone=milestone, values=values, position=position)
        made.append(short_id)
        return after

    with change():
        revise_draft(plan_id=plan_id, edit=edit, actor=actor, expected=expected)
        return Task.objects.get(plan_id=plan_id, short_id=made[0])


def move_task(
    *, task_id: uuid.UUID, milestone: str, actor: Actor, position: int | None = None, expected: int | None = None
) -> PlanVersion | None:
    """A task of a draft at another place. Raises as ``revise_draft``."""
    task = _task(task_id)
    return revise_draft(
        plan_id=task.plan_id,
        edit=lambda plan: plan_edits.move_task(plan, task.short_id, milestone=milestone, position=position),
        actor=actor,
        expected=expected,
    )


def remove_task(
    *,
    task_id: uuid.UUID,
    actor: Actor,
    with_dependents: bool = False,
    uncover: bool = False,
    expected: int | None = None,
) -> PlanVersion | None:
    """A draft without a task. Raises as ``revise_draft``, and ``InvalidInput`` where other tasks need it.

    With ``uncover`` also where no other task covers a requirement that it does.
    """
    task = _task(task_id)
    return revise_draft(
        plan_id=task.plan_id,
        edit=lambda plan: plan_edits.remove_task(plan, task.short_id, with_dependents=with_dependents),
        actor=actor,
        expected=expected,
        uncover=uncover,
    )


def restore_version(
    *, plan_id: uuid.UUID, number: int, actor: Actor, expected: int | None = None
) -> PlanVersion | None:
    """A draft as it was in an earlier version, as a new version; later ones stay. Raises as ``revise_draft``."""
    wanted = state_in(plan_id, number)
    return revise_draft(
        plan_id=plan_id,
        edit=lambda _: wanted,
        actor=actor,
        expected=expected,
        restored=number,
    )


def _task(task_id: uuid.UUID) -> Task:
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        raise NotFound("There is no such task.")
    return task


def _short_ids(plan: MasterPlan) -> set[str]:
    return {*plan.phases.values_list("short_id", flat=True), *plan.tasks.values_list("short_id", flat=True)}


def _set_columns(plan_id: uuid.UUID, values: Mapping[str, Any], actor: Actor) -> None:
    plan = MasterPlan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("There is no such plan.")
    if values.keys() & {"execution_mode", "part_modes"}:
        require_draft(plan)
    if "part_modes" in values:
        require_part_modes(values["part_modes"], parts=_short_ids(plan))
    if "execution_mode" in values:
        values = {**values, "mode_asked": True}
    after = {name: value for name, value in values.items() if getattr(plan, name) != value}
    if not after:
        return
    before = {name: getattr(plan, name) for name in after}
    MasterPlan.objects.filter(pk=plan_id).update(**after)
    remember(
        plan_id=plan.pk,
        change_type="masterplan_edited",
        actor=actor,
        item_type="masterplan",
        item_id=plan.pk,
        item_label=plan.label(),
        before=before,
        after=after,
    )
    emit(
        plan.event_stream(),
        "masterplan_updated",
        {"masterplan_id": str(plan.pk), "status": plan.status, "by": actor.name, "reason": "", "version": plan.version},
    )
