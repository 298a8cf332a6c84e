from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.llm.shapes import Export, Need, PlanAnswer, PlanLimits, Relation, Requirement, SubtaskSpec, TaskSpec
from planning.plan_checks import new_problems, path_problem, problems_of, tasks_of
from tests.factories import entity, plan_answer

LIMITS = PlanLimits()


def with_task(number: int, **changes: Any) -> PlanAnswer:
    """A sound plan of six tasks with one of them changed."""
    plan = plan_answer()
    wanted = f"task_{number:03}"
    phases = [
        phase.model_copy(
            update={
                "milestones": [
                    milestone.model_copy(
                        update={
                            "tasks": [
                                task.model_copy(update=changes) if task.id == wanted else task
                                for task in milestone.tasks
                            ]
                        }
                    )
                    for milestone in phase.milestones
                ]
            }
        )
        for phase in plan.phases
    ]
    return plan.model_copy(update={"phases": phases})


@given(phases=st.integers(3, 7), tasks=st.integers(2, 20), subtasks=st.integers(0, 7))
@settings(max_examples=40, deadline=None)
def test_a_sound_plan_of_any_allowed_size_has_no_problems(phases: int, tasks: int, subtasks: int) -> None:
    assert problems_of(plan_answer(phases=phases, tasks_per_phase=tasks, subtasks=subtasks), LIMITS) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": "task_001"}, "The id task_001 is used more than once."),
        ({"id": "story_03"}, "The id story_03 of a task must begin with task_."),
        ({"depends_on": ["task_099"], "needs": []}, "task_003 depends on task_099, which is no task of the plan."),
        ({"depends_on": ["task_002", "task_003"]}, "task_003 depends on itself."),
        ({"depends_on": ["task_002", "task_002"]}, "task_003 names its dependency task_002 twice."),
        (
            {"depends_on": ["task_002", "task_005"]},
            "These depend on each other in a circle: task_003, task_004, task_005.",
        ),
        (
            {"needs": [Need(name="nothing", task="task_002")]},
            "task_003 needs nothing from task_002, which does not export it.",
        ),
        (
            {"needs": [Need(name="name_1", task="task_077")]},
            "task_003 needs name_1 from task_077, which is no task of the plan.",
        ),
        (
            {"needs": [Need(name="name_6", task="task_006")]},
            "task_003 needs name_6 from task_006, but does not depend on it.",
        ),
        (
            {"exports": [Export(name="name_3", signature="a"), Export(name="name_3", signature="b")]},
            "task_003 exports name_3 more than once.",
        ),
        ({"target_files": ["app/file_1.py"]}, "task_003 writes 'app/file_1.py', which task_001 writes too."),
        ({"target_files": ["App/FILE_1.py"]}, "task_003 writes 'App/FILE_1.py', which task_001 writes too."),
        ({"target_files": ["../x.py"]}, "task_003 writes '../x.py', which has empty or upward parts."),
        ({"title": " "}, "task_003 has no name."),
        ({"title": "a" * 301}, "The name of task_003 has 301 characters; at most 300 are allowed."),
        (
            {"subtasks": [SubtaskSpec(title=f"{n}") for n in range(8)]},
            "task_003 has 8 subtasks; at most 7 are allowed.",
        ),
        ({"subtasks": [SubtaskSpec(title="")]}, "A subtask of task_003 has no title, or one above 300 characters."),
    ],
)
def test_each_fault_is_named(changes: dict[str, Any], problem: str) -> None:
    assert problem in problems_of(with_task(3, **changes), LIMITS)


def test_every_requirement_is_covered_by_a_task() -> None:
    wanted = [Requirement(id="entity_Task", text="Task"), Requirement(id="rule_once", text="Only once.")]
    missing = "No task covers rule_once (Only once.)."
    assert problems_of(plan_answer(), LIMITS, wanted) == [missing]
    covering = with_task(3, covers=["rule_once", "rule_of_nobody"])
    assert problems_of(covering, LIMITS, wanted) == []
    assert new_problems(covering, plan_answer(), LIMITS, wanted) == [missing]
    assert new_problems(plan_answer(), plan_answer(), LIMITS, wanted) == []
    assert new_problems(covering, plan_answer(), LIMITS) == []


