"""The reporting views, against rows set as they may be after a while."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from planning.models import Task
from planning.selectors.plans import executable_tasks, milestone_progress, phase_progress
from planning.states import TaskStatus
from tests.factories import MilestoneFactory, PhaseFactory, TaskFactory, depend, make_plan, plan_answer

pytestmark = pytest.mark.django_db

VIEWS = ["masterplan_executable_tasks", "masterplan_milestone_progress", "masterplan_phase_progress"]


def test_progress_counts_the_tasks_of_a_milestone_and_its_phase() -> None:
    phase = PhaseFactory()
    first, second = MilestoneFactory(phase=phase, number=1), MilestoneFactory(phase=phase, number=2)
    statuses = [TaskStatus.DONE, TaskStatus.SKIPPED, TaskStatus.FAILED, TaskStatus.BLOCKED, TaskStatus.PENDING]
    for number, status in enumerate(statuses):
        TaskFactory(
            milestone=first, status=status, estimated_minutes=number, actual_minutes=Decimal("1.5"), story_points=2
        )
    TaskFactory(milestone=second, status=TaskStatus.DONE)

    of_first, of_second = milestone_progress(phase.plan_id)
    (of_phase,) = phase_progress(phase.plan_id)

    assert (of_first.total_tasks, of_first.completed_tasks, of_first.failed_tasks) == (5, 1, 1)
    assert (of_first.blocked_tasks, of_first.skipped_tasks) == (1, 1)
    assert (of_first.progress_percent, of_second.progress_percent) == (Decimal("40.00"), Decimal("100.00"))
    assert (of_first.estimated_minutes, of_first.actual_minutes, of_first.story_points) == (10, Decimal("7.50"), 10)
    assert (of_phase.total_tasks, of_phase.completed_tasks) == (6, 2)
    assert of_phase.progress_percent == Decimal("50.00")


def test_progress_counts_the_code_of_tasks_under_way() -> None:
    milestone = MilestoneFactory()
    for status, code in [("in_progress", 30), ("in_progress", 100), ("ready_for_test", 100), ("tested", 100)]:
        TaskFactory(milestone=milestone, status=status, code_percent=code)
    (found,) = milestone_progress(milestone.plan_id)
    assert found.progress_percent == Decimal("75.50")
    assert (found.total_tasks, found.completed_tasks) == (4, 0)


def test_an_empty_stage_has_no_progress() -> None:
    milestone = MilestoneFactory()
    (empty,) = milestone_progress(milestone.plan_id)
    assert (empty.total_tasks, empty.progress_percent, empty.estimated_minutes) == (0, Decimal(0), 0)


def test_a_task_is_executable_when_everything_it_needs_is_done() -> None:
    milestone = MilestoneFactory()
    done = TaskFactory(milestone=milestone, status=TaskStatus.DONE)
    tested = TaskFactory(milestone=milestone, status=TaskStatus.TESTED)
    ready = TaskFactory(milestone=milestone)
    waiting = TaskFactory(milestone=milestone)
    depend(ready, on=done)
    depend(waiting, on=done)
    depend(waiting, on=tested)

    assert [task.id for task in executable_tasks(milestone.plan_id)] == [ready.pk]


def test_executable_tasks_come_by_priority_then_age() -> None:
    milestone = MilestoneFactory()
    for priority in ["low", "critical", "medium", "high", "critical"]:
        TaskFactory(milestone=milestone, priority=priority)

    found = executable_tasks(milestone.plan_id)

    assert [task.priority for task in found] == ["critical", "critical", "high", "medium", "low"]
    ages = list(Task.objects.filter(priority="critical").order_by("created_at").values_list("pk", flat=True))
    assert [task.id for task in found[:2]] == ages


def test_views_keep_plans_apart() -> None:
    mine, other = make_plan(), make_plan(answer=plan_answer(phases=4))
    assert len(phase_progress(mine.pk)) == 3
    assert len(phase_progress(other.pk)) == 4
    assert [task.short_id for task in executable_tasks(other.pk)] == ["task_001"]


@pytest.mark.django_db(transaction=True)
def test_the_migration_goes_back_and_forth() -> None:
    def views() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT viewname FROM pg_views WHERE viewname LIKE 'masterplan_%' ORDER BY 1")
            return [name for (name,) in cursor.fetchall()]

    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()  # upper apps go back with planning
    try:
        MigrationExecutor(connection).migrate([("planning", "0001_initial")])
        assert views() == []
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert views() == VIEWS
