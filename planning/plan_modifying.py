"""From a plan and the analysis of a modification to the plan as it is to be. Pure.

Whether the result holds together is for ``plan_checks``; here only what cannot be applied at all is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import count

from integrations.llm.shapes import AddedTask, ImpactAnalysis, MilestoneSpec, Need, PlanAnswer, TaskSpec
from planning.plan_checks import tasks_of
from planning.plan_edits import without_empty_stages


def unusable_parts(plan: PlanAnswer, analysis: ImpactAnalysis) -> list[str]:
    """What of the analysis names nothing of the plan, or one thing twice, as sentences for the model that made it."""
    tasks = {task.id for task in tasks_of(plan)}
    milestones = {milestone.id for milestone in _milestones(plan)}
    changed = [one.task.id for one in analysis.changed]
    removed = [one.task for one in analysis.removed]
    problems = [
        f"{one.task.id} goes into {one.milestone}, which is no milestone of the plan."
        for one in analysis.added
        if one.milestone not in milestones
    ]
    problems += [
        f"{short_id} is changed or removed, but is no task of the plan."
        for short_id in [*changed, *removed]
        if short_id not in tasks
    ]
    problems += [f"{one.task.id} is new, but is a task of the plan." for one in analysis.added if one.task.id in tasks]
    problems += [f"{short_id} is changed and removed." for short_id in changed if short_id in removed]
    problems += [f"{short_id} is changed twice." for short_id in sorted(set(changed)) if changed.count(short_id) > 1]
    if tasks <= set(removed):
        problems.append("Every task of the plan would be removed.")
    return problems


def modified_plan(plan: PlanAnswer, analysis: ImpactAnalysis, *, taken: Collection[str] = ()) -> PlanAnswer:
    """The plan after the modification. New tasks whose ids are ``taken`` get the next free ones."""
    ids = _new_ids(plan, analysis, taken)
    changed = {one.task.id: _renamed(one.task, ids) for one in analysis.changed}
    removed = {one.task for one in analysis.removed}
    added = [one.model_copy(update={"task": _renamed(one.task, ids)}) for one in analysis.added]
    phases = [
        phase.model_copy(update={"milestones": [_milestone(one, changed, removed, added) for one in phase.milestones]})
        for phase in plan.phases
    ]
    document = plan.model_copy(
        update={
            "phases": phases,
            "entities": analysis.entities or plan.entities,
            "design": plan.design if analysis.design is None else analysis.design,
            "stack": analysis.stack or plan.stack,
        }
    ).model_dump(mode="json")
    return PlanAnswer.model_validate(without_empty_stages(document))


def _milestones(plan: PlanAnswer) -> Iterator[MilestoneSpec]:
    for phase in plan.phases:
        yield from phase.milestones


def _milestone(
    milestone: MilestoneSpec, changed: dict[str, TaskSpec], removed: set[str], added: list[AddedTask]
) -> MilestoneSpec:
    kept = [_over(task, changed.get(task.id)) for task in milestone.tasks if task.id not in removed]
    new = [one.task for one in added if one.milestone == milestone.id]
    return milestone.model_copy(update={"tasks": [*kept, *new]})


def _over(task: TaskSpec, changed: TaskSpec | None) -> TaskSpec:
    """The changed task in the place of the old one; unless it says otherwise, it covers what that one did."""
    if changed is None:
        return task
    return changed if changed.covers else changed.model_copy(update={"covers": task.covers})


def _new_ids(plan: PlanAnswer, analysis: ImpactAnalysis, taken: Collection[str]) -> dict[str, str]:
    """Ids that new tasks get in the place of their own; none comes back that ever was another task's."""
    wanted = [one.task.id for one in analysis.added]
    used = {task.id for task in tasks_of(plan)} | set(taken)
    free = (
        short_id
        for number in count(max((int(part) for one in used for part in re.findall(r"\d+", one)[:1]), default=0) + 1)
        if (short_id := f"task_{number:03}") not in used and short_id not in wanted
    )
    return {short_id: next(free) for short_id in wanted if short_id in taken}


def _renamed(task: TaskSpec, ids: dict[str, str]) -> TaskSpec:
    """Only tasks that the analysis wrote name its new ids."""
    needs = [Need(name=need.name, task=ids.get(need.task, need.task)) for need in task.needs]
    depends = [ids.get(short_id, short_id) for short_id in task.depends_on]
    return task.model_copy(update={"id": ids.get(task.id, task.id), "needs": needs, "depends_on": depends})
