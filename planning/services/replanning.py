"""A draft planned anew for another stack, or other entities: its tasks follow from those, so a model makes them again.

The wish is kept on the plan, a worker takes it, and what comes of it is the next version. Until then the draft is
neither edited nor approved. Tasks that a person had edited are in the version before.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from common.actors import Actor, set_trace_id
from common.changes import change, emit
from common.claims import free, holding, take
from common.errors import DevMatrixError, NotFound
from common.problems import problem
from integrations.llm.gateway import Reply
from integrations.llm.shape import Shape
from integrations.llm.shapes import MasterPlanInputs, PlanAnswer
from planning import dispatch, plan_edits
from planning.documents import domain_model_of
from planning.limits import limits_in_force
from planning.models import MasterPlan, PlanVersion
from planning.selectors.plans import plan_answer_of, plan_with_tree
from planning.services.asking import tokens_of
from planning.services.discovery import discovery_with
from planning.services.planmaking import ask_until_sound
from planning.services.revising import require_draft, require_version, revise_draft
from planning.services.telling import tell_plan
from planning.states import PlanStatus

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(seconds=60)
KEPT = frozenset({"project_name", "description"})
"""A plan's own words, which a person may have edited, outlive its tasks."""


class Wanted(Shape):
    """``values``: of the plan, as they are to be. ``actor_*``: who wants it."""

    values: dict[str, Any]
    actor_kind: str
    actor_id: str
    actor_name: str


def replan_draft(*, plan_id: uuid.UUID, values: Mapping[str, Any], actor: Actor, expected: int | None = None) -> None:
    """Have a worker plan the draft anew for ``values`` of ``plan_edits.PLAN_FIELDS``.

    Raises ``NotFound``, ``PlanNotEditable``, ``PlanUnderRevision``, ``PlanChanged``, ``InvalidInput``.
    """
    with change():
        if MasterPlan.objects.select_for_update(no_key=True).filter(pk=plan_id).first() is None:
            raise NotFound("There is no such plan.")
        plan = plan_with_tree(plan_id)
        require_draft(plan)
        require_version(plan, expected)
        plan_edits.change_plan(plan_answer_of(plan), values)  # refused now, not by a worker later
        wanted = Wanted(values=dict(values), actor_kind=actor.kind, actor_id=actor.id, actor_name=actor.name)
        MasterPlan.objects.filter(pk=plan_id).update(
            replanning=wanted.model_dump(mode="json"), claim=None, claim_expires=None, updated_at=timezone.now()
        )
        _tell(plan, "replanning", actor=actor, after=wanted.values)
        dispatch.replan_draft(plan_id)


def take_replanning(plan_id: uuid.UUID) -> PlanVersion | None:
    """For a worker: the next version; ``None`` when there is nothing to do, or it failed, which the events tell."""
    waiting = MasterPlan.objects.filter(pk=plan_id, status=PlanStatus.DRAFT, replanning__isnull=False)
    token = take(waiting)
    if token is None:
        return None
    plan = plan_with_tree(plan_id)
    wanted = Wanted.model_validate(plan.replanning)
    set_trace_id(plan.trace_id)
    try:
        with holding(MasterPlan, token):
            replies = _ask(plan, wanted)
        return _store(plan_id, token, wanted, replies)
    except DevMatrixError as error:
        _give_up(plan, token, wanted, error)
        return None


def resend_stuck_replannings() -> int:
    """For the reconciler: dispatch again what is wanted for a minute and taken by nobody."""
    waiting = MasterPlan.objects.filter(free(), status=PlanStatus.DRAFT, replanning__isnull=False)
    ids = list(waiting.filter(updated_at__lt=timezone.now() - RESEND_AFTER).values_list("pk", flat=True)[:100])
    for plan_id in ids:
        dispatch.replan_draft(plan_id)
    return len(ids)


def _ask(plan: MasterPlan, wanted: Wanted) -> list[Reply[PlanAnswer]]:
    before = plan_edits.change_plan(plan_answer_of(plan), wanted.values)
    discovery = discovery_with(plan.discovery_id)
    domain = domain_model_of(discovery).model_copy(update={"entities": before.entities, "design": before.design})
    inputs = MasterPlanInputs(
        request=plan.original_request, domain=domain, stack=before.stack, limits=limits_in_force()
    )
    return ask_until_sound(discovery, inputs, stream=plan.event_stream())


def _store(
    plan_id: uuid.UUID, token: uuid.UUID, wanted: Wanted, replies: list[Reply[PlanAnswer]]
) -> PlanVersion | None:
    with change():
        mine = (
            MasterPlan.objects.select_for_update(no_key=True)
            .filter(pk=plan_id, claim=token, status=PlanStatus.DRAFT)
            .first()
        )
        if mine is None:
            return None
        _settle(plan_id, replies)
        answer = replies[-1].answer
        return revise_draft(plan_id=plan_id, edit=lambda old: _merged(old, wanted, answer), actor=_actor(wanted))


def _merged(old: PlanAnswer, wanted: Wanted, answer: PlanAnswer) -> PlanAnswer:
    """The model's plan with the words that are kept, and what was asked for in so many words."""
    kept = {name: getattr(old, name) for name in KEPT}
    return plan_edits.change_plan(answer, {**kept, **wanted.values})


def _settle(plan_id: uuid.UUID, replies: list[Reply[PlanAnswer]]) -> None:
    MasterPlan.objects.filter(pk=plan_id).update(
        replanning=None,
        claim=None,
        claim_expires=None,
        generation_cost=F("generation_cost") + sum((reply.cost for reply in replies), Decimal(0)),
        generation_tokens=F("generation_tokens") + sum(tokens_of(reply) for reply in replies),
    )


def _give_up(plan: MasterPlan, token: uuid.UUID, wanted: Wanted, error: DevMatrixError) -> None:
    """The draft stays as it was and can be edited again; history and events say why."""
    with change():
        mine = MasterPlan.objects.filter(pk=plan.pk, claim=token)
        if not mine.update(replanning=None, claim=None, claim_expires=None):
            return
        document = problem(error)
        _tell(plan, "replanning_failed", actor=_actor(wanted), after=wanted.values, reason=error.detail)
        emit(
            plan.event_stream(),
            "error",
            {"code": document["code"], "message": error.detail, "hint": error.hint or "The draft is as it was."},
        )
    logger.warning("Plan %s was not planned anew: %s", plan.pk, error)


def _tell(plan: MasterPlan, what: str, *, actor: Actor, after: dict[str, Any], reason: str = "") -> None:
    tell_plan(
        plan,
        f"plan_{what}",
        before={"version": plan.version, "stack": plan.stack},
        after=after,
        says=what,
        version=plan.version,
        actor=actor,
        reason=reason,
    )


def _actor(wanted: Wanted) -> Actor:
    kind: Any = wanted.actor_kind
    return Actor(kind, wanted.actor_id, wanted.actor_name)