def test_a_new_entity_wants_a_task() -> None:
    more = plan_answer().model_copy(update={"entities": [entity(), entity("Tag", "tags")]})
    assert new_problems(plan_answer(), more, LIMITS, []) == ["No task covers entity_Tag (Tag)."]


def test_one_fault_is_one_problem() -> None:
    plan = with_task(3, target_files=["/etc/passwd"])
    assert problems_of(plan, LIMITS) == ["task_003 writes '/etc/passwd', which is not relative."]


def test_a_need_may_come_from_a_dependency_of_a_dependency() -> None:
    assert problems_of(with_task(4, needs=[Need(name="name_1", task="task_001")]), LIMITS) == []


def test_sizes_are_limited() -> None:
    tight = PlanLimits(min_phases=4, max_phases=7, max_milestones=2, min_tasks=7, max_dependencies=0)
    assert problems_of(plan_answer(), tight) == [
        "The plan has 3 phases; it must have 4 to 7.",
        "The plan has 3 milestones; at most 2 are allowed.",
        "The plan has 6 tasks; it must have 7 to 150.",
        *(f"task_{number:03} depends on 1 tasks; at most 0 are allowed." for number in range(2, 7)),
    ]


def test_entities_are_described_once_and_relate_to_each_other() -> None:
    task = entity().model_copy(update={"relations": [Relation(name="owner", kind="many_to_one", target="User")]})
    plan = plan_answer().model_copy(update={"entities": [task, entity()]})
    assert problems_of(plan, LIMITS) == [
        "The entity Task is described more than once.",
        "Task.owner relates to User, which is no entity of the plan.",
    ]


def test_phases_may_not_wait_for_each_other() -> None:
    plan = plan_answer()
    first = plan.phases[0].model_copy(update={"depends_on": ["phase_02"]})
    plan = plan.model_copy(update={"phases": [first, *plan.phases[1:]]})
    assert problems_of(plan, LIMITS) == ["These depend on each other in a circle: phase_01, phase_02."]


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        "app/models/user.py",
        ".env.example",
        ".github/workflows/ci.yml",
        "pages/[id].tsx",
        "a b.md",
        "x@2.svg",
    ],
)
def test_usual_paths_are_fine(path: str) -> None:
    assert path_problem(path) == ""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "a//b",
        "a/",
        "./a",
        "a/../b",
        "..",
        "a\\b",
        "C:/x",
        "a\x00b",
        "a\nb",
        ".git/config",
        ".GIT/hooks/x",
        "~/x",
        "a/$HOME",
        "a/b.",
        "a/b ",
        "é.py",
        "a" * 201,
    ],
)
def test_unsafe_paths_are_refused(path: str) -> None:
    assert path_problem(path) != ""


@given(st.text(max_size=60))
def test_a_path_that_passes_stays_below_its_folder(path: str) -> None:
    if path_problem(path) == "":
        assert not path.startswith("/")
        assert ".." not in path.split("/")
        assert path.isprintable()


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_checks_never_fail_on_a_plan_of_the_right_shape(data: st.DataObject) -> None:
    ids = st.sampled_from([f"task_{number:03}" for number in range(1, 9)] + ["phase_01", "milestone_01_01"])
    changed = with_task(
        data.draw(st.integers(1, 6)),
        id=data.draw(ids),
        depends_on=data.draw(st.lists(ids, max_size=4)),
        needs=[Need(name="name_1", task=data.draw(ids))],
        target_files=data.draw(st.lists(st.text(max_size=20), min_size=1, max_size=3)),
    )
    assert all(isinstance(problem, str) for problem in problems_of(changed, LIMITS))


def test_tasks_come_in_the_order_of_the_plan() -> None:
    tasks: list[TaskSpec] = tasks_of(plan_answer())
    assert [task.id for task in tasks] == [f"task_{number:03}" for number in range(1, 7)]
