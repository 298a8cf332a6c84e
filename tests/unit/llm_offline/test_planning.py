"""Plans: sizes, contracts, dependencies and paths, for small and large requests."""

from __future__ import annotations

from typing import get_args

import pytest

from integrations.llm.offline.engine import answer
from integrations.llm.offline.errors import StackNotOffered
from integrations.llm.offline.planner.contracts import imports_of
from integrations.llm.offline.project.stacks import STACKS
from integrations.llm.shapes import MasterPlanInputs, PlanAnswer, Stack
from tests.unit.llm_offline.building import Planned, plan_for, texts_of

ONE = "Create an API for notes"
TWO = "Create an API for tasks and comments"
FIVE = (
    "API for projects, tasks, comments, tags and users. Tasks have many tags, belong to projects and are "
    "assigned to users. "
    "Comments belong to tasks."
)
EIGHT = "API for companies, departments, employees, projects, tasks, comments, expenses and budgets"


@pytest.fixture(
    scope="module",
    params=[(text, stack) for stack in get_args(Stack) for text in (ONE, TWO, FIVE, EIGHT)],
    ids=[f"{stack}-{size}" for stack in get_args(Stack) for size in ("one", "two", "five", "eight")],
)
def planned(request: pytest.FixtureRequest) -> Planned:
    text, stack = request.param
    return plan_for(text, stack)


@pytest.mark.parametrize(("stack", "expected"), [("fastapi", [26, 36, 68, 98]), ("django", [31, 41, 73, 103])])
def test_the_size_follows_the_number_of_entities(stack: Stack, expected: list[int]) -> None:
    sizes = [len(plan_for(text, stack).tasks) for text in (ONE, TWO, FIVE, EIGHT)]
    assert sizes == expected


def test_phases_are_setup_core_and_polish(planned: Planned) -> None:
    assert [phase.type for phase in planned.plan.phases] == ["setup", "core", "polish"]
    assert sum(len(phase.milestones) for phase in planned.plan.phases) <= 20


def test_ids_and_paths_are_unique(planned: Planned) -> None:
    ids = [task.id for task in planned.tasks]
    paths = [path for task in planned.tasks for path in task.target_files]
    assert len(set(ids)) == len(ids)
    assert len({path.casefold() for path in paths}) == len(paths)


def test_tasks_name_at_most_four_dependencies_and_no_circle(planned: Planned) -> None:
    waiting = {task.id: set(task.depends_on) for task in planned.tasks}
    assert max(len(needed) for needed in waiting.values()) <= 4
    while waiting:
        ready = {name for name, needed in waiting.items() if not needed}
        assert ready, f"a circle among {sorted(waiting)}"
        waiting = {name: needed - ready for name, needed in waiting.items() if name not in ready}


def reached(planned: Planned) -> dict[str, set[str]]:
    """The tasks that each task depends on, directly or through others."""
    tasks = {task.id: task for task in planned.tasks}
    found: dict[str, set[str]] = {}

    def visit(name: str) -> set[str]:
        if name not in found:
            found[name] = {other for near in tasks[name].depends_on for other in {near, *visit(near)}}
        return found[name]

    for name in tasks:
        visit(name)
    return found


def test_everything_needed_is_exported_by_a_task_before(planned: Planned) -> None:
    exports = {task.id: {export.name for export in task.exports} for task in planned.tasks}
    before = reached(planned)
    for task in planned.tasks:
        for need in task.needs:
            assert need.name in exports[need.task], (task.id, need)
            assert need.task in before[task.id], (task.id, need)


def test_every_import_comes_from_a_task_before(planned: Planned) -> None:
    owner = {path: task.id for task in planned.tasks for path in task.target_files}
    before = reached(planned)
    texts = texts_of(planned)
    for path, text in texts.items():
        for imported, _ in imports_of(text, texts) if path.endswith(".py") else []:
            assert owner[imported] in before[owner[path]], (path, imported)


def test_criteria_name_tests_that_exist(planned: Planned) -> None:
    texts = texts_of(planned)
    tests = [one.test for task in planned.tasks for one in task.acceptance_criteria if one.test]
    assert tests
    for test in tests:
        path, name = test.split("::")
        assert f"def {name}(" in texts[path]


def test_the_plan_is_accepted_by_the_rules_of_planning(planned: Planned) -> None:
    """Names, limits and titles as planning checks them; its module is above us, so the rules are repeated here."""
    assert all(0 < len(task.title) <= 200 and len(task.subtasks) <= 7 for task in planned.tasks)
    assert all(task.acceptance_criteria for task in planned.tasks)
    assert all(task.estimated_minutes <= 15 for task in planned.tasks)


def test_the_same_request_gives_the_same_plan() -> None:
    first, second = plan_for(FIVE), plan_for(FIVE)
    assert first.plan == second.plan
    assert texts_of(first) == texts_of(second)


def test_files_are_of_a_readable_size(planned: Planned) -> None:
    assert max(text.count("\n") for text in texts_of(planned).values()) <= 300


def test_no_file_is_longer_than_the_line_limit(planned: Planned) -> None:
    for path, text in texts_of(planned).items():
        if path.endswith(".py"):
            assert [line for line in text.split("\n") if len(line) > 100] == [], path


def test_a_stack_without_templates_is_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = MasterPlanInputs(request=ONE, domain=plan_for(ONE).domain, stack="django")
    monkeypatch.delitem(STACKS, "django")
    with pytest.raises(StackNotOffered, match="django"):
        answer("masterplan", inputs)


def test_a_plan_is_a_plan_answer() -> None:
    assert isinstance(plan_for(ONE).plan, PlanAnswer)
    assert plan_for(ONE).plan.project_name == "Note API"
    assert plan_for(TWO).plan.project_name == "Task and Comment API"
