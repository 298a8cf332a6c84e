"""The plan that the gateway is measured with."""

from __future__ import annotations

from execution.benchmarks.calling import TASKS, shop_tasks


def test_the_gateway_is_measured_with_sixty_tasks_that_build_on_each_other() -> None:
    tasks = shop_tasks()
    assert len(tasks) == TASKS
    drafted: set[str] = set()
    for inputs in tasks:
        assert drafted >= set(inputs.task.depends_on)
        assert len(inputs.interfaces) >= len(inputs.task.depends_on)
        assert inputs.project == tasks[0].project
        drafted.add(inputs.task.id)
