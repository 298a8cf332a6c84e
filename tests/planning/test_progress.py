"""Counters and statuses of stages follow the tasks, and equal the SQL views after any legal history."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.actors import SYSTEM
from common.changes import change
from common.errors import TransitionConflict
from common.models import PlanEvent
from planning.models import MasterPlan, Milestone, Phase, Task
from planning.selectors.plans import StageProgress, milestone_progress, phase_progress
from planning.services.progress import move_task, move_tasks, refresh_progress, stage_status
from planning.states import StageStatus, SubtaskStatus, TaskStatus, task_progress
from tests.factories import make_plan, plan_answer

T, S = TaskStatus, StageStatus


@pytest.mark.parametrize(
    ("statuses", "stage"),
    [
        ([], S.PENDING),
        ([T.PENDING, T.PENDING], S.PENDING),
        ([T.PENDING, T.IN_PROGRESS], S.IN_PROGRESS),
        ([T.DONE, T.PENDING], S.IN_PROGRESS),
        ([T.FAILED], S.IN_PROGRESS),
        ([T.DONE, T.TESTED], S.IN_PROGRESS),
        ([T.DONE, T.BLOCKED], S.BLOCKED),
        ([T.IN_PROGRESS, T.BLOCKED], S.IN_PROGRESS),
        ([T.DONE, T.SKIPPED], S.COMPLETED),
        ([T.SKIPPED], S.COMPLETED),
        ([T.CANCELLED], S.CANCELLED),
        ([T.DONE, T.CANCELLED], S.CANCELLED),
    ],
)
def test_a_stage_is_what_its_tasks_are(statuses: list[str], stage: StageStatus) -> None:
    assert stage_status(statuses) is stage


def finish(task: Task) -> None:
    for status in [T.IN_PROGRESS, T.READY_FOR_TEST, T.TESTED, T.DONE]:
        move_task(task, status, actor=SYSTEM)


@pytest.mark.django_db
def test_subtasks_are_completed_with_their_task() -> None:
    task = make_plan().tasks.earliest("number")
    move_task(task, T.IN_PROGRESS, actor=SYSTEM)
    assert [subtask.status for subtask in task.subtasks.all()] == ["in_progress"]
    for status in [T.READY_FOR_TEST, T.TESTED, T.DONE]:
        move_task(task, status, actor=SYSTEM)
    assert [(subtask.status, subtask.completed_at is not None) for subtask in task.subtasks.all()] == [
        ("completed", True)
    ]


@pytest.mark.django_db
def test_a_refused_change_leaves_subtasks_alone() -> None:
    task = make_plan().tasks.earliest("number")
    with pytest.raises(TransitionConflict):
        move_task(task, T.DONE, actor=SYSTEM)
    assert [subtask.status for subtask in task.subtasks.all()] == ["pending"]


@pytest.mark.django_db
def test_many_tasks_move_where_it_is_legal() -> None:
    plan = make_plan()
    tasks = list(plan.tasks.all())
    finish(tasks[0])
    moved = move_tasks(plan_id=plan.pk, task_ids=[task.pk for task in tasks[:3]], to=T.SKIPPED, actor=SYSTEM)
    assert {task.pk for task in moved} == {tasks[1].pk, tasks[2].pk}
    assert set(plan.subtasks.filter(task__in=moved).values_list("status", flat=True)) == {"cancelled"}


@pytest.mark.django_db
def test_tasks_of_another_plan_are_not_moved() -> None:
    mine, other = make_plan(), make_plan()
    ids = [task.pk for task in other.tasks.all()]
    assert move_tasks(plan_id=mine.pk, task_ids=ids, to=T.SKIPPED, actor=SYSTEM) == []


@pytest.mark.django_db
def test_progress_rises_from_task_to_plan_in_one_change() -> None:
    plan = make_plan()
    with change():
        finish(plan.tasks.earliest("number"))
        refreshed = refresh_progress(plan.pk, actor=SYSTEM)
    assert (refreshed.completed_tasks, refreshed.total_tasks, str(refreshed.progress_percent)) == (1, 6, "16.67")
    assert list(plan.milestones.values_list("status", flat=True)) == ["in_progress", "pending", "pending"]
    assert list(plan.phases.values_list("status", flat=True)) == ["in_progress", "pending", "pending"]
    told = list(PlanEvent.objects.filter(stream_id=plan.pk).order_by("seq").values_list("type", flat=True))
    statuses = [*["task_status_changed"] * 4, "milestone_status_changed", "phase_status_changed"]
    assert told == [*statuses, "masterplan_updated"]
    last = PlanEvent.objects.filter(stream_id=plan.pk).latest("seq").data
    assert last == {"status": "draft", "by": "", "reason": "progress", "progress_percent": 16.67}


@pytest.mark.django_db
def test_a_refresh_without_change_tells_nothing() -> None:
    plan = make_plan()
    refresh_progress(plan.pk, actor=SYSTEM)
    assert not PlanEvent.objects.filter(stream_id=plan.pk).exists()


@pytest.mark.django_db
def test_a_refresh_takes_a_fixed_number_of_queries(django_assert_num_queries: Any) -> None:
    for answer in [plan_answer(), plan_answer(phases=7, tasks_per_phase=20)]:
        plan = make_plan(answer=answer)
        with django_assert_num_queries(7):  # two of them open and close the transaction
            refresh_progress(plan.pk, actor=SYSTEM)


@pytest.mark.django_db
def test_everything_done_is_one_hundred_percent() -> None:
    plan = make_plan()
    for task in plan.tasks.all():
        finish(task)
    refreshed = refresh_progress(plan.pk, actor=SYSTEM)
    assert str(refreshed.progress_percent) == "100.00"
    assert set(Phase.objects.filter(plan=plan).values_list("status", flat=True)) == {"completed"}


@pytest.mark.parametrize(
    ("status", "code", "percent"),
    [
        (T.PENDING, 0, 0),
        (T.IN_PROGRESS, 0, 0),
        (T.IN_PROGRESS, 30, 27),
        (T.IN_PROGRESS, 100, 90),
        (T.FAILED, 30, 27),
        (T.READY_FOR_TEST, 100, 90),
        (T.TESTED, 100, 95),
        (T.DONE, 100, 100),
        (T.DONE, 0, 100),
        (T.SKIPPED, 0, 100),
    ],
)
def test_a_task_is_as_far_as_its_status_and_its_code_say(status: TaskStatus, code: int, percent: int) -> None:
    assert task_progress(status, Decimal(code)) == percent


moves = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8), st.integers(0, 100)), max_size=25)


def mean_progress(tasks: QuerySet[Task]) -> Decimal:
    shares = [task_progress(task.status, task.code_percent) for task in tasks]
    return (sum(shares, Decimal(0)) / len(shares)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.django_db
@given(history=moves)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_at_every_step_of_any_legal_history_counters_equal_the_views(history: list[tuple[int, int, int]]) -> None:
    plan = make_plan()
    tasks = list(plan.tasks.all())
    for position, choice, code in history:
        task = tasks[position]
        legal = task.machine.targets(task.status)
        with change():
            Task.objects.filter(pk=task.pk).update(code_percent=code, actual_minutes=code)
            if legal:
                move_task(task, T(legal[choice % len(legal)]), actor=SYSTEM)
            refresh_progress(plan.pk, actor=SYSTEM)
        plan_equals_its_views(MasterPlan.objects.get(pk=plan.pk))
        subtasks_follow(task)


def plan_equals_its_views(plan: MasterPlan) -> None:
    stages = phase_progress(plan.pk)
    mine = Task.objects.filter(plan=plan)

    def total(name: str) -> Any:
        return sum(getattr(stage, name) for stage in stages)

    assert plan.completed_tasks == total("completed_tasks") == mine.filter(status="done").count()
    assert (plan.failed_tasks, plan.blocked_tasks) == (total("failed_tasks"), total("blocked_tasks"))
    assert (plan.skipped_tasks, plan.total_tasks) == (total("skipped_tasks"), total("total_tasks"))
    assert (plan.progress_percent, plan.actual_minutes) == (mean_progress(mine), total("actual_minutes"))
    for stage in stages:
        stage_equals(stage, Phase.objects.get(pk=stage.id), mine.filter(milestone__phase_id=stage.id))
    for stage in milestone_progress(plan.pk):
        stage_equals(stage, Milestone.objects.get(pk=stage.id), mine.filter(milestone_id=stage.id))


def stage_equals(shown: StageProgress, row: Phase | Milestone, tasks: QuerySet[Task]) -> None:
    assert (shown.status, shown.progress_percent) == (row.status, mean_progress(tasks))
    wanted = stage_status(list(tasks.values_list("status", flat=True)))
    assert row.status == wanted or wanted not in row.machine.targets(row.status), "a legal change was left out"


def subtasks_follow(task: Task) -> None:
    """A completed subtask stays so when its task is opened again; all others are where their task is."""
    expected = {T.PENDING: {"pending", "in_progress"}, T.DONE: {"completed"}}
    expected |= {T.SKIPPED: {"cancelled", "completed"}, T.CANCELLED: {"cancelled", "completed"}}
    under_way = {"in_progress", "completed"} if task.status == T.IN_PROGRESS else {*SubtaskStatus.values}
    allowed = expected.get(T(task.status), under_way) | ({"completed"} if task.status == T.PENDING else set())
    assert set(task.subtasks.values_list("status", flat=True)) <= allowed
