from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.actors import SYSTEM, Actor
from common.changes import change, emit
from common.errors import NotFound, TransitionConflict
from common.models import PlanEvent, PlanHistory, Stream
from common.transitions import move_if_possible, transition, transition_many
from planning.models import MasterPlan, Task
from planning.states import PlanStatus, TaskStatus
from tests.factories import MasterPlanFactory, TaskFactory

pytestmark = pytest.mark.django_db


def test_a_transition_changes_the_row_the_instance_and_the_timestamp() -> None:
    plan = MasterPlanFactory()
    transition(plan, PlanStatus.APPROVED, actor=SYSTEM)
    stored = MasterPlan.objects.get(pk=plan.pk)
    assert (plan.status, stored.status) == ("approved", "approved")
    assert stored.approved_at is not None


def test_a_transition_writes_history_and_event_with_it() -> None:
    plan = MasterPlanFactory()
    transition(plan, PlanStatus.APPROVED, actor=Actor("user", "7", "ada"), reason="looks right")
    row = PlanHistory.objects.get(plan_id=plan.pk, change_type="status")
    assert (row.before, row.after, row.actor_name, row.reason) == (
        {"status": "draft"},
        {"status": "approved"},
        "ada",
        "looks right",
    )
    event = PlanEvent.objects.get(stream_id=plan.pk)
    assert (event.seq, event.type, event.data["from"], event.data["to"]) == (
        1,
        "masterplan_status_changed",
        "draft",
        "approved",
    )


def test_an_illegal_transition_names_the_current_and_the_legal_states() -> None:
    plan = MasterPlanFactory()
    with pytest.raises(TransitionConflict) as caught:
        transition(plan, PlanStatus.COMPLETED, actor=SYSTEM)
    assert caught.value.context == {
        "current": "draft",
        "wanted": "completed",
        "legal": ["approved", "rejected", "cancelled"],
    }
    assert MasterPlan.objects.get(pk=plan.pk).status == "draft"
    assert not PlanEvent.objects.filter(stream_id=plan.pk).exists()


def test_a_stale_instance_cannot_undo_what_somebody_else_did() -> None:
    plan = MasterPlanFactory()
    stale = MasterPlan.objects.get(pk=plan.pk)
    transition(plan, PlanStatus.CANCELLED, actor=SYSTEM)
    assert not move_if_possible(stale, PlanStatus.APPROVED, actor=SYSTEM)
    assert MasterPlan.objects.get(pk=plan.pk).status == "cancelled"


def test_a_stale_instance_makes_a_change_that_is_still_legal_and_tells_from_where() -> None:
    task = TaskFactory()
    stale = Task.objects.get(pk=task.pk)
    transition(task, TaskStatus.IN_PROGRESS, actor=SYSTEM)
    transition(stale, TaskStatus.CANCELLED, actor=SYSTEM)
    assert (stale.status, Task.objects.get(pk=task.pk).status) == ("cancelled", "cancelled")
    assert PlanHistory.objects.get(item_id=task.pk, after={"status": "cancelled"}).before == {"status": "in_progress"}


def test_a_change_from_the_status_that_is_known_takes_one_statement() -> None:
    task = TaskFactory()
    with CaptureQueriesContext(connection) as statements:
        transition(task, TaskStatus.IN_PROGRESS, actor=SYSTEM)
    assert [one["sql"].split()[0] for one in statements if "planning_task" in one["sql"]] == ["UPDATE"]


def test_a_deleted_item_is_not_found() -> None:
    task = TaskFactory()
    Task.objects.filter(pk=task.pk).delete()
    with pytest.raises(NotFound):
        transition(task, TaskStatus.IN_PROGRESS, actor=SYSTEM)


def test_many_rows_move_together_and_only_those_that_may() -> None:
    plan = MasterPlanFactory()
    ready = TaskFactory.create_batch(3, plan=plan)
    done = TaskFactory(plan=plan, status=TaskStatus.DONE)
    moved = transition_many(Task.objects.filter(plan=plan), TaskStatus.BLOCKED, actor=SYSTEM)
    assert {task.pk for task in moved} == {task.pk for task in ready}
    assert Task.objects.get(pk=done.pk).status == "done"
    assert PlanEvent.objects.filter(stream_id=plan.pk, type="task_status_changed").count() == 3


def test_events_of_one_change_follow_each_other_without_gaps() -> None:
    plan = MasterPlanFactory()
    with change():
        for number in range(5):
            emit(("plan", plan.pk), "cost_updated", {"number": number})
    emit(("plan", plan.pk), "cost_updated", {"number": 5})
    rows = list(PlanEvent.objects.filter(stream_id=plan.pk).values_list("seq", "data__number"))
    assert rows == [(seq, seq - 1) for seq in range(1, 7)]
    assert Stream.objects.get(pk=plan.pk).last_seq == 6


def test_a_change_that_fails_leaves_nothing_behind() -> None:
    plan = MasterPlanFactory()

    def fail_halfway() -> None:
        with change():
            transition(plan, PlanStatus.APPROVED, actor=SYSTEM)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert MasterPlan.objects.get(pk=plan.pk).status == "draft"
    assert not PlanEvent.objects.filter(stream_id=plan.pk).exists()
    assert not PlanHistory.objects.filter(plan_id=plan.pk, change_type="status").exists()


def in_threads(work: Callable[[], None], times: int) -> None:
    """Run ``work`` in parallel, each with a connection of its own."""

    def one() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_try_the_same_transition_one_wins() -> None:
    plan = MasterPlanFactory()
    wins: list[bool] = []

    def attempt() -> None:
        wins.append(move_if_possible(MasterPlan.objects.get(pk=plan.pk), PlanStatus.APPROVED, actor=SYSTEM))

    in_threads(attempt, 8)
    assert sorted(wins) == [False] * 7 + [True]
    assert PlanHistory.objects.filter(plan_id=plan.pk, change_type="status").count() == 1


@pytest.mark.django_db(transaction=True)
def test_seq_has_no_gap_when_many_write_into_one_stream() -> None:
    plan = MasterPlanFactory()

    def write() -> None:
        for _ in range(10):
            with change():
                emit(("plan", plan.pk), "cost_updated", {})
                emit(("plan", plan.pk), "cost_updated", {})

    in_threads(write, 6)
    seqs = list(PlanEvent.objects.filter(stream_id=plan.pk).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, 121))
