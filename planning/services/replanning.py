"""A draft planned anew for another stack, or other entities: its tasks follow from those, so a model makes them again.

The wish is kept on the plan, a worker takes it, and what comes of it is the next version. Until then the draft is
neither edited nor approved. Tasks that a person had edited are in the version before.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import DateTimeField, F, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from pydantic import Field

from common.actors import Actor, set_trace_id
from common.changes import change, emit
from common.claims import free, holding, take
from common.errors import DevMatrixError, NotFound
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.gateway import Reply
from integrations.llm.limits.recovery import may_go_on
from integrations.llm.requirements import requirements_of
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
GIVEN_UP_AFTER = timedelta(hours=1)
"""For so long a provider's outage is waited out: meanwhile nobody can edit or approve the draft."""
LATER = "The draft is as it was; try again later."
STOPPED = "replanning__stopped_at"
KEPT = frozenset({"project_name", "description"})
"""A plan's own words, which a person may have edited, outlive its tasks."""


class Wanted(Shape):
    """``values``: of the plan, as they are to be. ``actor_*``: who wants it. ``stopped_at``: by the last outage."""

    values: dict[str, Any]
    actor_kind: str
    actor_id: str
    actor_name: str
    wanted_at: datetime = Field(default_factory=timezone.now)
    stopped_at: datetime | None = None

    def kept(self) -> dict[str, Any]:
        """As the plan keeps it."""
        return self.model_dump(mode="json", exclude_none=True)


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
            replanning=wanted.kept(), claim=None, claim_expires=None, updated_at=timezone.now()
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
        if isinstance(error, ProviderUnavailable) and wanted.wanted_at > timezone.now() - GIVEN_UP_AFTER:
            _leave_for_later(plan, token, wanted, error)
        else:
            _give_up(plan, token, wanted, error)
        return None


def resend_stuck_replannings() -> int:
    """For the reconciler: dispatch again what is wanted for a minute, taken by nobody and stopped by no outage."""
    lost = _untaken().filter(**{f"{STOPPED}__isnull": True}, updated_at__lt=timezone.now() - RESEND_AFTER)
    return _resend(lost.order_by("updated_at")[:100])


def resume_replannings_after_outage() -> int:
    """For the reconciler: dispatch again what the provider's outage stopped, when it is back."""
    stopped = _untaken().filter(**{f"{STOPPED}__isnull": False})
    return _resend(may_go_on(stopped.annotate(since=Cast(KT(STOPPED), DateTimeField())), since="since"))


def _untaken() -> QuerySet[MasterPlan]:
    return MasterPlan.objects.filter(free(), status=PlanStatus.DRAFT, replanning__isnull=False)


def _resend(plans: Iterable[MasterPlan]) -> int:
    ids = [plan.pk for plan in plans]
    for plan_id in ids:
        dispatch.replan_draft(plan_id)
    return len(ids)


def _ask(plan: MasterPlan, wanted: Wanted) -> list[Reply[PlanAnswer]]:
    before = plan_edits.change_plan(plan_answer_of(plan), wanted.values)
    discovery = discovery_with(plan.discovery_id)
    domain = domain_model_of(discovery).model_copy(update={"entities": before.entities, "design": before.design})
    inputs = MasterPlanInputs(
        request=plan.original_request,
        domain=domain,
        requirements=requirements_of(domain),
        stack=before.stack,
        limits=limits_in_force(),
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


def _leave_for_later(plan: MasterPlan, token: uuid.UUID, wanted: Wanted, error: ProviderUnavailable) -> None:
    """Give the wish back; say so, once."""
    stopped = wanted.model_copy(update={"stopped_at": timezone.now()})
    with change():
        mine = MasterPlan.objects.filter(pk=plan.pk, claim=token)
        if mine.update(replanning=stopped.kept(), claim=None, claim_expires=None) and wanted.stopped_at is None:
            _tell_error(plan, error, hint=error.hint)
    logger.warning("Plan %s is not planned anew yet: %s", plan.pk, error)


def _give_up(plan: MasterPlan, token: uuid.UUID, wanted: Wanted, error: DevMatrixError) -> None:
    """The draft stays as it was and can be edited again; history and events say why."""
    with change():
        mine = MasterPlan.objects.filter(pk=plan.pk, claim=token)
        if not mine.update(replanning=None, claim=None, claim_expires=None):
            return
        _tell(plan, "replanning_failed", actor=_actor(wanted), after=wanted.values, reason=error.detail)
        waited = isinstance(error, ProviderUnavailable)
        _tell_error(plan, error, hint=LATER if waited or not error.hint else error.hint)
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


def _tell_error(plan: MasterPlan, error: DevMatrixError, *, hint: str) -> None:
    emit(plan.event_stream(), "error", {"code": error.code, "message": error.detail, "hint": hint})


def _actor(wanted: Wanted) -> Actor:
    kind: Any = wanted.actor_kind
    return Actor(kind, wanted.actor_id, wanted.actor_name)
