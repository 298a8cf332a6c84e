"""Waves and tasks by hand: run, tried again, mended; never before what they need."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from common.errors import Conflict, InvalidInput, NotFound
from execution.drafts.by_hand import draft_by_hand, fix_atom
from execution.models import DependencyGraph, Run
from execution.services.runs import ask_to_pause
from execution.services.small_runs import NotBeingBuilt
from execution.services.wave_control import NothingFailed, WaveNotReady, execute_wave, retry_wave
from integrations.llm.shapes import ProjectFile
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, Build, make_build
from tests.execution.test_modes import started

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Two waves; in the first one atom failed and one waits for a decision, which holds the second back."""
    build = make_build(
        {"app/a.py": {"good": "A = 1\n", "bad": "B = 1\n", "doubtful": "C = 1\n"}, "app/b.py": {"later": "D = 1\n"}},
        waves=[["good", "bad", "doubtful"], ["later"]],
        edges=[("bad", "later")],
        workspace=tmp_path / "workspace",
    )
    build.accept("good")
    build.set("bad", status="failed", attempts=3)
    build.set("doubtful", status="validating", awaiting_decision=True, attempts=3)
    build.set("later", status="blocked")
    return build


def test_what_failed_of_a_wave_is_tried_again_and_what_it_held_back_released(build: Build, sent: Sent) -> None:
    atoms = retry_wave(wave_id=build.waves[0].pk, hint="use ints", actor=PERSON)
    assert [atom.name for atom in atoms] == ["bad", "doubtful"]
    assert build.statuses() == {"good": "accepted", "bad": "retrying", "doubtful": "retrying", "later": "pending"}
    assert build.atom("bad").hint == "use ints"
    assert ("advance_run", build.run.pk) in sent


def test_a_wave_of_which_nothing_failed_has_nothing_to_be_tried_again(build: Build) -> None:
    with pytest.raises(NothingFailed) as refused:
        retry_wave(wave_id=build.waves[1].pk, actor=PERSON)
    assert refused.value.detail == "No atom of wave 2 failed or waits for a decision; the wave is pending."


def test_a_wave_of_a_completed_plan_of_which_nothing_failed_begins_no_small_run(build: Build) -> None:
    Run.objects.update(status="completed")
    MasterPlan.objects.update(status="completed")
    with pytest.raises(NothingFailed):
        retry_wave(wave_id=build.waves[1].pk, actor=PERSON)
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "hint"),
    [("cancelled", "Only a plan under way or completed is changed."), ("failed", "Resume it first.")],
)
def test_a_wave_of_a_plan_given_up_is_refused_with_what_can_be_done(build: Build, status: str, hint: str) -> None:
    Run.objects.update(status="cancelled")
    MasterPlan.objects.update(status=status)
    for call in (execute_wave, retry_wave):
        with pytest.raises(NotBeingBuilt) as refused:
            call(wave_id=build.waves[0].pk, actor=PERSON)
        assert refused.value.hint == hint


def test_an_atom_of_a_plan_given_up_takes_no_text_by_hand(build: Build, checks: object) -> None:
    Run.objects.update(status="cancelled")
    MasterPlan.objects.update(status="cancelled")
    with pytest.raises(NotBeingBuilt):
        fix_atom(task_id=build.task.pk, atom_id=build.atoms["good"].pk, code="A = 2\n", actor=PERSON)
    assert build.atom("good").revisions.count() == 1


def test_attempts_that_are_spent_stay_spent(build: Build) -> None:
    for name in ("bad", "doubtful"):
        build.set(name, attempts=6)
    with pytest.raises(Conflict):
        retry_wave(wave_id=build.waves[0].pk, actor=PERSON)


def test_executing_a_wave_resumes_a_paused_plan(build: Build, sent: Sent) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    execute_wave(wave_id=build.waves[0].pk, actor=PERSON)
    assert (build.current_run().status, build.atom("bad").status) == ("running", "retrying")
    assert ("advance_run", build.run.pk) in sent


def test_no_wave_runs_before_an_earlier_one_that_is_open(build: Build) -> None:
    retry_wave(wave_id=build.waves[0].pk, actor=PERSON)
    with pytest.raises(WaveNotReady) as refused:
        execute_wave(wave_id=build.waves[1].pk, actor=PERSON)
    assert refused.value.context["open_waves"] == [1]


