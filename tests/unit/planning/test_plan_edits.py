"""Edits of a plan, and what differs between two states of one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.errors import InvalidInput, NotFound
from integrations.llm.shapes import PlanAnswer, PlanLimits
from planning import plan_edits
from planning.plan_checks import problems_of, tasks_of
from planning.plan_diff import ItemName, PlanDiff, compare, in_words
from tests.factories import plan_answer

NEW: dict[str, Any] = {
    "title": "Write the report",
    "description": "A report.",
    "type": "documentation",
    "target_files": ["docs/report.md"],
}


def ids(plan: PlanAnswer) -> list[str]:
    return [task.id for task in tasks_of(plan)]


def test_a_new_task_stands_where_it_was_put_and_gets_the_next_id() -> None:
    plan, short_id = plan_edits.add_task(plan_answer(), milestone="milestone_02_01", values=NEW, position=0)
    assert short_id == "task_007"
    assert ids(plan) == ["task_001", "task_002", "task_007", "task_003", "task_004", "task_005", "task_006"]
    assert problems_of(plan, PlanLimits()) == []


def test_a_new_task_stands_last_by_default() -> None:
    plan, _ = plan_edits.add_task(plan_answer(), milestone="milestone_01_01", values=NEW)
    assert ids(plan)[:3] == ["task_001", "task_002", "task_007"]


def test_a_milestone_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(InvalidInput, match="no milestone 'milestone_09'") as refusal:
        plan_edits.add_task(plan_answer(), milestone="milestone_09", values=NEW)
    assert refusal.value.hint == "There are: milestone_01_01, milestone_02_01, milestone_03_01."


def test_a_task_changes_and_nothing_else() -> None:
    before = plan_answer()
    after = plan_edits.change_task(before, "task_003", {"title": "Better", "priority": "high"})
    diff = compare(before, after)
    assert [(item.id, [field.name for field in item.fields]) for item in diff.tasks.modified] == [
        ("task_003", ["title", "priority"])
    ]
    assert diff == PlanDiff(tasks=diff.tasks)
    assert in_words(diff) == "task_003 changed (title, priority)"


def test_values_of_the_wrong_shape_are_named_by_field() -> None:
    with pytest.raises(InvalidInput) as refusal:
        plan_edits.change_task(plan_answer(), "task_003", {"exports": [{"name": "x"}], "estimated_minutes": 0})
    assert set(refusal.value.context["errors"]) == {"exports.0.signature", "estimated_minutes"}


def test_what_is_no_field_of_a_task_cannot_be_changed() -> None:
    with pytest.raises(InvalidInput, match="cannot be changed: id"):
        plan_edits.change_task(plan_answer(), "task_003", {"id": "task_100"})


def test_a_task_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="no task 'task_099'"):
        plan_edits.change_task(plan_answer(), "task_099", {"title": "x"})


def test_a_task_that_others_need_stays_unless_they_go_too() -> None:
    with pytest.raises(InvalidInput, match="task_004 is needed by task_005, task_006"):
        plan_edits.remove_task(plan_answer(), "task_004")
    assert ids(plan_edits.remove_task(plan_answer(), "task_004", with_dependents=True)) == [
        "task_001",
        "task_002",
        "task_003",
    ]


def test_stages_left_empty_go_and_those_after_them_depend_on_what_came_before() -> None:
    alone = plan_answer(phases=4, tasks_per_phase=1)
    for short_id in ("task_003", "task_004"):
        alone = plan_edits.change_task(alone, short_id, {"needs": [], "depends_on": []})
    after = plan_edits.remove_task(alone, "task_003")
    assert [(phase.id, phase.depends_on) for phase in after.phases] == [
        ("phase_01", []),
        ("phase_02", ["phase_01"]),
        ("phase_04", ["phase_02"]),
    ]
    diff = compare(alone, after)
    assert diff.phases.removed == [ItemName(id="phase_03", title="Phase 3")]
    assert in_words(diff).startswith("phase_03 removed, phase_04 changed (depends on), milestone_03_01 removed")


def test_a_plan_without_any_task_is_refused() -> None:
    with pytest.raises(InvalidInput, match="right shape"):
        plan_edits.remove_task(plan_answer(), "task_001", with_dependents=True)


def test_a_move_shows_as_another_milestone() -> None:
    before = plan_answer()
    after = plan_edits.move_task(before, "task_006", milestone="milestone_01_01", position=0)
    assert ids(after)[:2] == ["task_006", "task_001"]
    [change] = compare(before, after).tasks.modified
    assert [(field.name, field.before, field.after) for field in change.fields] == [
        ("milestone", "milestone_03_01", "milestone_01_01")
    ]


def test_a_circle_made_by_an_edit_is_a_problem_of_the_plan() -> None:
    after = plan_edits.change_task(plan_answer(), "task_001", {"depends_on": ["task_003"]})
    assert problems_of(after, PlanLimits()) == ["These depend on each other in a circle: task_001, task_002, task_003."]


def test_entities_are_compared_by_name() -> None:
    before = plan_answer()
    entity = before.entities[0].model_dump(mode="json")
    after = plan_edits.change_plan(
        before, {"entities": [{**entity, "description": "Work"}, {**entity, "name": "Tag", "plural": "tags"}]}
    )
    diff = compare(before, after)
    assert [item.id for item in diff.entities.added] == ["Tag"]
    assert [item.id for item in diff.entities.modified] == ["Task"]
    assert in_words(diff) == "Tag added, Task changed (description)"


def test_the_order_of_dependencies_is_no_difference() -> None:
    before = plan_edits.change_task(plan_answer(), "task_006", {"depends_on": ["task_005", "task_001"]})
    after = plan_edits.change_task(before, "task_006", {"depends_on": ["task_001", "task_005"]})
    assert compare(before, after) == PlanDiff()
    assert in_words(PlanDiff()) == "nothing changed"


@st.composite
def edited(draw: st.DrawFn) -> tuple[PlanAnswer, PlanAnswer]:
    """A plan, and what a handful of edits that are possible make of it."""
    before = plan_answer(phases=3, tasks_per_phase=3)
    plan = before
    for _ in range(draw(st.integers(1, 6))):
        short_id = draw(st.sampled_from(ids(plan)))
        milestone = draw(st.sampled_from([stage.id for phase in plan.phases for stage in phase.milestones]))
        match draw(st.sampled_from(["add", "change", "move", "remove"])):
            case "add":
                plan, _ = plan_edits.add_task(plan, milestone=milestone, values=NEW)
            case "change":
                plan = plan_edits.change_task(plan, short_id, {"title": draw(st.text(min_size=1, max_size=5))})
            case "move":
                plan = plan_edits.move_task(plan, short_id, milestone=milestone, position=draw(st.integers(0, 3)))
            case "remove" if short_id != ids(plan)[0] and short_id != "task_001":
                plan = plan_edits.remove_task(plan, short_id, with_dependents=True)
    return before, plan


@settings(deadline=None)
@given(edited())
def test_what_one_direction_adds_the_other_removes(plans: tuple[PlanAnswer, PlanAnswer]) -> None:
    there, back = compare(*plans), compare(*reversed(plans))
    assert there.tasks.added == back.tasks.removed
    assert there.tasks.removed == back.tasks.added
    assert {item.id for item in there.tasks.modified} == {item.id for item in back.tasks.modified}
    assert bool(there) == bool(back)


@settings(deadline=None)
@given(edited())
def test_ids_stay_unique_and_dependencies_are_there(plans: tuple[PlanAnswer, PlanAnswer]) -> None:
    _, after = plans
    known = ids(after)
    assert len(known) == len(set(known))
    assert {needed for task in tasks_of(after) for needed in task.depends_on} <= set(known)
    stages = [stage for phase in after.phases for stage in phase.milestones]
    assert all(stage.tasks for stage in stages)
    assert {needed for phase in after.phases for needed in phase.depends_on} <= {phase.id for phase in after.phases}
