"""Snapshots, and the ways back to them: a small run is cancelled, a paused plan resumes from an earlier state."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from common.actors import Actor
from common.errors import NotFound, TransitionConflict
from execution.models import Atom, AtomRevision, Run
from execution.projection import workspace_of
from execution.services.cancelling import cancel_plan
from execution.services.going_back import NotPaused, SnapshotDoesNotFit, resume_from
from execution.services.pausing import take_snapshot
from execution.services.runs import ask_to_pause, latest_run, resume_run
from execution.services.trying_again import try_again
from execution.waves.closing import close_round
from execution.waves.judging import judge_drafts
from execution.waves.revisions import new_revision
from planning.models import ExecutionSnapshot, MasterPlan, PlanVersion, Task
from tests.execution.building import PERSON, Build, at_once, make_build
from tests.execution.conftest import Checks

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]
FILES = {"app/a.py": {"first": "x = 1\n"}, "app/b.py": {"second": "y = 1\n"}}


@pytest.fixture
def build(tmp_path: Path) -> Build:
    build = make_build(
        FILES, waves=[["first"], ["second"]], edges=[("first", "second")], workspace=tmp_path / "workspace"
    )
    PlanVersion.objects.create(plan=build.plan, number=1, type="initial", snapshot={})
    return build


@pytest.fixture
def completed(build: Build) -> Build:
    build.accept("first", "second")
    Task.objects.update(status="done", draft=[{"path": "app/a.py", "text": "x = 1\n"}])
    Run.objects.update(status="completed", stage="finished")
    MasterPlan.objects.update(status="completed", progress_percent=100)
    return build


def accept_text(build: Build, name: str, text: str) -> None:
    """As a round of the small run would."""
    revision = new_revision(build.atom(name), text, AtomRevision.Origin.ATTEMPT, "model")
    build.set(name, status="accepted", current=revision, accepted=revision, attempts=2)


def text_of(build: Build, name: str) -> str:
    atom = build.atom(name)
    assert atom.current is not None
    return atom.current.text


def files(build: Build) -> dict[str, bytes]:
    return {path: text for path, text in workspace_of(build.plan).files_at("HEAD").items() if path.startswith("app/")}


# -- a small run is cancelled ------------------------------------------------------------------------------------------


def test_a_cancelled_small_run_leaves_everything_as_it_was(completed: Build) -> None:
    try_again(atom=completed.atom("first"), hint="shorter", actor=PERSON)
    accept_text(completed, "first", "x = 2\n")
    try_again(atom=completed.atom("second"), hint="", actor=PERSON)

    cancel_plan(plan=completed.plan, actor=PERSON, reason="Not needed.")

    run = latest_run(completed.plan.pk)
    assert run is not None
    assert (run.status, completed.current_plan().status) == ("cancelled", "completed")
    assert completed.statuses() == {"first": "accepted", "second": "accepted"}
    assert [text_of(completed, name) for name in completed.atoms] == ["x = 1\n", "y = 1\n"]
    assert Task.objects.get().status == "done"
    assert completed.current_plan().progress_percent == 100
    restored = completed.atom("first").current
    assert restored is not None
    assert (restored.origin, restored.author, restored.number) == ("restore", "ana", 3)


def test_cancelling_it_again_is_no_error_and_a_new_one_can_begin(completed: Build, sent: Sent) -> None:
    try_again(atom=completed.atom("first"), hint="", actor=PERSON)
    for _ in range(2):
        assert cancel_plan(plan=completed.plan, actor=PERSON).status == "completed"
    try_again(atom=completed.atom("first"), hint="", actor=PERSON)
    assert Run.objects.filter(status="running").count() == 1


def test_a_late_result_of_a_cancelled_small_run_changes_nothing(completed: Build, checks: list[Checks]) -> None:
    try_again(atom=completed.atom("first"), hint="", actor=PERSON)
    round_ = completed.open_round("first")
    completed.judged(round_, "first", attempt=2)
    cancel_plan(plan=completed.plan, actor=PERSON)
    close_round(round_.pk)
    round_.refresh_from_db()
    assert (round_.status, completed.atom("first").status) == ("closed", "accepted")
    assert {wave.status for wave in type(completed.waves[0]).objects.all()} <= {"pending", "completed"}


def test_a_paused_small_run_is_cancelled_too(completed: Build) -> None:
    try_again(atom=completed.atom("first"), hint="", actor=PERSON)
    ask_to_pause(plan=completed.plan, actor=PERSON)
    cancel_plan(plan=completed.plan, actor=PERSON)
    assert (completed.current_plan().status, completed.current_plan().pause_reason) == ("completed", "")


def test_a_small_run_of_which_the_beginning_was_not_kept_is_not_cancelled(completed: Build) -> None:
    try_again(atom=completed.atom("first"), hint="", actor=PERSON)
    ExecutionSnapshot.objects.all().delete()
    with pytest.raises(SnapshotDoesNotFit):
        cancel_plan(plan=completed.plan, actor=PERSON)
    assert completed.atom("first").status == "retrying"
    assert Run.objects.filter(status="running").count() == 1


@pytest.mark.django_db(transaction=True)
def test_cancelled_while_a_round_is_closed_it_is_either_way_as_it_was(completed: Build, checks: list[Checks]) -> None:
    try_again(atom=completed.atom("first"), hint="", actor=PERSON)
    round_ = completed.open_round("first")
    completed.judged(round_, "first", attempt=2)
    answers = at_once(lambda: close_round(round_.pk), lambda: cancel_plan(plan=completed.plan, actor=PERSON))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert completed.statuses() == {"first": "accepted", "second": "accepted"}
    assert text_of(completed, "first") == "x = 1\n"
    assert files(completed) == {"app/a.py": b"x = 1\n", "app/b.py": b"y = 1\n"}


# -- snapshots ---------------------------------------------------------------------------------------------------------


def test_every_wave_ends_with_a_snapshot(build: Build, checks: list[Checks]) -> None:
    round_ = build.open_round("first")
    judge_drafts(round_.pk, [build.atoms["first"].pk])
    close_round(round_.pk)
    kept = ExecutionSnapshot.objects.get(plan=build.plan)
    assert (kept.reason, kept.detail, kept.resumed_at) == ("wave_completed", "Wave 1.", None)
    states = {name: kept.atoms[str(atom.pk)]["status"] for name, atom in build.atoms.items()}
    assert states == {"first": "accepted", "second": "pending"}


def test_a_resume_is_noted_on_the_snapshot_of_its_pause_only(build: Build) -> None:
    take_snapshot(build.plan.pk, reason="wave_completed", detail="Wave 1.", actor=PERSON)
    ask_to_pause(plan=build.plan, actor=PERSON)
    resume_run(plan=build.plan, actor=PERSON)
    noted = ExecutionSnapshot.objects.filter(resumed_at__isnull=False)
    assert [snapshot.reason for snapshot in noted] == ["person"]


# -- an earlier state --------------------------------------------------------------------------------------------------


@pytest.fixture
def earlier(build: Build) -> ExecutionSnapshot:
    """Of the end of the first wave; since then the second atom was accepted and the first one changed."""
    build.accept("first")
    snapshot = take_snapshot(build.plan.pk, reason="wave_completed", detail="Wave 1.", actor=PERSON)
    build.accept("second")
    accept_text(build, "first", "x = 2\n")
    Task.objects.update(status="ready_for_test")
    Run.objects.update(stage="testing")
    return snapshot


def test_a_plan_goes_on_from_an_earlier_snapshot_as_a_new_version(
    build: Build, earlier: ExecutionSnapshot, sent: Sent
) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    run = resume_from(plan=build.plan, snapshot_id=earlier.pk, actor=Actor.of(build.plan.owner))
    assert (run.status, build.current_run().stage, build.current_plan().status) == ("running", "waves", "in_progress")
    assert build.statuses() == {"first": "accepted", "second": "retrying"}
    assert (text_of(build, "first"), Task.objects.get().status) == ("x = 1\n", "in_progress")
    version = PlanVersion.objects.get(plan=build.plan, number=2)
    assert (version.type, version.parent, build.current_plan().version) == (
        "rollback", PlanVersion.objects.get(plan=build.plan, number=1), 2
    )  # fmt: skip
    assert version.summary.endswith("1 atoms again.")
    earlier.refresh_from_db()
    assert earlier.resumed_at is not None
    assert ("advance_run", run.pk) in sent
    assert build.atom("first").revisions.count() == 3


def test_at_the_command_line_nobody_signs_the_version(build: Build, earlier: ExecutionSnapshot) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    resume_from(plan=build.plan, snapshot_id=earlier.pk, actor=Actor("user", "", "command line"))
    assert PlanVersion.objects.get(plan=build.plan, number=2).author is None


def test_only_a_paused_plan_goes_back_and_only_to_its_own_snapshots(build: Build, earlier: ExecutionSnapshot) -> None:
    with pytest.raises(NotPaused):
        resume_from(plan=build.plan, snapshot_id=earlier.pk, actor=Actor.of(build.plan.owner))
    ask_to_pause(plan=build.plan, actor=PERSON)
    with pytest.raises(NotFound):
        resume_from(plan=build.plan, snapshot_id=uuid.uuid4(), actor=Actor.of(build.plan.owner))


def test_what_was_cut_anew_since_does_not_go_back(build: Build, earlier: ExecutionSnapshot) -> None:
    ask_to_pause(plan=build.plan, actor=PERSON)
    atoms = {pk: state for pk, state in earlier.atoms.items() if pk != str(build.atoms["second"].pk)}
    ExecutionSnapshot.objects.filter(pk=earlier.pk).update(atoms=atoms)
    with pytest.raises(SnapshotDoesNotFit):
        resume_from(plan=build.plan, snapshot_id=earlier.pk, actor=Actor.of(build.plan.owner))
    assert (build.current_plan().status, build.current_plan().version) == ("paused", 1)


def test_what_was_left_out_since_stays_out(build: Build, earlier: ExecutionSnapshot) -> None:
    build.set("second", status="skipped")
    ask_to_pause(plan=build.plan, actor=PERSON)
    resume_from(plan=build.plan, snapshot_id=earlier.pk, actor=Actor.of(build.plan.owner))
    assert build.statuses() == {"first": "accepted", "second": "skipped"}


def test_over_the_api_a_snapshot_is_chosen_from_the_list(build: Build, earlier: ExecutionSnapshot) -> None:
    client = APIClient()
    client.force_authenticate(build.plan.owner)
    resume = reverse("masterplan-resume", args=[build.plan.pk])
    early = client.post(resume, {"snapshot": str(earlier.pk)}, format="json")
    assert (early.status_code, early.json()["code"], early.json()["current"]) == (409, "not_paused", "in_progress")
    ask_to_pause(plan=build.plan, actor=PERSON)
    listed = client.get(reverse("masterplan-snapshots", args=[build.plan.pk])).json()["results"]
    assert [row["reason"] for row in listed] == ["person", "wave_completed"]
    assert client.post(resume, {"snapshot": "x"}, format="json").status_code == 400
    assert client.post(resume, {"snapshot": listed[1]["id"]}, format="json").status_code == 202
    assert Atom.objects.filter(plan=build.plan, status="retrying").count() == 1


def test_nothing_that_is_over_is_cancelled(completed: Build) -> None:
    with pytest.raises(TransitionConflict):
        cancel_plan(plan=completed.plan, actor=PERSON)