def test_waves_of_an_earlier_graph_and_of_plans_given_up_are_not_run(build: Build) -> None:
    with pytest.raises(NotFound):
        execute_wave(wave_id=uuid.uuid4(), actor=PERSON)
    Run.objects.update(status="cancelled")
    with pytest.raises(NotBeingBuilt):
        execute_wave(wave_id=build.waves[0].pk, actor=PERSON)
    Run.objects.update(status="running")
    DependencyGraph.objects.create(plan=build.plan, version=2, atoms=0, edges=0, depth=0, waves_total=0)
    with pytest.raises(NotFound):
        execute_wave(wave_id=build.waves[0].pk, actor=PERSON)


def test_the_waves_of_a_plan_are_told_and_without_any_it_is_said_why(
    build: Build, client_of: Callable[[User | None], APIClient]
) -> None:
    client = client_of(build.plan.owner)
    answer = client.post(reverse("execution-waves"), {"masterplan_id": str(build.plan.pk)})
    assert [wave["number"] for wave in answer.json()["waves"]] == [1, 2]
    assert answer.json()["graph"]["id"] == str(build.graph.pk)
    build.graph.delete()
    refused = client.post(reverse("execution-waves"), {"masterplan_id": str(build.plan.pk)})
    assert (refused.status_code, refused.json()["code"]) == (409, "waves_not_made")


def test_an_atom_is_mended_through_its_task(
    build: Build, client_of: Callable[[User | None], APIClient], checks: object
) -> None:
    address = reverse("task-fix", args=[build.task.pk])
    client = client_of(build.plan.owner)
    answer = client.post(address, {"atom": str(build.atoms["bad"].pk), "code": "B = 2\n"})
    assert answer.status_code == 202, answer.content
    assert (build.atom("bad").status, build.atom("bad").accepted.text) == ("accepted", "B = 2\n")  # type: ignore[union-attr]  # it is
    assert client.post(address, {"atom": str(uuid.uuid4()), "code": "B = 2\n"}).status_code == 404
    bodies: list[dict[str, Any]] = [{}, {"atom": str(uuid.uuid4())}, {"files": []}, {"code": "x"}]
    for wrong in bodies:
        assert client.post(address, wrong, format="json").status_code == 400


# -- a draft by hand ---------------------------------------------------------------------------------------------------

FILE = ProjectFile(path="app/file_1.py", text="def name_1() -> None:\n    return None\n")


@pytest.fixture
def undrafted() -> Task:
    """No model could make code for the first task."""
    plan: MasterPlan = started().plan
    task: Task = plan.tasks.earliest("number")
    Task.objects.filter(pk=task.pk).update(status="failed", last_error="refused")
    return task


def test_code_by_hand_is_the_draft_of_a_task_that_has_none(undrafted: Task, sent: Sent) -> None:
    sent.clear()
    task = draft_by_hand(task_id=undrafted.pk, files=[FILE], actor=PERSON)
    assert (task.status, task.draft, task.last_error) == ("in_progress", [FILE.model_dump()], "")
    assert [message[0] for message in sent] == ["advance_run"]
    with pytest.raises(Conflict):
        draft_by_hand(task_id=undrafted.pk, files=[FILE], actor=PERSON)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([], "app/file_1.py is missing"),
        ([FILE.model_copy(update={"text": "def ("})], "does not parse"),
        ([FILE.model_copy(update={"text": "x = 1\n"})], "must define name_1"),
        ([FILE, ProjectFile(path="other.py", text="")], "other.py is not a file of this task"),
    ],
)
def test_code_by_hand_keeps_the_contract_too(undrafted: Task, files: list[ProjectFile], problem: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft_by_hand(task_id=undrafted.pk, files=files, actor=PERSON)
    assert problem in "\n".join(refused.value.context["problems"])
    undrafted.refresh_from_db()
    assert (undrafted.status, undrafted.draft) == ("failed", None)


def test_a_task_that_was_left_out_takes_no_code(undrafted: Task) -> None:
    Task.objects.filter(pk=undrafted.pk).update(status="skipped")
    with pytest.raises(Conflict):
        draft_by_hand(task_id=undrafted.pk, files=[FILE], actor=PERSON)
