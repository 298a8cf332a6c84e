"""What must be complete before a test can run: its own task, that of its file, fixtures, what those depend on."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from execution.models import AcceptanceTest
from planning.models import Task, TaskDependency
from planning.states import TaskStatus

COMPLETE = frozenset(
    {TaskStatus.READY_FOR_TEST, TaskStatus.TESTED, TaskStatus.DONE, TaskStatus.SKIPPED, TaskStatus.CANCELLED}
)
"""Every atom is settled. What needs a task that is left out is left out too."""
LEFT_OUT = frozenset({TaskStatus.SKIPPED, TaskStatus.CANCELLED})


@dataclass
class Readiness:
    """The tasks of a plan by id, who depends on whom, and whose files are whose. Made by ``readiness_of``."""

    tasks: dict[uuid.UUID, Task]
    depends: dict[uuid.UUID, set[uuid.UUID]] = field(default_factory=dict)

    def can_run(self, test: AcceptanceTest) -> bool:
        """Whether everything that the test needs is complete."""
        return all(self.tasks[task].status in COMPLETE for task in self.needed_by(test))

    def needed_by(self, test: AcceptanceTest) -> set[uuid.UUID]:
        named = set(test.needs)
        start = {pk for pk, task in self.tasks.items() if task.short_id in named} | self._fixtures()
        if test.task_id in self.tasks:
            start.add(test.task_id)
        if test.node_id:
            owners = self._owners(test.node_id.split("::")[0])
            start |= owners or set(self.tasks)  # nobody makes that file: not before everything is there
        return self._closure(start)

    def ready_files(self) -> list[str]:
        """Files of tests that can run: their tasks and all that those need are complete."""
        found = []
        for pk, task in self.tasks.items():
            paths = [path for path in task.target_files if path.rsplit("/", 1)[-1].startswith("test_")]
            needed = self._closure({pk} | self._fixtures())
            complete = all(self.tasks[one].status in COMPLETE for one in needed)
            if task.status not in LEFT_OUT and complete:
                found += [path for path in paths if path.endswith(".py")]
        return sorted(found)

    def _fixtures(self) -> set[uuid.UUID]:
        return {pk for pk, task in self.tasks.items() if any(_is_fixtures(path) for path in task.target_files)}

    def _owners(self, path: str) -> set[uuid.UUID]:
        return {pk for pk, task in self.tasks.items() if path in task.target_files}

    def _closure(self, start: Iterable[uuid.UUID]) -> set[uuid.UUID]:
        reached: set[uuid.UUID] = set()
        waiting = list(start)
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting.extend(self.depends.get(one, ()))
        return reached


def readiness_of(plan_id: uuid.UUID) -> Readiness:
    """Two queries."""
    tasks = {task.pk: task for task in Task.objects.filter(plan_id=plan_id).order_by("number").defer("draft")}
    depends: dict[uuid.UUID, set[uuid.UUID]] = {}
    for task, needs in TaskDependency.objects.filter(task__plan_id=plan_id).values_list("task_id", "needs_id"):
        depends.setdefault(task, set()).add(needs)
    return Readiness(tasks, depends)


def that_can_run(plan_id: uuid.UUID, tests: Collection[AcceptanceTest]) -> list[AcceptanceTest]:
    """Those of the tests that have something to run, and all that it needs."""
    ready = readiness_of(plan_id)
    return [test for test in tests if (test.node_id or test.code) and ready.can_run(test)]


def _is_fixtures(path: str) -> bool:
    return path.rsplit("/", 1)[-1] == "conftest.py"
