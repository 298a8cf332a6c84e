"""The versions of a plan: each one a snapshot that is never changed, made here and nowhere else."""

from __future__ import annotations

import uuid

from common.actors import Actor
from common.errors import NotFound
from integrations.llm.shapes import PlanAnswer
from planning.models import MasterPlan, PlanVersion
from planning.plan_diff import PlanDiff, compare
from planning.services.telling import tell_version


def first_version(plan: MasterPlan, state: PlanAnswer) -> PlanVersion:
    """Of a plan that was just made; its creation is told, not its version."""
    return PlanVersion.objects.create(
        plan=plan,
        number=plan.version,
        type=PlanVersion.Type.INITIAL,
        snapshot=state.model_dump(mode="json"),
        summary="The first plan.",
        author=plan.owner,
    )


def next_version(
    plan: MasterPlan,
    state: PlanAnswer,
    diff: PlanDiff,
    *,
    kind: PlanVersion.Type,
    summary: str,
    actor: Actor,
    change_type: str = "plan_edited",
) -> PlanVersion:
    """The plan, whose row is held, has ``state`` from now on; ``diff`` is what that changes. It is told."""
    parent = version_of(plan.pk, plan.version)
    plan.version += 1
    MasterPlan.objects.filter(pk=plan.pk).update(version=plan.version)
    version = PlanVersion.objects.create(
        plan=plan,
        number=plan.version,
        type=kind,
        snapshot=state.model_dump(mode="json"),
        summary=summary,
        diff=diff.model_dump(mode="json"),
        parent=parent,
        progress_percent=plan.progress_percent,
        author_id=actor.user_id,
    )
    tell_version(plan, version, change_type, actor=actor)
    return version


def version_of(plan_id: uuid.UUID, number: int) -> PlanVersion:
    """Raises ``NotFound``. One query."""
    version = PlanVersion.objects.select_related("author", "parent").filter(plan_id=plan_id, number=number).first()
    if version is None:
        raise NotFound(f"The plan has no version {number}.")
    return version


def state_in(plan_id: uuid.UUID, number: int) -> PlanAnswer:
    """The whole plan as it was in a version. Raises ``NotFound``. One query."""
    return PlanAnswer.model_validate(version_of(plan_id, number).snapshot)


def difference(*, plan_id: uuid.UUID, before: int, after: int) -> PlanDiff:
    """What differs between two versions, in either direction of time. Raises ``NotFound``. Two queries."""
    return compare(state_in(plan_id, before), state_in(plan_id, after))
