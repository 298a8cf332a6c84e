"""How many criteria of a plan name no test of the project, so that one has to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from integrations.llm.shapes import PlanAnswer


def to_prove(tasks: Iterable[Iterable[Mapping[str, str | None]]], milestones: Iterable[Iterable[str]]) -> int:
    """The criteria of tasks (``text``, ``test``) and the texts of milestones; equal words are one criterion."""
    unproved = {row["text"] for criteria in tasks for row in criteria if not row.get("test")}
    return len(unproved.union(*milestones))


def to_prove_in(plan: PlanAnswer, *, only: Iterable[str] | None = None) -> int:
    """Those of a whole plan, or of the tasks of these ids alone."""
    milestones = [milestone for phase in plan.phases for milestone in phase.milestones]
    wanted = None if only is None else set(only)
    tasks = [task for milestone in milestones for task in milestone.tasks if wanted is None or task.id in wanted]
    criteria = [[{"text": row.text, "test": row.test} for row in task.acceptance_criteria] for task in tasks]
    return to_prove(criteria, [] if wanted is not None else [one.acceptance_criteria for one in milestones])
