"""A plan that is approved or under way gets its next version; what that does to its code is for ``execution``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from common.actors import Actor
from common.errors import Conflict
from integrations.llm.shapes import PlanAnswer
from planning.errors import PlanChanged
from planning.models import MasterPlan, ModificationProposal, PlanVersion, Task
from planning.plan_checks import tasks_of
from planning.plan_diff import compare, in_words
from planning.plan_impact import Impact
from planning.selectors.plans import plan_with_tree
from planning.services.plan_row_changes import update_plan_rows
from planning.services.revising import require_sound, required_statements
from planning.services.versions import difference, next_version, state_in

Edit = Callable[[PlanAnswer], PlanAnswer]


@dataclass(frozen=True)
class Renewal:
    """The tasks that a new version writes anew, and those that it leaves out, as they are stored."""

    version: PlanVersion
    to_write: list[Task]
    removed: list[Task]


def renew_plan(plan: MasterPlan, proposal: ModificationProposal, *, actor: Actor) -> Renewal:
    """Make the proposed plan the next version. Call it in a change, with the plan's row held.

    Raises ``PlanChanged`` when the plan has a newer version than the one that the proposal is for.
    """
    plan = plan_with_tree(plan.pk)
    _require_base(plan, proposal)
    after = PlanAnswer.model_validate(proposal.proposed_plan)
    impact = Impact.model_validate(proposal.impact)
    kind = _type_of(proposal, impact)
    return _renew(plan, after, kind=kind, why=proposal.requirement, to_write=impact.to_write, actor=actor)


def mend_plan(plan: MasterPlan, edit: Edit, *, why: str, actor: Actor) -> Renewal:
    """What ``edit`` makes of a plan under way as its next version; what it adds or changes is written anew.

    Call it in a change, with the plan's row held. Raises ``InvalidInput`` when the plan would not hold together, or
    leave to no task what one covered.
    """
    plan = plan_with_tree(plan.pk)
    before = state_in(plan.pk, plan.version)
    after = edit(before)
    require_sound(before, after, required_statements(plan))
    to_write = _changed(before, after)
    return _renew(plan, after, kind=PlanVersion.Type.MODIFICATION, why=why, to_write=to_write, actor=actor)


def _renew(
    plan: MasterPlan, after: PlanAnswer, *, kind: PlanVersion.Type, why: str, to_write: Collection[str], actor: Actor
) -> Renewal:
    before = state_in(plan.pk, plan.version)
    diff = compare(before, after)
    update_plan_rows(plan, after, changed=_changed(before, after), begun=True)
    summary = f"{why[:500]}: {in_words(diff)}." if diff else why[:500]
    version = next_version(plan, after, diff, kind=kind, summary=summary, actor=actor, change_type="plan_modified")
    tasks = Task.objects.filter(plan=plan).order_by("number")
    return Renewal(
        version=version,
        to_write=list(tasks.filter(short_id__in=to_write)),
        removed=list(tasks.filter(left_in__isnull=True).exclude(short_id__in=[task.id for task in tasks_of(after)])),
    )


def _changed(before: PlanAnswer, after: PlanAnswer) -> set[str]:
    """Short ids of the tasks that are new or different."""
    old = {task.id: task for task in tasks_of(before)}
    return {task.id for task in tasks_of(after) if old.get(task.id) != task}


def _require_base(plan: MasterPlan, proposal: ModificationProposal) -> None:
    if not proposal.proposed_plan:
        raise Conflict("The proposal has no plan.")
    if plan.version == proposal.base_version:
        return
    diff = difference(plan_id=plan.pk, before=proposal.base_version, after=plan.version)
    raise PlanChanged(
        f"The plan was changed since version {proposal.base_version}, which this proposal is for: {in_words(diff)}.",
        hint="Adjust the proposal: it is then made for the plan as it is now.",
        current=plan.version,
        changes=diff.model_dump(mode="json"),
    )


def _type_of(proposal: ModificationProposal, impact: Impact) -> PlanVersion.Type:
    if proposal.restores is not None:
        return PlanVersion.Type.ROLLBACK
    if impact.removed_tasks and not impact.new_tasks:
        return PlanVersion.Type.SCOPE_REDUCTION
    return PlanVersion.Type.MODIFICATION
