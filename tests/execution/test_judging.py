"""First attempts: the draft as it stands, claimed once, only while the run runs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from execution.models import Atom, AtomAttempt, Round, Run
from execution.services.cancelling import cancel_plan
from execution.waves import judging
from execution.waves.judging import judge_drafts
from execution.waves.opening import release_lost_claims
from tests.execution.building import PERSON, Build, at_once, make_build

pytestmark = pytest.mark.django_db

FILES = {
    "app/a.py": {"first": "import os\n", "second": "def second():\n    return 2\n"},
    "app/b.py": {"broken": "def broken(:\n"},
}


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(FILES, workspace=tmp_path)


@pytest.fixture
def round_(build: Build) -> Round:
    return build.open_round("first", "second", "broken")


def ids(build: Build, *names: str) -> list[uuid.UUID]:
    return [build.atoms[name].pk for name in names or build.atoms]


def test_each_draft_is_one_attempt_and_only_what_does_not_parse_has_failed_alone(build: Build, round_: Round) -> None:
    assert judge_drafts(round_.pk, ids(build)) == 3

    assert set(build.statuses().values()) == {"validating"}
    rows = {row.atom.name: row for row in AtomAttempt.objects.select_related("atom")}
    assert {name: row.success for name, row in rows.items()} == {"first": None, "second": None, "broken": False}
    assert rows["first"].code == "import os\n"
    assert rows["first"].revision_id == build.atoms["first"].current_id
    assert [error["layer"] for error in rows["broken"].errors] == ["syntax"]
    atom = build.atom("first")
    assert (atom.attempts, atom.claims, atom.claim, atom.claim_expires) == (1, 1, None, None)


def test_the_same_message_again_has_no_effect(build: Build, round_: Round) -> None:
    assert [judge_drafts(round_.pk, ids(build)) for _ in range(3)] == [3, 0, 0]
    assert AtomAttempt.objects.count() == 3
    assert len(build.events("atom_execution_progress")) == 3
    assert set(Atom.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.parametrize("status", ["running", "validating", "accepted", "failed", "blocked", "skipped"])
def test_only_atoms_that_wait_for_work_are_claimed(build: Build, round_: Round, status: str) -> None:
    build.set("first", status=status, accepted=build.atoms["first"].current)
    assert judge_drafts(round_.pk, ids(build, "first", "second")) == 1
    assert build.atom("first").status == status
    assert build.atom("second").status == "validating"


@pytest.mark.parametrize("status", ["paused", "cancelled", "completed"])
def test_a_run_that_does_not_run_claims_nothing(build: Build, round_: Round, status: str) -> None:
    Run.objects.update(status=status)
    assert judge_drafts(round_.pk, ids(build)) == 0
    assert set(build.statuses().values()) == {"pending"}


def test_nothing_new_begins_once_a_pause_is_asked_for_or_the_round_is_closed(build: Build, round_: Round) -> None:
    Run.objects.update(pause_asked="person")
    assert judge_drafts(round_.pk, ids(build)) == 0
    Run.objects.update(pause_asked="")
    Round.objects.update(status="closed")
    assert judge_drafts(round_.pk, ids(build)) == 0
    assert judge_drafts(uuid.uuid4(), ids(build)) == 0
    assert set(build.statuses().values()) == {"pending"}


def test_a_verdict_after_the_claim_was_lost_is_not_stored(
    build: Build, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(plan_id: uuid.UUID, paths: set[str]) -> dict[str, list[dict[str, object]]]:
        build.set("first", claim_expires=timezone.now() - timedelta(seconds=1))
        assert release_lost_claims(build.run) == 1
        return {}

    monkeypatch.setattr(judging, "_syntax_errors", slow)
    judge_drafts(round_.pk, ids(build))

    assert build.statuses() == {"first": "pending", "second": "validating", "broken": "validating"}
    assert build.atom("first").attempts == 0
    assert not AtomAttempt.objects.filter(atom__name="first").exists()


def test_a_verdict_after_the_plan_was_cancelled_is_not_stored(
    build: Build, round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled(plan_id: uuid.UUID, paths: set[str]) -> dict[str, list[dict[str, object]]]:
        cancel_plan(plan=build.plan, actor=PERSON)
        return {}

    monkeypatch.setattr(judging, "_syntax_errors", cancelled)
    judge_drafts(round_.pk, ids(build))
    assert set(build.statuses().values()) == {"skipped"}
    assert not AtomAttempt.objects.exists()


def test_lost_claims_go_back_where_they_came_from_and_spend_no_attempt(build: Build) -> None:
    past = timezone.now() - timedelta(seconds=1)
    build.set("first", status="running", claim=uuid.uuid4(), claim_expires=past)
    build.set("second", status="running", claim=uuid.uuid4(), claim_expires=past, attempts=2)
    build.set("broken", status="running", claim=uuid.uuid4(), claim_expires=timezone.now() + timedelta(seconds=60))

    assert release_lost_claims(build.run) == 2
    assert release_lost_claims(build.run) == 0

    assert build.statuses() == {"first": "pending", "second": "retrying", "broken": "running"}
    assert build.atom("second").attempts == 2


@pytest.mark.django_db(transaction=True)
def test_a_batch_sent_to_several_workers_is_judged_once(build: Build, round_: Round) -> None:
    answers = at_once(*[lambda: judge_drafts(round_.pk, ids(build))] * 4)
    assert sorted(answers) == [0, 0, 0, 3]
    assert AtomAttempt.objects.count() == 3
