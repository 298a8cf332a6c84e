"""A draft becomes another: every edit, and going back to an earlier version, makes a new version."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from common.actors import Actor
from common.changes import change
from common.errors import InvalidInput, NotFound
from integrations.llm.requirements import entity_requirements, statement_requirements
from integrations.llm.shapes import PlanAnswer, Requirement
from planning.documents import domain_model_of
from planning.errors import PlanChanged, PlanNotEditable, PlanUnderRevision
from planning.limits import limits_in_force
from planning.models import MasterPlan, PlanVersion
from planning.plan_checks import new_problems, tasks_of, uncovered
from planning.plan_diff import PlanDiff, compare, in_words
from planning.selectors.plans import plan_answer_of, plan_with_tree
from planning.services.plan_row_changes import update_plan_rows
from planning.services.versions import difference, next_version
from planning.states import PlanStatus

Edit = Callable[[PlanAnswer], PlanAnswer]


def revise_draft(
    *,
    plan_id: uuid.UUID,
    edit: Edit,
    actor: Actor,
    expected: int | None = None,
    restored: int | None = None,
    uncover: bool = False,
) -> PlanVersion | None:
    """Apply ``edit`` to a draft and store what follows as its next version; none when nothing is different.

    ``expected`` is the version that the editor saw; with ``uncover`` requirements may be left to no task.
    Raises ``NotFound``, ``PlanNotEditable``, ``PlanChanged`` when there is a newer one, and ``InvalidInput`` with
    ``problems`` when the plan would not hold together.
    """
    with change():
        if MasterPlan.objects.select_for_update(no_key=True).filter(pk=plan_id).first() is None:
            raise NotFound("There is no such plan.")
        plan = plan_with_tree(plan_id)
        require_draft(plan)
        require_version(plan, expected)
        before = plan_answer_of(plan)
        after = edit(before)
        diff = compare(before, after)
        if not diff:
            return None
        require_sound(before, after, None if uncover or restored else required_statements(plan))
        return _store(plan, before, after, diff, actor=actor, restored=restored)


def version_gone_back(*, plan_id: uuid.UUID, summary: str, actor: Actor) -> PlanVersion:
    """The plan as it is, as a new version, because what was built of it went back. Called in a change."""
    plan = plan_with_tree(plan_id)
    return next_version(
        plan, plan_answer_of(plan), PlanDiff(), kind=PlanVersion.Type.ROLLBACK, summary=summary, actor=actor
    )


def require_draft(plan: MasterPlan) -> None:
    """Raises ``PlanNotEditable``, ``PlanUnderRevision``."""
    if plan.status != PlanStatus.DRAFT:
        raise PlanNotEditable(
            f"The plan is {plan.status}; only a draft is edited directly.",
            hint="Ask for a modification instead.",
            current=plan.status,
        )
    require_settled(plan)


def require_settled(plan: MasterPlan) -> None:
    """Raises ``PlanUnderRevision`` while a model plans the draft anew."""
    if plan.replanning is not None:
        raise PlanUnderRevision(
            "A model is planning this draft anew.",
            hint="Wait for its next version, the plan's events tell of it; or reject or cancel the plan.",
            wanted=plan.replanning["values"],
        )


def require_version(plan: MasterPlan, expected: int | None) -> None:
    """Raises ``PlanChanged`` when there is a newer version than the expected one."""
    if expected is None or expected == plan.version:
        return
    if expected > plan.version or expected < 1:
        raise InvalidInput(f"The plan has no version {expected}.", errors={"version": [f"It is {plan.version} now."]})
    diff = difference(plan_id=plan.pk, before=expected, after=plan.version)
    raise PlanChanged(
        f"The plan was changed since version {expected}: {in_words(diff)}.",
        hint="Read it again, then do it for the plan as it is now.",
        current=plan.version,
        changes=diff.model_dump(mode="json"),
    )


def required_statements(plan: MasterPlan) -> list[Requirement]:
    """What the plan is to cover besides its entities. One query."""
    return statement_requirements(domain_model_of(plan.discovery))


def require_sound(before: PlanAnswer, after: PlanAnswer, statements: list[Requirement] | None = None) -> None:
    """Raises ``InvalidInput`` when ``after`` has a problem that ``before`` had not.

    Without ``statements`` nothing has to be covered.
    """
    problems = new_problems(before, after, limits_in_force(), statements)
    if not problems:
        return
    lost = uncovered(after, [*entity_requirements(after.entities), *(statements or [])])
    only_lost = set(problems) <= set(lost)
    raise InvalidInput(
        f"The plan would not hold together: {problems[0]}",
        hint=(
            "Let another task cover it first, or take the task out all the same (uncover)."
            if only_lost
            else "Change what the problem names in the same edit."
        ),
        problems=problems[:50],
        uncovered=[problem for problem in problems if problem in lost] if only_lost else [],
    )


def _store(
    plan: MasterPlan, before: PlanAnswer, after: PlanAnswer, diff: PlanDiff, *, actor: Actor, restored: int | None
) -> PlanVersion:
    old = {task.id: task for task in tasks_of(before)}
    changed = {task.id for task in tasks_of(after) if old.get(task.id) != task}
    update_plan_rows(plan, after, changed=changed)
    words = in_words(diff)
    summary = f"Back to version {restored}: {words}." if restored else f"{words}."
    return next_version(plan, after, diff, kind=_type_of(diff, restored=restored), summary=summary, actor=actor)


def _type_of(diff: PlanDiff, *, restored: int | None) -> PlanVersion.Type:
    if restored:
        return PlanVersion.Type.ROLLBACK
    if any(field.name == "stack" for field in diff.plan):
        return PlanVersion.Type.REFACTORING
    only_less = diff.tasks.removed and not diff.tasks.added
    return PlanVersion.Type.SCOPE_REDUCTION if only_less else PlanVersion.Type.MODIFICATION
