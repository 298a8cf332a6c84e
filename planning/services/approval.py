"""A person decides on a draft."""

from __future__ import annotations

import uuid
from collections import Counter

from common.actors import Actor
from common.changes import change, emit
from common.errors import InvalidInput, NotFound
from common.transitions import transition
from integrations.llm.estimates import Estimate, estimate_build, keep_estimate
from integrations.models import CostEstimate
from planning.criteria import to_prove
from planning.models import MasterPlan, Milestone
from planning.services.revising import require_settled, require_version
from planning.states import PlanStatus, TaskStatus
from planning.texts import clean_text

MAX_REASON_CHARS = 2_000
LEFT_OUT = [TaskStatus.SKIPPED, TaskStatus.CANCELLED]


def approve_plan(*, plan_id: uuid.UUID, actor: Actor, expected: int | None = None) -> MasterPlan:
    """Approve a draft, with what its build will cost as it is now; nothing is executed by that.

    ``expected`` is the version that was read. Raises ``NotFound``, ``TransitionConflict``, ``PlanUnderRevision``, and
    ``PlanChanged`` when there is a newer one.
    """
    with change():
        plan = _plan(plan_id)
        require_settled(plan)
        cost = _cost_of(plan)
        transition(plan, PlanStatus.APPROVED, actor=actor, estimated_cost=cost.total)
        require_version(plan, expected)  # of a draft; what was decided on already is told first
        keep_estimate(plan.pk, CostEstimate.Moment.APPROVED, cost)
        _tell(plan, "masterplan_approved", actor)
    return plan


def _cost_of(plan: MasterPlan) -> Estimate:
    """What its build will cost as it is now. Two queries."""
    tasks = list(plan.tasks.exclude(status__in=LEFT_OUT).only("complexity", "acceptance_criteria", "milestone_id"))
    milestones = Milestone.objects.filter(plan=plan, pk__in={task.milestone_id for task in tasks})
    criteria = to_prove(
        [task.acceptance_criteria for task in tasks], milestones.values_list("acceptance_criteria", flat=True)
    )
    return estimate_build(Counter(task.complexity for task in tasks), criteria=criteria)


def reject_plan(*, plan_id: uuid.UUID, actor: Actor, reason: str) -> MasterPlan:
    """Reject a draft, with a reason. Raises ``NotFound``, ``InvalidInput``, ``TransitionConflict``."""
    reason = clean_text(reason, name="The reason", max_chars=MAX_REASON_CHARS)
    if not reason:
        raise InvalidInput("The reason is empty.", hint="Say what is wrong with the plan.")
    with change():
        plan = transition(_plan(plan_id), PlanStatus.REJECTED, actor=actor, reason=reason, rejection_reason=reason)
        _tell(plan, "masterplan_rejected", actor, reason)
    return plan


def _tell(plan: MasterPlan, event_type: str, actor: Actor, reason: str = "") -> None:
    emit(
        plan.event_stream(),
        event_type,
        {"masterplan_id": str(plan.pk), "status": plan.status, "by": actor.name, "reason": reason},
    )


def _plan(plan_id: uuid.UUID) -> MasterPlan:
    """Held, so that an edit and a decision see each other."""
    plan = MasterPlan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("There is no such plan.")
    return plan
