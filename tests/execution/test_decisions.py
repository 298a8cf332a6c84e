"""A person's decision on an atom: the text, the file, what needs it, its task."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from common.errors import Conflict, NotFound, TransitionConflict
from execution.models import AtomRevision, ValidationResult
from execution.services.decisions import accept_atom, edit_atom, regenerate_atom, reject_atom
from execution.validation.results import TreeReport
from execution.waves.checking import ChecksNotRun
from tests.execution.building import PERSON, Build, finding, make_build, report_of
from tests.execution.conftest import Checks

pytestmark = pytest.mark.django_db


@pytest.fixture
def build(tmp_path: Path) -> Build:
    build = make_build(
        {"app/a.py": {"first": "x = 1\n"}, "app/b.py": {"second": "y = 1\n"}},
        waves=[["first"], ["second"]],
        edges=[("first", "second")],
        workspace=tmp_path / "workspace",
    )
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    build.set("second", status="blocked")
    return build


def text_on_disk(build: Build, path: str) -> str | None:
    file = Path(build.plan.workspace_path) / path
    return file.read_text() if file.exists() else None


def test_accepting_keeps_the_text_and_frees_what_waited(
    build: Build, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture without a type
        accept_atom(atom_id=build.atoms["first"].pk, actor=PERSON, reason="it is fine")

    first = build.atom("first")
    assert (first.status, first.awaiting_decision, first.accepted_id) == ("accepted", False, first.current_id)
    assert first.changed_by_person is True
    assert build.atom("second").status == "pending"
    result = ValidationResult.objects.get(layer="review")
    assert (result.passed, result.reason) == (True, "ana: it is fine")
    assert text_on_disk(build, "app/a.py") == "x = 1\n"
    assert text_on_disk(build, "app/b.py") is None


def test_accepting_again_changes_nothing(build: Build) -> None:
    for _ in range(2):
        accept_atom(atom_id=build.atoms["first"].pk, actor=PERSON)
    assert ValidationResult.objects.filter(layer="review").count() == 1


@pytest.mark.parametrize("status", ["pending", "running", "retrying", "blocked", "skipped"])
def test_only_a_judged_atom_is_accepted_by_hand(build: Build, status: str) -> None:
    build.set("first", status=status, awaiting_decision=False)
    with pytest.raises(Conflict):
        accept_atom(atom_id=build.atoms["first"].pk, actor=PERSON)
    assert build.atom("first").status == status
    assert build.atom("first").changed_by_person is False


def test_a_rejected_atom_has_failed_and_holds_back_what_needs_it(build: Build) -> None:
    build.accept("first")
    build.set("second", status="pending")
    reject_atom(atom_id=build.atoms["first"].pk, actor=PERSON, reason="wrong idea")
    assert build.statuses() == {"first": "failed", "second": "blocked"}


def test_what_was_never_judged_cannot_be_rejected(build: Build) -> None:
    with pytest.raises(TransitionConflict):
        reject_atom(atom_id=build.atoms["second"].pk, actor=PERSON, reason="no")


def test_a_sound_edit_is_accepted_as_a_new_revision(
    build: Build, checks: list[Checks], django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture without a type
        outcome = edit_atom(atom_id=build.atoms["first"].pk, code="x = 2\n", actor=PERSON)

    assert (outcome.accepted, outcome.diagnostics) == (True, [])
    first = build.atom("first")
    assert first.status == "accepted"
    assert first.accepted is not None
    assert (first.accepted.text, first.accepted.origin, first.accepted.author, first.accepted.number) == (
        "x = 2\n",
        "edit",
        "ana",
        2,
    )
    assert first.current_id == first.accepted_id
    assert text_on_disk(build, "app/a.py") == "x = 2\n"


def test_an_accepted_atom_can_be_edited_and_stays_accepted(build: Build, checks: list[Checks]) -> None:
    build.accept("first")
    edit_atom(atom_id=build.atoms["first"].pk, code="x = 3\n", actor=PERSON)
    first = build.atom("first")
    assert first.status == "accepted"
    assert first.accepted is not None
    assert first.accepted.text == "x = 3\n"


def test_an_edit_that_breaks_anything_anywhere_is_refused_and_stores_nothing(
    build: Build, checks: list[Checks]
) -> None:
    def say(files: dict[str, str]) -> TreeReport:
        return (
            report_of(finding("app/b.py", 1, message="broken there")) if "x = 2" in files["app/a.py"] else report_of()
        )

    checks.append(say)  # type: ignore[arg-type]  # a mapping of files
    outcome = edit_atom(atom_id=build.atoms["first"].pk, code="x = 2\n", actor=PERSON)
    assert outcome.accepted is False
    assert [item.message for item in outcome.diagnostics] == ["broken there"]
    assert AtomRevision.objects.filter(atom=build.atoms["first"]).count() == 1
    assert build.atom("first").awaiting_decision is True


def test_an_edit_that_cannot_be_checked_is_not_taken(build: Build, checks: list[Checks]) -> None:
    checks.append(lambda files: report_of(not_run=["types"]))
    with pytest.raises(ChecksNotRun):
        edit_atom(atom_id=build.atoms["first"].pk, code="x = 2\n", actor=PERSON)
    assert AtomRevision.objects.filter(atom=build.atoms["first"]).count() == 1


def test_an_edit_that_does_not_parse_is_told_just_that(build: Build, checks: list[Checks]) -> None:
    checks.append(lambda files: report_of(finding("app/a.py", 1, layer="syntax"), not_run=["types"]))
    outcome = edit_atom(atom_id=build.atoms["first"].pk, code="x = (\n", actor=PERSON)
    assert [item.layer for item in outcome.diagnostics] == ["syntax"]


def test_an_edit_answers_for_what_was_wrong_in_its_own_lines_but_not_for_the_rest(
    build: Build, checks: list[Checks]
) -> None:
    checks.append(lambda files: report_of(finding("app/b.py", 1, message="old")))
    assert edit_atom(atom_id=build.atoms["first"].pk, code="x = 2\n", actor=PERSON).accepted is True
    build.set("first", status="validating")
    checks.append(lambda files: report_of(finding("app/a.py", 1, message="still there")))
    assert edit_atom(atom_id=build.atoms["first"].pk, code="x = 4\n", actor=PERSON).accepted is False


def test_an_edit_of_a_text_that_changed_meanwhile_is_refused(build: Build, checks: list[Checks]) -> None:
    def say(files: dict[str, str]) -> TreeReport:
        revision = AtomRevision.objects.create(
            atom=build.atoms["first"], number=AtomRevision.objects.count() + 5, text="x = 9\n", origin="attempt"
        )
        build.set("first", current=revision)
        return report_of()

    checks.append(say)  # type: ignore[arg-type]  # a mapping of files
    with pytest.raises(Conflict):
        edit_atom(atom_id=build.atoms["first"].pk, code="x = 2\n", actor=PERSON)
    assert build.atom("first").awaiting_decision is True


def test_an_edit_of_an_atom_that_is_left_out_or_not_judged_is_refused(build: Build, checks: list[Checks]) -> None:
    with pytest.raises(Conflict):
        edit_atom(atom_id=build.atoms["second"].pk, code="y = 2\n", actor=PERSON)
    assert AtomRevision.objects.filter(atom=build.atoms["second"]).count() == 1
    build.set("second", status="skipped")
    with pytest.raises(Conflict):
        edit_atom(atom_id=build.atoms["second"].pk, code="y = 2\n", actor=PERSON)


def test_regenerating_tries_once_more_with_the_reviewers_words(build: Build) -> None:
    regenerate_atom(atom_id=build.atoms["first"].pk, hint="use a list", actor=PERSON, reason="slow")
    assert (build.atom("first").status, build.atom("first").hint) == ("retrying", "use a list")


def test_decisions_on_what_does_not_exist(checks: list[Checks]) -> None:
    for call in (accept_atom, regenerate_atom, reject_atom, edit_atom):
        words = {"reject_atom": {"reason": ""}, "edit_atom": {"code": ""}, "regenerate_atom": {"hint": ""}}
        with pytest.raises(NotFound):
            call(atom_id=uuid.uuid4(), actor=PERSON, **words.get(call.__name__, {}))
