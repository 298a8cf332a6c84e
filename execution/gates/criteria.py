"""The acceptance tests of a plan as it is now: its criteria, and what proves them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from execution.models import AcceptanceTest
from planning.models import Milestone, Task
from planning.states import TaskStatus

LEFT_OUT = (TaskStatus.SKIPPED, TaskStatus.CANCELLED)
Source = AcceptanceTest.Source
Priority = Literal["must", "should"]


@dataclass
class Criterion:
    """A criterion that names no test, with every task that has it, or its milestone. Equal words are one criterion."""

    text: str
    priority: Priority
    tasks: list[Task] = field(default_factory=list)
    milestone: Milestone | None = None


def acceptance_tests(plan_id: uuid.UUID) -> list[AcceptanceTest]:
    """The tests of the criteria that the plan has now, those that a person wrote, and what no test can prove.

    Those of tasks that are left out do not count, nor those whose test is in a file that is left out, nor removed ones.
    Reads only; ``keep_criteria`` writes.
    """
    rows = AcceptanceTest.objects.filter(plan_id=plan_id, removed_at__isnull=True).select_related("task")
    if not rows:
        return []
    tasks = list(Task.objects.filter(plan_id=plan_id).order_by("number").defer("draft"))
    built = [task for task in tasks if task.status not in LEFT_OUT]
    named = _named_by(built)
    wanted = {criterion.text for criterion in criteria_without_test(plan_id, built)}
    gone = _paths_of(task for task in tasks if task.status in LEFT_OUT) - _paths_of(built)
    left_out = {task.pk for task in tasks if task.status in LEFT_OUT}

    def counts(test: AcceptanceTest) -> bool:
        if test.source == Source.PLAN:
            return (test.task_id, test.requirement) in named
        if test.source == Source.GENERATED:
            return test.requirement in wanted
        return test.task_id not in left_out

    return [test for test in rows if counts(test) and test.node_id.split("::")[0] not in gone]


def criteria_without_test(plan_id: uuid.UUID, tasks: Iterable[Task] | None = None) -> list[Criterion]:
    """Criteria for which the plan names no test of the project, in order; those of milestones are ``should``."""
    if tasks is None:
        tasks = Task.objects.filter(plan_id=plan_id).exclude(status__in=LEFT_OUT).order_by("number").defer("draft")
    found: dict[str, Criterion] = {}
    milestones = set()
    for task in tasks:
        milestones.add(task.milestone_id)
        for row in task.acceptance_criteria:
            if not row.get("test"):
                priority: Priority = row.get("priority", "must")
                criterion = found.setdefault(row["text"], Criterion(row["text"], priority))
                criterion.priority = "must" if "must" in (priority, criterion.priority) else "should"
                criterion.tasks.append(task)
    for milestone in Milestone.objects.filter(plan_id=plan_id, pk__in=milestones).order_by("number"):
        for text in milestone.acceptance_criteria:
            found.setdefault(text, Criterion(text, "should", milestone=milestone))
    return list(found.values())


def unproved(plan_id: uuid.UUID) -> list[Criterion]:
    """Criteria that nobody has written a test for yet, nor said why there can be none."""
    known = set(AcceptanceTest.objects.filter(plan_id=plan_id).values_list("requirement", flat=True))
    return [criterion for criterion in criteria_without_test(plan_id) if criterion.text not in known]


def keep_criteria(plan_id: uuid.UUID) -> None:
    """Rows for the criteria that the plan's tasks have now, with the tests that prove them now: results belong to them.

    Called where a plan's waves begin and before tests are run; whoever reads finds what was kept.
    """
    criteria = _named_by(Task.objects.filter(plan_id=plan_id).exclude(status__in=LEFT_OUT).defer("draft"))
    known = {
        (row.task_id, row.requirement): row
        for row in AcceptanceTest.objects.filter(plan_id=plan_id, source=Source.PLAN)
    }
    changed = [
        row
        for key, row in known.items()
        if criteria.get(key, (row.node_id, row.priority)) != (row.node_id, row.priority)
    ]
    for row in changed:
        row.node_id, row.priority = criteria[row.task_id, row.requirement]
    if changed:
        AcceptanceTest.objects.bulk_update(changed, ["node_id", "priority"])
    missing = [
        AcceptanceTest(plan_id=plan_id, task_id=task, requirement=text, node_id=node_id, priority=priority)
        for (task, text), (node_id, priority) in criteria.items()
        if (task, text) not in known
    ]
    if missing:
        AcceptanceTest.objects.bulk_create(missing, ignore_conflicts=True)


def _named_by(tasks: Iterable[Task]) -> dict[tuple[uuid.UUID | None, str], tuple[str, str]]:
    """The project's own test of each criterion that names one, and its priority; by task and text."""
    return {
        (task.pk, criterion["text"]): (criterion["test"], criterion.get("priority", "must"))
        for task in tasks
        for criterion in task.acceptance_criteria
        if criterion.get("test")
    }


def _paths_of(tasks: Iterable[Task]) -> set[str]:
    return {path for task in tasks for path in task.target_files}
