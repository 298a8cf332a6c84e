"""Ways out that a DebugAgent proposes, as edits of a plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from common.errors import InvalidInput, NotFound
from integrations.llm.shapes import Export, PlanAnswer, TaskSpec
from planning import plan_edits
from planning.plan_checks import tasks_of


def with_other_scope(plan: PlanAnswer, short_id: str, *, scope: str) -> PlanAnswer:
    """The task does what ``scope`` says from now on, besides what it did. Raises ``NotFound``."""
    task = _task(plan, short_id)
    return plan_edits.change_task(
        plan, short_id, {"description": f"{task.description}\n\nChanged scope: {scope}".strip()}
    )


def with_new_dependency(
    plan: PlanAnswer,
    short_id: str,
    *,
    title: str,
    detail: str,
    minutes: int,
    target_file: str,
    exports: Sequence[Export] = (),
    most_dependencies: int,
) -> PlanAnswer:
    """A new task that ``short_id`` depends on and whose names it needs.

    Where that has as many dependencies as it may, the first of them is reached by way of the new task. Raises
    ``InvalidInput`` without a file to write, ``NotFound``.
    """
    if not target_file:
        raise InvalidInput("It is not said which file the new task writes.", hint="Send it as target_file.")
    task = _task(plan, short_id)
    kept = list(task.depends_on)
    passed = [kept.pop(0)] if len(kept) >= most_dependencies else []
    spec = {
        "title": title[:200],
        "description": detail,
        "type": "implementation",
        "priority": task.priority,
        "complexity": task.complexity,
        "estimated_minutes": max(minutes, 1),
        "target_files": [target_file],
        "exports": [export.model_dump() for export in exports],
        "depends_on": passed,
        "acceptance_criteria": [{"text": detail or title, "priority": "must"}],
    }
    milestone, position = _place(plan, short_id)
    plan, new = plan_edits.add_task(plan, milestone=milestone, values=spec, position=position)
    needs = [need.model_dump() for need in task.needs]
    needs += [{"name": export.name, "task": new} for export in exports]
    return plan_edits.change_task(plan, short_id, {"depends_on": [new, *kept], "needs": needs})


def _task(plan: PlanAnswer, short_id: str) -> TaskSpec:
    found = next((task for task in tasks_of(plan) if task.id == short_id), None)
    if found is None:
        raise NotFound(f"The plan has no task {short_id!r} any more.")
    return found


def _place(plan: PlanAnswer, short_id: str) -> tuple[str, int]:
    """Milestone and position in it."""
    return next(
        (milestone.id, position)
        for phase in plan.phases
        for milestone in phase.milestones
        for position, task in enumerate(milestone.tasks)
        if task.id == short_id
    )
