"""After completion: a change of an atom is a small run of its own, and the plan stays completed."""

from __future__ import annotations

import types
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from common.errors import TransitionConflict
from execution.closing import closing
from execution.closing.closing import close_run
from execution.models import Run
from execution.output.done import DoneReport
from execution.output.report import Asked, Built, Costs, Report, TestResults, Times
from execution.projection import workspace_of
from execution.services.advance import advance_run
from execution.services.cancelling import cancel_plan
from execution.services.decisions import edit_atom, reject_atom
from execution.services.runs import ask_to_pause, reported_run, resume_run
from execution.services.small_runs import NotBeingBuilt
from execution.services.trying_again import retry_task, try_again
from execution.states import RunStatus, Stage
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, Build, at_once, make_build
from tests.execution.conftest import Checks

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A plan that was completed by a run of ten minutes."""
    build = make_build(
        {"app/a.py": {"first": "x = 1\n"}, "app/b.py": {"second": "y = 1\n"}},
        waves=[["first"], ["second"]],
        edges=[("first", "second")],
        workspace=tmp_path / "workspace",
    )
    build.accept("first", "second")
    Task.objects.update(status="done", draft=[{"path": "app/a.py", "text": "x = 1\n"}])
    end = timezone.now()
    Run.objects.update(
        status="completed", stage="finished", started_at=end - timedelta(minutes=10), finished_at=end, report={"a": 1}
    )
    MasterPlan.objects.update(status="completed", progress_percent=100, actual_minutes=10)
    return build


def small_run(build: Build) -> Run:
    return Run.objects.exclude(pk=build.run.pk).get()


def test_an_atom_tried_again_begins_a_small_run_at_the_waves(build: Build, sent: Sent) -> None:
    try_again(atom=build.atom("first"), hint="use a list", actor=PERSON)

    run = small_run(build)
    assert (run.status, run.stage, run.mode) == ("running", "waves", "v2_atoms")
    assert (run.atoms_total, run.atoms_accepted) == (2, 2)
    assert build.current_plan().status == "completed"
    assert build.statuses() == {"first": "retrying", "second": "accepted"}
    assert Task.objects.get().status == "in_progress"
    assert [event["stage"] for event in build.events("masterplan_execution_start")] == ["waves"]
    assert sent == [("advance_run", run.pk)]
    advance_run(run.pk)
    assert sent[-1][0::2] == ("run_round", "first")


def test_a_task_can_be_tried_again_after_completion(build: Build) -> None:
    retry_task(task_id=build.task.pk, hint="say more", actor=PERSON)
    assert build.statuses() == {"first": "retrying", "second": "retrying"}
    assert small_run(build).stage == Stage.WAVES


def test_a_second_change_joins_the_small_run(build: Build) -> None:
    try_again(atom=build.atom("first"), hint="", actor=PERSON)
    try_again(atom=build.atom("second"), hint="", actor=PERSON)
    assert Run.objects.count() == 2


@pytest.mark.parametrize("status", ["failed", "cancelled", "rejected"])
def test_a_plan_that_was_given_up_is_not_changed(build: Build, status: str) -> None:
    MasterPlan.objects.update(status=status)
    with pytest.raises(NotBeingBuilt):
        try_again(atom=build.atom("first"), hint="", actor=PERSON)
    assert build.atom("first").status == "accepted"


def test_an_edit_after_completion_is_tested_and_reported_again(build: Build, checks: list[Checks], sent: Sent) -> None:
    assert edit_atom(atom_id=build.atoms["first"].pk, code="x = 2\n", actor=PERSON).accepted
    run = small_run(build)
    assert Task.objects.get().status == "ready_for_test"
    advance_run(run.pk)
    assert small_run(build).stage == Stage.INFRASTRUCTURE
    assert build.current_plan().status == "completed"


def test_a_rejection_after_completion_waits_for_what_to_do_instead(build: Build) -> None:
    reject_atom(atom_id=build.atoms["first"].pk, actor=PERSON, reason="wrong idea")
    advance_run(small_run(build).pk)
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason, small_run(build).status) == ("completed", "pending_decision", "paused")

    try_again(atom=build.atom("first"), hint="a list", actor=PERSON)
    resume_run(plan=plan, actor=PERSON)
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason, plan.pause_detail, small_run(build).status) == (
        "completed", "", "", "running"
    )  # fmt: skip


def test_a_small_run_is_paused_and_resumed_by_hand(build: Build) -> None:
    with pytest.raises(TransitionConflict):
        ask_to_pause(plan=build.current_plan(), actor=PERSON)
    try_again(atom=build.atom("first"), hint="", actor=PERSON)
    assert ask_to_pause(plan=build.current_plan(), actor=PERSON) is True
    assert ask_to_pause(plan=build.current_plan(), actor=PERSON) is True
    assert (small_run(build).status, build.current_plan().status) == ("paused", "completed")
    resume_run(plan=build.current_plan(), actor=PERSON)
    assert small_run(build).status == "running"


def test_the_report_of_the_plan_stays_until_there_is_a_new_one(build: Build) -> None:
    try_again(atom=build.atom("first"), hint="", actor=PERSON)
    reported = reported_run(build.plan.pk)
    assert reported is not None
    assert reported.pk == build.run.pk


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[DoneReport]:
    """What the sandbox and the files would say at the end."""
    report = Report(
        project_name="Task tracker",
        asked=Asked(request="tasks", plan="1", version=1),
        built=Built.from_files({}, tasks_done=1, tasks_total=1, atoms_accepted=2, atoms_total=2, waves=2, commit=""),
        tests=TestResults(ran=True, passed=1, failed=0),
        costs=Costs(by_purpose=[], estimate=Decimal(0)),
        times=Times(by_stage=[], total_seconds=1, estimate_seconds=1),
    )
    done: list[DoneReport] = []
    monkeypatch.setattr(closing, "judge_tasks", lambda run: done)
    monkeypatch.setattr(closing, "record_done", lambda run, reports: [])
    monkeypatch.setattr(closing, "gather_report", lambda run, reports: report)
    monkeypatch.setattr(closing, "_with_words", lambda run, report: report)
    monkeypatch.setattr(closing, "stop_checking", lambda plan: types.SimpleNamespace())
    return done


def at_its_end(build: Build) -> Run:
    run = small_run(build)
    Run.objects.filter(pk=run.pk).update(stage=Stage.CLOSING, started_at=timezone.now() - timedelta(minutes=5))
    return Run.objects.select_related("plan").get(pk=run.pk)


def test_a_small_run_ends_with_a_report_a_tag_of_its_own_and_the_minutes_of_both(
    build: Build, judged: list[DoneReport], sent: Sent
) -> None:
    workspace = workspace_of(build.plan).open_or_create()
    workspace.write({"a.txt": "1"})
    workspace.commit("one")
    workspace.tag("v1")
    try_again(atom=build.atom("first"), hint="", actor=PERSON)

    close_run(at_its_end(build))

    run, plan = small_run(build), build.current_plan()
    assert (run.status, run.stage, plan.status) == ("completed", "finished", "completed")
    assert float(plan.actual_minutes) == pytest.approx(15, abs=0.1)
    assert workspace.log()[0].tags == ("v1.1",)
    assert len(build.events("complete")) == 1
    assert sent[-1] == ("learn", plan.pk)


def test_a_run_that_was_sent_back_while_it_was_closed_is_not_completed(build: Build, judged: list[DoneReport]) -> None:
    try_again(atom=build.atom("first"), hint="", actor=PERSON)
    run = at_its_end(build)
    try_again(atom=build.atom("second"), hint="", actor=PERSON)
    close_run(run)
    assert (small_run(build).status, small_run(build).stage) == (RunStatus.RUNNING, Stage.WAVES)


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_after_completion_make_one_small_run(build: Build) -> None:
    calls = [lambda name=name: try_again(atom=build.atom(name), hint="", actor=PERSON) for name in build.atoms]
    answers = at_once(*calls)
    assert {type(answer).__name__ for answer in answers} == {"Atom"}
    assert Run.objects.count() == 2
    assert set(build.statuses().values()) == {"retrying"}


def test_a_completed_plan_without_a_small_run_is_neither_paused_nor_cancelled(build: Build) -> None:
    for call in (ask_to_pause, cancel_plan, resume_run):
        with pytest.raises(TransitionConflict):
            call(plan=build.current_plan(), actor=PERSON)
