from __future__ import annotations

import pytest

from integrations.llm.shapes import PlanAnswer
from planning.plan_checks import tasks_of
from planning.plan_diff import compare
from planning.plan_edits import change_plan, change_task, remove_task
from planning.plan_restoring import restoration
from tests.factories import entity, plan_answer


def rewritten(
    before: PlanAnswer, after: PlanAnswer, *, written: set[str] | None = None, edited: bool = True
) -> set[str]:
    """Tasks that are written anew when the plan goes back from ``before`` to ``after``."""
    edits = [compare(after, before)] if edited else []
    found = restoration(before, after, number=1, written=written or set(), edits=edits)
    return {one.task.id for one in found.changed}


def test_tasks_that_are_specified_otherwise_are_written_anew_and_no_others() -> None:
    assert rewritten(change_task(plan_answer(), "task_003", {"title": "Other"}), plan_answer()) == {"task_003"}


def test_tasks_that_a_modification_wrote_anew_go_back_though_their_words_are_the_same() -> None:
    richer = change_plan(plan_answer(), {"entities": [entity().model_dump(), entity("Tag", "tags").model_dump()]})
    assert rewritten(richer, plan_answer(), written={"task_002", "task_099"}, edited=False) == {"task_002"}


def test_tasks_that_speak_of_an_entity_that_was_edited_go_back_with_it() -> None:
    first = change_task(plan_answer(), "task_004", {"description": "The routes of order lines."})
    richer = change_plan(first, {"entities": [entity().model_dump(), entity("OrderLine", "order_lines").model_dump()]})
    assert rewritten(richer, first) == {"task_004"}


@pytest.mark.parametrize(
    ("values", "count"),
    [({"conventions": ["Be brief."]}, 6), ({"stack": "django"}, 6), ({"description": "Other words"}, 0)],
)
def test_what_all_code_follows_takes_every_task_along_and_mere_words_take_none(
    values: dict[str, object], count: int
) -> None:
    assert len(rewritten(change_plan(plan_answer(), values), plan_answer())) == count


def test_where_nothing_differs_nothing_is_written_whatever_was_written_since() -> None:
    assert rewritten(plan_answer(), plan_answer(), written={"task_001"}) == set()


def test_tasks_that_come_later_are_named_as_going() -> None:
    later, first = plan_answer(), remove_task(plan_answer(), "task_006")
    found = restoration(later, first, number=1, written=set(), edits=[])
    assert ([one.task for one in found.removed], found.changed) == (["task_006"], [])
    assert found.summary == "The plan as it was in version 1: task_006 removed."
    assert len(tasks_of(first)) == 5
