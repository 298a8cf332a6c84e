"""Start, pause, resume, cancel: idempotent, refused with the legal states, sound when they race."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest
from django.db import connection, transaction
from django.utils import timezone

from common.changes import emit
from common.errors import Conflict, TransitionConflict
from common.models import Stream
from execution.models import Run
from execution.services.advance import advance_run
from execution.services.cancelling import cancel_plan
from execution.services.pausing import take_snapshot
from execution.services.runs import AlreadyRunning, NotStarted, ask_to_pause, resume_run, start_run
from execution.waves.closing import close_round
from execution.waves.judging import judge_drafts
from planning.models import ExecutionSnapshot, MasterPlan
from tests.execution.building import PERSON, Build, at_once, make_build
from tests.execution.conftest import Checks
from tests.factories import SubtaskFactory, make_plan

pytestmark = pytest.mark.django_db

FILES = {"app/a.py": {"first": "import os\n", "second": "import re\n"}}


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(FILES, workspace=tmp_path / "workspace")


def test_starting_an_approved_plan_opens_one_run_and_wakes_it(sent: list[tuple[object, ...]]) -> None:
    plan = make_plan(status="approved")

    run = start_run(plan=plan, actor=PERSON)

    plan = MasterPlan.objects.get(pk=plan.pk)
    assert (plan.status, run.status, run.stage, run.mode) == ("in_progress", "running", "code_generation", "v2_atoms")
    assert Path(plan.workspace_path).name == str(plan.pk)
    assert sent == [("advance_run", run.pk)]


@pytest.mark.parametrize("status", ["draft", "in_progress", "completed", "rejected", "cancelled"])
def test_a_plan_that_is_not_approved_cannot_be_started(status: str) -> None:
    plan = make_plan(status=status)
    with pytest.raises(TransitionConflict) as raised:
        start_run(plan=plan, actor=PERSON)
    assert raised.value.context["current"] == status
    assert raised.value.context["legal"] == plan.machine.targets(status)
    assert not Run.objects.exists()


def test_a_paused_plan_is_resumed_not_started_again(build: Build) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    with pytest.raises(AlreadyRunning):
        start_run(plan=build.current_plan(), actor=PERSON)
    assert build.current_plan().status == "paused"
    assert Run.objects.count() == 1


def test_with_nothing_in_flight_a_plan_pauses_at_once_with_a_snapshot(build: Build) -> None:
    build.set("first", status="retrying", attempts=1)

    assert ask_to_pause(plan=build.plan, actor=PERSON) is True

    assert (build.current_plan().status, build.current_run().status) == ("paused", "paused")
    snapshot = ExecutionSnapshot.objects.get()
    assert snapshot.atoms[str(build.atoms["first"].pk)] == {
        "status": "retrying",
        "revision": str(build.atom("first").current_id),
    }
    assert snapshot.taken_by == "ana"
    assert build.events("masterplan_paused")[0]["snapshot_id"] == str(snapshot.pk)
    assert ask_to_pause(plan=build.plan, actor=PERSON) is True
    assert ExecutionSnapshot.objects.count() == 1


def test_what_runs_is_finished_before_a_pause(build: Build, sent: list[tuple[object, ...]]) -> None:
    round_ = build.open_round("first", "second")
    build.set("first", status="running", claim_expires=timezone.now() + timedelta(seconds=30))

    assert ask_to_pause(plan=build.plan, actor=PERSON, note="lunch") is False
    assert (build.current_run().pause_asked, build.current_run().pause_note) == ("person", "lunch")
    assert judge_drafts(round_.pk, [build.atoms["second"].pk]) == 0
    advance_run(build.run.pk)
    assert build.current_run().status == "running"

    build.set("first", status="validating", attempts=1)
    advance_run(build.run.pk)
    assert (build.current_run().status, build.current_run().pause_asked) == ("paused", "")
    assert (build.current_plan().pause_reason, build.current_plan().pause_detail) == ("person", "lunch")
    assert build.current_run().pause_note == ""
    assert sent == []


@pytest.mark.parametrize("status", ["draft", "approved", "completed", "cancelled"])
def test_what_is_not_being_built_cannot_be_paused(status: str) -> None:
    plan = make_plan(status=status)
    with pytest.raises(TransitionConflict) as raised:
        ask_to_pause(plan=plan, actor=PERSON)
    assert raised.value.context == {"current": status, "wanted": "paused", "legal": plan.machine.targets(status)}


def test_resuming_goes_on_and_says_so_once(build: Build, sent: list[tuple[object, ...]]) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    assert resume_run(plan=build.plan, actor=PERSON).pk == build.run.pk
    assert resume_run(plan=build.plan, actor=PERSON).pk == build.run.pk
    assert (build.current_plan().status, build.current_run().status) == ("in_progress", "running")
    assert build.current_plan().pause_reason == ""
    assert len(build.events("masterplan_resumed")) == 1
    assert ExecutionSnapshot.objects.get().resumed_at is not None
    assert sent == [("advance_run", build.run.pk)] * 2


def test_resuming_takes_back_a_pause_that_has_not_come_yet(build: Build) -> None:
    Run.objects.update(pause_asked="person")
    resume_run(plan=build.plan, actor=PERSON)
    assert build.current_run().pause_asked == ""


def test_a_plan_that_was_never_started_is_not_resumed_into_no_folder() -> None:
    plan = make_plan(status="approved")
    with pytest.raises(NotStarted):
        resume_run(plan=plan, actor=PERSON)
    assert not Run.objects.exists()


@pytest.mark.parametrize("status", ["draft", "completed", "rejected", "cancelled"])
def test_what_is_over_cannot_be_resumed(status: str) -> None:
    plan = make_plan(status=status)
    with pytest.raises(TransitionConflict) as raised:
        resume_run(plan=plan, actor=PERSON)
    assert raised.value.context["legal"] == plan.machine.targets(status)


def test_cancelling_stops_everything_that_is_open_and_keeps_what_is_accepted(build: Build) -> None:
    build.accept("first")
    build.set("second", status="running", claim="00000000-0000-0000-0000-000000000001")
    subtask = SubtaskFactory(task=build.task)

    cancel_plan(plan=build.plan, actor=PERSON, reason="too slow")
    cancel_plan(plan=build.plan, actor=PERSON, reason="again")

    assert build.statuses() == {"first": "accepted", "second": "skipped"}
    assert build.atom("second").claim is None
    plan, run = build.current_plan(), build.current_run()
    assert (plan.status, plan.cancellation_reason, run.status) == ("cancelled", "too slow", "cancelled")
    build.task.refresh_from_db()
    subtask.refresh_from_db()
    assert (build.task.status, subtask.status) == ("cancelled", "cancelled")
    assert len(build.events("masterplan_cancelled")) == 1


@pytest.mark.parametrize("status", ["completed", "rejected"])
def test_what_is_over_cannot_be_cancelled(status: str) -> None:
    with pytest.raises(TransitionConflict):
        cancel_plan(plan=make_plan(status=status), actor=PERSON)


def test_a_run_that_is_paused_or_gone_does_not_advance(build: Build, sent: list[tuple[object, ...]]) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    advance_run(build.run.pk)
    cancel_plan(plan=build.plan, actor=PERSON)
    advance_run(build.run.pk)
    advance_run(build.plan.pk)  # no run has this id
    assert sent == [("learn", build.plan.pk)], "of the end of the plan, and nothing to go on with"


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_make_one_run() -> None:
    plan = make_plan(status="approved")
    answers = at_once(*[lambda: start_run(plan=plan, actor=PERSON)] * 3)
    assert sorted(type(answer).__name__ for answer in answers) == ["Run", "TransitionConflict", "TransitionConflict"]
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_resumes_at_once_all_succeed_with_one_effect(build: Build) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    answers = at_once(*[lambda: resume_run(plan=build.plan, actor=PERSON)] * 3)
    assert {getattr(answer, "pk", answer) for answer in answers} == {build.run.pk}
    assert len(build.events("masterplan_resumed")) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trial", range(3))
def test_pause_and_close_at_once_lose_nothing(build: Build, checks: list[Checks], trial: int) -> None:
    round_ = build.open_round("first", "second")
    for name in ("first", "second"):
        build.judged(round_, name)

    answers = at_once(lambda: close_round(round_.pk), lambda: ask_to_pause(plan=build.plan, actor=PERSON))

    assert answers[0] is None
    assert answers[1] in (True, False)
    advance_run(build.run.pk)
    assert (build.current_plan().status, build.current_run().status) == ("paused", "paused")
    assert set(build.statuses().values()) == {"accepted"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trial", range(3))
def test_pause_resume_cancel_and_advance_at_once_do_not_deadlock(build: Build, trial: int) -> None:
    answers = at_once(
        lambda: advance_run(build.run.pk),
        lambda: ask_to_pause(plan=build.plan, actor=PERSON),
        lambda: resume_run(plan=build.plan, actor=PERSON),
        lambda: cancel_plan(plan=build.plan, actor=PERSON),
        lambda: advance_run(build.run.pk),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)]
    assert build.current_plan().status == "cancelled"
    assert build.current_run().status == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_a_pause_does_not_deadlock_with_a_change_that_refers_to_the_plan(build: Build) -> None:
    """References are checked at the commit, when the stream is held already, for which the pause waits then."""
    stream_held = Event()

    def refer_to_the_plan() -> None:
        with transaction.atomic():
            take_snapshot(build.plan.pk, reason="wave_completed", detail="", actor=PERSON)
            Stream.objects.filter(pk=build.plan.pk).update(kind="plan")
            stream_held.set()
            wait_until_somebody_waits_for_a_lock()

    def pause() -> bool:
        assert stream_held.wait(10)
        return ask_to_pause(plan=build.plan, actor=PERSON)

    emit(("plan", build.plan.pk), "masterplan_updated", {"status": "in_progress"})
    assert at_once(refer_to_the_plan, pause) == [None, True]
    assert build.current_plan().status == "paused"


def wait_until_somebody_waits_for_a_lock() -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    deadline = monotonic() + 10
    while monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            row = cursor.fetchone()
        if row and row[0]:
            return
        sleep(0.01)
    raise AssertionError("nobody waits")
