"""The commands that steer a build: exit status by kind of error, words on standard error."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import asdict
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from common.changes import emit
from execution.console.command import plan_named
from execution.console.summary import summary_lines
from execution.models import Run
from execution.reconciler import Healed
from execution.services.cancelling import cancel_plan
from execution.services.runs import ask_to_pause
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, Build, make_build
from tests.factories import MasterPlanFactory, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build({"app/a.py": {"first": "import os\n"}}, workspace=tmp_path / "workspace")


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("command", ["pause", "cancel", "resume", "watch"])
@pytest.mark.parametrize("plan", ["nonsense", "", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_plan_is_wrong_use(command: str, plan: str) -> None:
    status, out, err = run(command, plan)
    assert (status, out) == (2, "")
    assert err.strip() == f"error: There is no plan {plan!r}. See manage.py status for the plans there are."


def test_a_database_of_another_version_is_told_plainly() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE planning_masterplan RENAME COLUMN original_request TO asked")
    told = "error: The database is of another version of DevMatrix. Bring it up to date with: make up\n"
    assert run("pause", "0000") == (1, "", told)


def test_a_plan_is_found_by_the_beginning_of_its_id(build: Build) -> None:
    assert plan_named(str(build.plan.pk)[:8].upper()).pk == build.plan.pk


def test_a_beginning_that_several_share_is_wrong_use() -> None:
    for last in (1, 2):
        MasterPlanFactory(pk=uuid.UUID(int=last))
    assert run("pause", "0000")[0::2] == (2, "error: 2 plans begin with '0000'. Give more of the id.\n")


def test_pausing_says_whether_it_is_done(build: Build) -> None:
    build.set("first", status="running")
    assert run("pause", str(build.plan.pk)) == (0, "Pausing as soon as what runs is finished.\n", "")
    build.set("first", status="pending")
    assert run("pause", str(build.plan.pk)) == (0, "Paused.\n", "")
    status, out, _ = run("pause", str(build.plan.pk), "--json")
    assert (status, json.loads(out)) == (0, {"plan": str(build.plan.pk), "paused": True})


@pytest.mark.parametrize(("command", "word"), [("pause", "paused"), ("cancel", "cancelled"), ("resume", "in_progress")])
def test_a_wrong_state_ends_with_1_and_names_the_legal_ones(command: str, word: str) -> None:
    plan = make_plan(status="completed")
    status, out, err = run(command, str(plan.pk))
    assert (status, out) == (1, "")
    assert f"is completed and cannot become {word}" in err
    assert "none, it is final" in err


def test_cancelling_cancels(build: Build) -> None:
    assert run("cancel", str(build.plan.pk), "--reason", "enough") == (0, "Cancelled.\n", "")
    assert build.current_plan().cancellation_reason == "enough"
    status, out, _ = run("cancel", str(build.plan.pk), "--json")
    assert (status, json.loads(out)["status"]) == (0, "cancelled")


@pytest.fixture
def stuck() -> MasterPlan:
    """Its third task failed, and so it waits."""
    plan: MasterPlan = make_plan(status="paused")
    Run.objects.create(plan=plan, mode="v2_atoms", status="paused")
    Task.objects.filter(plan=plan, number=5).update(status="failed")
    return plan


def test_a_task_is_tried_again_by_its_short_id_or_number(stuck: MasterPlan) -> None:
    go_on = f"Go on with: manage.py resume {stuck.pk}\n"
    assert run("retry", str(stuck.pk), "task_005", "--hint", "use a list") == (
        0,
        f"task_005 is tried again. {go_on}",
        "",
    )
    task = Task.objects.get(plan=stuck, number=5)
    assert (task.status, task.hint) == ("pending", "use a list")
    status, out, _ = run("retry", str(stuck.pk), "5", "--json")
    assert (status, json.loads(out)) == (0, {"plan": str(stuck.pk), "task": "task_005", "status": "pending"})


def test_a_wave_or_an_atom_is_tried_again(build: Build) -> None:
    first = next(iter(build.atoms))
    build.set(first, status="failed", attempts=3)
    status, out, _ = run("retry", str(build.plan.pk), "wave_1", "--json")
    atom_id = str(build.atoms[first].pk)
    assert (status, json.loads(out)) == (0, {"plan": str(build.plan.pk), "wave": 1, "atoms": [atom_id]})
    build.set(first, status="failed")
    assert run("retry", str(build.plan.pk), atom_id) == (0, f"{atom_id} is tried again.\n", "")
    assert build.atom(first).status == "retrying"
    wrong = "error: The plan has no wave 99. Waves are made when its code is cut and ordered.\n"
    assert run("retry", str(build.plan.pk), "wave_99") == (2, "", wrong)


def test_a_task_is_left_out_with_what_needs_it(stuck: MasterPlan) -> None:
    go_on = f"Go on with: manage.py resume {stuck.pk}\n"
    names = ["task_005 Write file 5", "task_006 Write file 6"]
    told = "".join(f"Would be left out: {name}\n" for name in names)
    assert run("skip", str(stuck.pk), "task_005", "--dry-run") == (0, told + go_on, "")
    assert not Task.objects.filter(status="skipped").exists()
    told = "".join(f"Left out: {name}\n" for name in names)
    assert run("skip", str(stuck.pk), "task_005") == (0, told + go_on, "")
    assert run("skip", str(stuck.pk), "task_005") == (0, f"Nothing more is left out.\n{go_on}", "")
    _, out, _ = run("skip", str(stuck.pk), "4", "--json")
    assert json.loads(out) == {"plan": str(stuck.pk), "skipped": ["task_004"], "dry_run": False}


@pytest.mark.parametrize("command", ["retry", "skip"])
def test_an_unknown_task_is_wrong_use(stuck: MasterPlan, command: str) -> None:
    expected = "error: The plan has no task 'task_999'. Tasks are named as in task_004.\n"
    assert run(command, str(stuck.pk), "task_999") == (2, "", expected)


def test_reconciling_says_what_it_did(build: Build) -> None:
    status, out, _ = run("reconcile")
    assert (status, out) == (0, "1 runs woken; nothing to mend.\n")
    status, out, _ = run("reconcile", "--json")
    assert json.loads(out) == asdict(Healed(runs=1))


def test_watching_tells_every_event_to_the_end_as_one_line_each(build: Build) -> None:
    emit(("plan", build.plan.pk), "atomization_complete", {"atoms": 3, "tasks": 1})
    emit(("plan", build.plan.pk), "complete", {"totals": {}})
    emit(("plan", build.plan.pk), "error", {"message": "after the end"})
    status, out, _ = run("watch", str(build.plan.pk), "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(line["type"], line["seq"]) for line in lines] == [("atomization_complete", 1), ("complete", 2)]
    _, out, _ = run("watch", str(build.plan.pk), "--json", "--since", "1")
    assert [json.loads(line)["seq"] for line in out.splitlines()] == [2]


def test_watching_passes_by_ends_that_are_past(build: Build) -> None:
    stream = ("plan", build.plan.pk)
    emit(stream, "masterplan_execution_start", {"tasks": 1, "mode": "v2_atoms"})
    for kind in ("masterplan_paused", "masterplan_resumed"):
        emit(stream, kind, {"reason": "person", "by": "ana"})
    emit(stream, "complete", {"totals": {}})
    emit(stream, "masterplan_execution_start", {"tasks": 0, "mode": "v2_atoms"})  # a small run afterwards
    emit(stream, "masterplan_paused", {"reason": "person"})
    emit(stream, "error", {"message": "after the end"})
    _, out, _ = run("watch", str(build.plan.pk), "--json")
    assert [json.loads(line)["seq"] for line in out.splitlines()] == [1, 2, 3, 4, 5, 6]


def test_a_reason_for_a_pause_is_kept(build: Build) -> None:
    run("pause", str(build.plan.pk), "--reason", "lunch")
    assert (build.current_plan().pause_reason, build.current_plan().pause_detail) == ("person", "lunch")


def test_the_summary_says_how_to_go_on_only_where_one_can(build: Build) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON, note="lunch")
    assert summary_lines(build.current_run()) == [
        "Task tracker: paused, person",
        "  lunch",
        f"  go on with: manage.py resume {build.plan.pk}",
    ]
    cancel_plan(plan=build.plan, actor=PERSON, reason="too slow")
    assert summary_lines(build.current_run()) == [
        "Task tracker: cancelled: too slow",
        f"  files so far: {build.plan.workspace_path}",
    ]


@pytest.mark.parametrize("rate", ["-0.1", "1.01", "nan", "inf"])
def test_a_fault_rate_that_is_no_share_is_refused_before_any_work(rate: str) -> None:
    status, out, err = run("build", "tasks with comments", f"--fault-rate={rate}")
    assert (status, out) == (2, "")
    assert "it must be from 0 to 1" in err
    assert not MasterPlan.objects.exists()


def test_an_out_folder_that_exists_is_refused_before_any_work(tmp_path: Path) -> None:
    status, _, err = run("build", "tasks", "--out", str(tmp_path))
    assert status == 2
    assert err == f"error: {tmp_path} exists already. Name a folder that does not.\n"


@pytest.mark.parametrize("content", [None, "{", "[]", '{"users": 1}', "\udcff"])
def test_answers_that_cannot_be_used_are_refused_before_any_work(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "answers.json"
    if content is not None:
        file.write_text(content, errors="surrogateescape")
    status, _, err = run("build", "tasks", "--answers", str(file))
    assert status == 2
    assert str(file) in err
    assert not MasterPlan.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("tasks", "--stack", "cobol"),
        ("tasks", "--mode", "fast"),
        ("tasks", "--fault-rate", "many"),
        ("tasks", "--seed", "x"),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("build", *arguments)


@pytest.mark.parametrize("request_text", ["", "   ", "\x00"])
def test_an_empty_request_is_refused(request_text: str) -> None:
    status, _, err = run("build", request_text)
    assert status == 2
    assert err.startswith("error: ")
    assert not Run.objects.exists()
