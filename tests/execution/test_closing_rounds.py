"""The callback of a round: who is charged, who goes on, who waits; once, whoever calls it and however often."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.errors import ServiceUnavailable
from execution.models import Atom, AtomAttempt, DependencyGraph, FailureAnalysis, Round, Run, ValidationResult, Wave
from execution.services.advance import advance_run
from execution.services.cancelling import cancel_plan
from execution.services.decisions import accept_atom, reject_atom
from execution.services.runs import resume_run
from execution.services.trying_again import try_again
from execution.validation.results import TreeReport, not_run
from execution.waves import checking, closing
from execution.waves.closing import close_round
from execution.waves.dependents import block_dependents, release_dependents
from execution.waves.revisions import new_revision
from planning.models import Task
from tests.execution.building import PERSON, Build, at_once, finding, make_build, report_of
from tests.execution.conftest import Checks

pytestmark = pytest.mark.django_db

FILES = {
    "app/a.py": {
        "imports": "import os\n",
        "first": "def first():\n    return 1\n",
        "second": "def second():\n    return 2\n",
    }
}


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(FILES, workspace=tmp_path / "workspace")


def judged_round(build: Build, *names: str, attempt: int = 1) -> Round:
    round_ = build.open_round(*names, number=attempt)
    for name in names:
        build.judged(round_, name, attempt=attempt)
    return round_


def test_atoms_without_findings_are_accepted_with_confidence_and_the_wave_is_completed(
    build: Build, checks: list[Checks]
) -> None:
    round_ = judged_round(build, "imports", "first", "second")

    close_round(round_.pk)

    assert build.statuses() == {"imports": "accepted", "first": "accepted", "second": "accepted"}
    assert build.atom("first").accepted_id == build.atoms["first"].current_id
    assert float(build.atom("first").confidence or 0) > 0.9
    assert Wave.objects.get(pk=build.waves[0].pk).status == "completed"
    assert Round.objects.get(pk=round_.pk).status == "closed"
    assert [event["succeeded"] for event in build.events("wave_execution_complete")] == [3]
    build.task.refresh_from_db()
    assert build.task.status == "ready_for_test"
    run = build.current_run()
    assert (run.atoms_accepted, run.atoms_failed) == (3, 0)


@pytest.mark.django_db(transaction=True)
def test_a_round_stays_closed_when_the_next_step_finds_no_broker(
    build: Build, checks: list[Checks], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(run_id: object) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr(closing, "advance_run", refuse)
    round_ = judged_round(build, "imports", "first", "second")

    close_round(round_.pk)

    assert "Connection refused" in caplog.text
    assert Round.objects.get(pk=round_.pk).status == "closed"
    assert set(build.statuses().values()) == {"accepted"}
    assert build.current_run().status == "running"


def test_a_finding_is_charged_to_the_atom_whose_lines_it_names(build: Build, checks: list[Checks]) -> None:
    checks.append(lambda files: report_of(finding("app/a.py", 3, message="first is wrong")))
    round_ = judged_round(build, "imports", "first", "second")

    close_round(round_.pk)

    assert build.statuses() == {"imports": "accepted", "first": "retrying", "second": "accepted"}
    assert [row["message"] for row in build.atom("first").feedback] == ["first is wrong"]
    assert dict(AtomAttempt.objects.values_list("atom__name", "success")) == {
        "imports": True,
        "first": False,
        "second": True,
    }
    assert build.events("wave_execution_complete") == []
    assert Wave.objects.get().status == "validating"
    build.task.refresh_from_db()
    assert build.task.status == "in_progress"


def test_progress_follows_the_share_of_atoms_that_are_accepted(build: Build, checks: list[Checks]) -> None:
    checks.append(lambda files: report_of(finding("app/a.py", 3)))
    close_round(judged_round(build, "imports", "first", "second").pk)
    build.task.refresh_from_db()
    assert float(build.task.code_percent) == 76.67  # drafted, and two of three atoms of the rest
    assert float(build.current_plan().progress_percent) == 69.0
    told = [event.get("progress_percent") for event in build.events("masterplan_updated")]
    assert told == [69.0]


@pytest.mark.parametrize(("layer", "severity"), [("performance", "error"), ("types", "warning")])
def test_advice_fails_nobody(build: Build, checks: list[Checks], layer: str, severity: str) -> None:
    advice = finding("app/a.py", 3, layer=layer).model_copy(update={"severity": severity})
    checks.append(lambda files: report_of(advice))
    close_round(judged_round(build, "imports", "first", "second").pk)
    assert build.atom("first").status == "accepted"


def test_what_was_wrong_with_an_answer_alone_decides_before_the_whole(build: Build, checks: list[Checks]) -> None:
    round_ = build.open_round("imports", "first", "second")
    build.judged(round_, "imports")
    build.judged(round_, "second")
    build.judged(round_, "first", errors=[finding("app/a.py", 2, layer="syntax", message="does not parse")])

    close_round(round_.pk)

    assert build.statuses() == {"imports": "accepted", "first": "retrying", "second": "accepted"}
    assert [row["layer"] for row in build.atom("first").feedback] == ["syntax"]


def test_pieces_of_one_function_share_their_verdict(build: Build, checks: list[Checks]) -> None:
    for name in ("first", "second"):
        build.set(name, unit="app/a.py::whole")
    checks.append(lambda files: report_of(finding("app/a.py", 3)))

    close_round(judged_round(build, "imports", "first", "second").pk)

    assert build.statuses() == {"imports": "accepted", "first": "retrying", "second": "retrying"}
    assert build.atom("second").feedback == []


@pytest.fixture
def pieces(build: Build, checks: list[Checks]) -> Build:
    """``first`` and ``second`` are pieces of one function; ``first`` was judged in vain as often as is allowed."""
    for name in ("first", "second"):
        build.set(name, unit="app/a.py::whole")
    build.accept("imports")
    checks.append(lambda files: report_of(finding("app/a.py", 3)))
    build.set("first", max_attempts=1)
    close_round(judged_round(build, "first", "second").pk)
    return build


def test_a_sound_piece_waits_for_the_decision_on_the_piece_that_failed(pieces: Build) -> None:
    assert pieces.statuses() == {"imports": "accepted", "first": "validating", "second": "blocked"}
    assert (pieces.atom("first").awaiting_decision, pieces.atom("second").awaiting_decision) == (True, False)


def test_a_sound_piece_goes_on_with_the_piece_that_is_tried_again(
    pieces: Build, sent: list[tuple[object, ...]]
) -> None:
    resume_run(plan=pieces.plan, actor=PERSON)
    try_again(atom=pieces.atom("first"), hint="", actor=PERSON)
    assert pieces.statuses() == {"imports": "accepted", "first": "retrying", "second": "pending"}
    advance_run(pieces.run.pk)
    assert sent[-1][2:] == ("first", "second")


def test_a_sound_piece_is_judged_again_when_the_other_is_accepted_and_waits_when_it_is_rejected(pieces: Build) -> None:
    reject_atom(atom_id=pieces.atoms["first"].pk, actor=PERSON, reason="no")
    assert pieces.statuses() == {"imports": "accepted", "first": "failed", "second": "blocked"}
    accept_atom(atom_id=pieces.atoms["first"].pk, actor=PERSON)
    assert pieces.statuses() == {"imports": "accepted", "first": "accepted", "second": "pending"}


def test_a_sound_piece_is_never_analysed_or_given_up_for_the_other(
    build: Build, checks: list[Checks], sent: list[tuple[object, ...]]
) -> None:
    for name in ("first", "second"):
        build.set(name, unit="app/a.py::whole", max_attempts=3)
    checks.append(lambda files: report_of(finding("app/a.py", 3)))
    build.accept("imports")
    close_round(judged_round(build, "first", "second", attempt=3).pk)
    assert [message for message in sent if message[0] == "analyse_failure"] == [
        ("analyse_failure", build.atoms["first"].pk)
    ]
    assert build.statuses()["second"] == "blocked"


def test_only_the_latest_graph_says_who_needs_whom(tmp_path: Path, checks: list[Checks]) -> None:
    build = make_build(
        {"app/a.py": {"first": "import os\n"}, "app/b.py": {"second": "import re\n"}},
        waves=[["first"], ["second"]],
        edges=[("first", "second")],
        workspace=tmp_path / "workspace",
    )
    DependencyGraph.objects.create(plan=build.plan, version=2, atoms=2, edges=0, depth=1, waves_total=1)
    block_dependents(build.plan.pk, [build.atoms["first"].pk])
    assert build.atom("second").status == "pending"
    build.set("first", status="failed")
    build.set("second", status="blocked")
    release_dependents(build.plan.pk)
    assert build.atom("second").status == "pending"


def test_an_atom_whose_attempts_are_spent_waits_and_holds_back_what_needs_it(
    tmp_path: Path, checks: list[Checks], sent: list[tuple[object, ...]]
) -> None:
    build = make_build(
        {
            "app/a.py": {"first": "def first():\n    return 1\n"},
            "app/b.py": {"second": "import os\n", "third": "import re\n"},
        },
        waves=[["first"], ["second"], ["third"]],
        edges=[("first", "second"), ("second", "third")],
        workspace=tmp_path / "workspace",
    )
    checks.append(lambda files: report_of(finding("app/a.py", 2)))
    round_ = build.open_round("first", number=3)
    build.judged(round_, "first", attempt=3)

    close_round(round_.pk)

    assert build.statuses() == {"first": "validating", "second": "blocked", "third": "blocked"}
    assert build.atom("first").awaiting_decision is True
    assert ("analyse_failure", build.atoms["first"].pk) in sent
    assert [event["attempt"] for event in build.events("atom_retry_failed")] == [3]
    assert build.current_run().atoms_failed == 1
    assert Wave.objects.get(number=1).status == "completed"
    assert build.events("wave_execution_complete")[0]["failed"] == 1
    assert build.current_run().status == "running"


def test_the_same_error_twice_is_not_paid_for_a_third_time(build: Build, checks: list[Checks]) -> None:
    def say(files: object) -> TreeReport:
        return report_of(finding("app/a.py", 3))

    checks.append(say)
    close_round(judged_round(build, "imports", "first", "second").pk)
    assert build.atom("first").status == "retrying"

    close_round(judged_round(build, "first", attempt=2).pk)

    assert build.atom("first").awaiting_decision is True
    assert build.atom("first").attempts == 2


def test_findings_on_atoms_of_later_waves_charge_nobody_and_are_kept_for_their_turn(
    tmp_path: Path, checks: list[Checks]
) -> None:
    build = make_build(
        {"app/a.py": {"first": "import os\n"}, "app/b.py": {"later": "import re\n"}},
        waves=[["first"], ["later"]],
        workspace=tmp_path / "workspace",
    )
    checks.append(lambda files: report_of(finding("app/b.py", 1, message="seen early")))

    close_round(judged_round(build, "first").pk)

    assert build.statuses() == {"first": "accepted", "later": "pending"}
    assert [row["message"] for row in build.atom("later").context["seen_before"]] == ["seen early"]
    assert build.atom("later").feedback == []


def changed_and_accepted(tmp_path: Path) -> Build:
    """An accepted ``user`` of ``used``, and a bystander; both others had a first attempt in vain."""
    build = make_build(
        {
            "app/used.py": {"used": "def used():\n    return 1\n"},
            "app/other.py": {"other": "def other():\n    return 1\n"},
            "app/user.py": {"user": "from app.used import used\n"},
        },
        edges=[("used", "user")],
        workspace=tmp_path / "workspace",
    )
    build.accept("user")
    return build


def revised(build: Build, name: str, text: str, round_: Round) -> None:
    revision = new_revision(build.atom(name), text, "attempt", "model")
    build.set(name, current=revision)
    build.judged(round_, name, attempt=2)


def test_an_error_that_a_new_text_causes_in_an_accepted_atom_is_charged_to_the_atom_it_uses(
    tmp_path: Path, checks: list[Checks]
) -> None:
    build = changed_and_accepted(tmp_path)

    def say(files: dict[str, str]) -> TreeReport:
        return report_of(finding("app/user.py", 1)) if "2" in files["app/used.py"] else report_of()

    checks.append(say)  # type: ignore[arg-type]  # a mapping of files
    round_ = build.open_round("used", "other", number=2)
    revised(build, "used", "def used():\n    return 2\n", round_)
    revised(build, "other", "def other():\n    return 3\n", round_)

    close_round(round_.pk)

    assert build.statuses() == {"used": "retrying", "other": "accepted", "user": "accepted"}


def test_an_error_that_was_in_an_accepted_atom_before_is_charged_to_nobody(
    tmp_path: Path, checks: list[Checks]
) -> None:
    """A person accepted it as it is: others must not pay for it with all their attempts."""
    build = changed_and_accepted(tmp_path)
    checks.append(lambda files: report_of(finding("app/user.py", 1)))
    round_ = build.open_round("used", "other", number=2)
    revised(build, "used", "def used():\n    return 2\n", round_)
    revised(build, "other", "def other():\n    return 3\n", round_)

    close_round(round_.pk)

    assert build.statuses() == {"used": "accepted", "other": "accepted", "user": "accepted"}


def test_too_many_lost_atoms_of_a_wave_pause_the_run(build: Build, checks: list[Checks]) -> None:
    checks.append(lambda files: report_of(finding("app/a.py", 3)))
    build.set("first", max_attempts=1)
    close_round(judged_round(build, "imports", "first", "second").pk)
    assert build.current_run().status == "paused"
    assert build.current_plan().pause_reason == "too_many_failures"
    assert build.current_plan().status == "paused"


def test_a_round_with_an_atom_not_judged_yet_is_left_open(
    build: Build, checks: list[Checks], sent: list[tuple[object, ...]]
) -> None:
    round_ = judged_round(build, "imports", "first", "second")
    build.set("second", status="running")

    close_round(round_.pk)

    round_.refresh_from_db()
    assert (round_.status, round_.claim) == ("open", None)
    assert sent == [("advance_run", build.run.pk)]


def test_closing_a_round_again_changes_nothing(build: Build, checks: list[Checks]) -> None:
    round_ = judged_round(build, "imports", "first", "second")
    close_round(round_.pk)
    before = (ValidationResult.objects.count(), len(build.events("atom_execution_complete")))
    close_round(round_.pk)
    assert (ValidationResult.objects.count(), len(build.events("atom_execution_complete"))) == before
    assert before[1] == 3


def test_a_close_whose_claim_was_taken_over_writes_nothing(
    build: Build, checks: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = judged_round(build, "imports", "first", "second")
    real = closing.judge_round

    def slow(row: Round, run: Run) -> closing.Judgement:
        judgement = real(row, run)
        Round.objects.filter(pk=row.pk).update(claim="00000000-0000-0000-0000-000000000001")
        return judgement

    monkeypatch.setattr(closing, "judge_round", slow)
    close_round(round_.pk)
    assert set(build.statuses().values()) == {"validating"}
    assert Round.objects.get(pk=round_.pk).status == "open"


def test_a_plan_cancelled_while_its_round_is_judged_stays_as_it_was(
    build: Build, checks: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = judged_round(build, "imports", "first", "second")
    build.set("first", max_attempts=1)
    real = closing.judge_round

    def and_cancelled(row: Round, run: Run) -> closing.Judgement:
        judgement = real(row, run)
        cancel_plan(plan=build.plan, actor=PERSON)
        return judgement

    monkeypatch.setattr(closing, "judge_round", and_cancelled)
    checks.append(lambda files: report_of(finding("app/a.py", 3)))

    close_round(round_.pk)

    assert set(build.statuses().values()) == {"skipped"}
    assert not Atom.objects.filter(awaiting_decision=True).exists()
    assert Wave.objects.get().status == "running"
    assert ValidationResult.objects.count() == 0
    assert build.events("wave_execution_complete") == []


def test_an_atom_that_a_person_took_up_while_it_was_judged_is_not_made_to_wait(
    build: Build, checks: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = judged_round(build, "imports", "first", "second")
    build.set("first", max_attempts=1)
    checks.append(lambda files: report_of(finding("app/a.py", 3)))
    real = closing.judge_round

    def and_retried(row: Round, run: Run) -> closing.Judgement:
        judgement = real(row, run)
        build.set("first", status="retrying", hint="try this")
        return judgement

    monkeypatch.setattr(closing, "judge_round", and_retried)
    close_round(round_.pk)
    assert (build.atom("first").status, build.atom("first").awaiting_decision) == ("retrying", False)


def test_checks_that_cannot_be_made_pause_the_run_and_leave_the_round_open(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> TreeReport:
        raise ServiceUnavailable("The disk is full.", hint="Free some space.")

    monkeypatch.setattr(checking, "check_tree", broken)
    round_ = judged_round(build, "imports", "first", "second")

    close_round(round_.pk)

    round_.refresh_from_db()
    assert (round_.status, round_.claim) == ("open", None)
    assert set(build.statuses().values()) == {"validating"}
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "service_unavailable")
    assert plan.pause_detail == "The disk is full. Free some space."


@pytest.mark.parametrize("layer", ["types", "imports", "lint", "security"])
def test_a_layer_that_decides_and_cannot_run_accepts_nobody_and_pauses(
    build: Build, checks: list[Checks], layer: str
) -> None:
    asked: list[object] = []

    def say(files: object) -> TreeReport:
        asked.append(files)
        return report_of(not_run=[layer])

    checks.append(say)
    round_ = judged_round(build, "imports", "first", "second")

    close_round(round_.pk)

    round_.refresh_from_db()
    assert (round_.status, round_.claim, len(asked)) == ("open", None, 2)
    assert set(build.statuses().values()) == {"validating"}
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "checks_not_run")
    assert plan.pause_detail.startswith(f"Nothing was accepted unchecked: {layer} could not run: ")

    checks.append(lambda files: report_of())
    resume_run(plan=plan, actor=PERSON)
    advance_run(build.run.pk)
    close_round(round_.pk)
    assert set(build.statuses().values()) == {"accepted"}


def test_a_tool_that_broke_once_is_asked_again_and_then_believed(build: Build, checks: list[Checks]) -> None:
    answers = [report_of(not_run=["types"]), report_of(finding("app/a.py", 3))]
    checks.append(lambda files: answers.pop(0))
    close_round(judged_round(build, "imports", "first", "second").pk)
    assert build.statuses() == {"imports": "accepted", "first": "retrying", "second": "accepted"}
    assert build.current_run().status == "running"


def test_layers_that_only_advise_or_have_nothing_to_look_at_hold_nobody_back(
    build: Build, checks: list[Checks]
) -> None:
    nothing = not_run("There are no Python files.", applies=False)
    layers = {**report_of(not_run=["performance"]).layers, "types": nothing}
    checks.append(lambda files: TreeReport(layers))
    close_round(judged_round(build, "imports", "first", "second").pk)
    assert set(build.statuses().values()) == {"accepted"}


def test_a_file_that_does_not_parse_does_not_keep_the_others_from_being_checked(
    tmp_path: Path, checks: list[Checks]
) -> None:
    """mypy says nothing of a tree with a syntax error: without that file it must be asked again."""
    build = make_build(
        {
            "app/a.py": {"broken": "def broken(:\n"},
            "app/b.py": {"sound": "import os\n"},
            "app/c.py": {"wrong": "x: int = ''\n"},
        },
        workspace=tmp_path / "workspace",
    )

    def say(files: dict[str, str]) -> TreeReport:
        if "app/a.py" in files:
            return report_of(finding("app/a.py", 1, layer="syntax"), not_run=["types"])
        return report_of(finding("app/c.py", 1))

    checks.append(say)  # type: ignore[arg-type]  # a mapping of files
    close_round(judged_round(build, "broken", "sound", "wrong").pk)
    assert build.statuses() == {"broken": "retrying", "sound": "accepted", "wrong": "retrying"}


def test_who_imports_a_file_that_does_not_parse_is_not_charged_with_its_absence(
    tmp_path: Path, checks: list[Checks]
) -> None:
    """The file is left out where the others are checked, and is no module there; it is one in the whole tree."""
    build = make_build(
        {"app/a.py": {"broken": "def broken(:\n"}, "app/b.py": {"user": "from app.a import broken\n"}},
        workspace=tmp_path / "workspace",
    )

    def say(files: dict[str, str]) -> TreeReport:
        if "app/a.py" in files:
            return report_of(finding("app/a.py", 1, layer="syntax"), not_run=["types"])
        absent = finding("app/b.py", 1, layer="imports", code="unresolved-import")
        return report_of(absent, finding("app/b.py", 1, code="import-not-found"))

    checks.append(say)  # type: ignore[arg-type]  # a mapping of files
    close_round(judged_round(build, "broken", "user").pk)
    assert build.statuses() == {"broken": "retrying", "user": "accepted"}


def test_what_bears_another_name_than_was_promised_is_charged_before_others_rely_on_it(
    tmp_path: Path, checks: list[Checks]
) -> None:
    texts = {"do_total_of": "def do_total_of() -> int:\n    return 1\n", "last": "def last() -> int:\n    return 2\n"}
    build = make_build({"app/a.py": texts}, waves=[["do_total_of"], ["last"]], workspace=tmp_path / "workspace")
    Task.objects.update(exports=[{"name": "total_of", "signature": "def total_of() -> int"}])
    close_round(judged_round(build, "do_total_of").pk)
    atom = build.atom("do_total_of")
    (error,) = atom.feedback
    assert (atom.status, error["code"], error["line"]) == ("retrying", "missing_export", 1)
    assert error["message"] == "app/a.py must define total_of (def total_of() -> int)."
    assert build.atom("last").status == "pending"


@pytest.mark.django_db(transaction=True)
def test_a_round_closed_from_two_places_at_once_has_one_effect(build: Build, checks: list[Checks]) -> None:
    round_ = judged_round(build, "imports", "first", "second")

    answers = at_once(*[lambda: close_round(round_.pk)] * 4)

    assert answers == [None] * 4
    assert set(build.statuses().values()) == {"accepted"}
    assert len(build.events("atom_execution_complete")) == 3
    assert len(build.events("wave_execution_complete")) == 1
    assert FailureAnalysis.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trial", range(3))
def test_cancel_and_close_at_once_neither_deadlock_nor_mix(build: Build, checks: list[Checks], trial: int) -> None:
    round_ = judged_round(build, "imports", "first", "second")

    answers = at_once(lambda: close_round(round_.pk), lambda: cancel_plan(plan=build.plan, actor=PERSON))

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert build.current_plan().status == "cancelled"
    assert set(build.statuses().values()) in ({"accepted"}, {"skipped"})
    assert Run.objects.get().status == "cancelled"


def test_the_wave_is_written_to_the_workspace_after_the_close(
    build: Build, checks: list[Checks], tmp_path: Path
) -> None:
    close_round(judged_round(build, "imports", "first", "second").pk)
    assert (tmp_path / "workspace" / "app/a.py").read_text() == "".join(FILES["app/a.py"].values())


def test_a_lost_claim_of_a_round_can_be_taken_by_another(build: Build, checks: list[Checks]) -> None:
    round_ = judged_round(build, "imports", "first", "second")
    Round.objects.filter(pk=round_.pk).update(
        claim="00000000-0000-0000-0000-000000000001", claim_expires=timezone.now() + timedelta(seconds=60)
    )
    close_round(round_.pk)
    assert Round.objects.get(pk=round_.pk).status == "open"
    Round.objects.filter(pk=round_.pk).update(claim_expires=timezone.now() - timedelta(seconds=1))
    close_round(round_.pk)
    assert Round.objects.get(pk=round_.pk).status == "closed"


def test_the_attempt_of_a_sound_piece_succeeds_when_the_piece_that_failed_is_mended(
    build: Build, checks: list[Checks]
) -> None:
    build.set("second", unit=build.atom("first").unit)
    round_ = build.open_round("first", "second")
    build.judged(round_, "first", errors=[finding("app/a.py", 2)])
    build.judged(round_, "second")
    close_round(round_.pk)
    assert [row.success for row in build.atom("second").attempt_rows.all()] == [False]

    again = build.open_round("first", "second", number=2)
    build.judged(again, "first", attempt=2)
    build.set("second", status="validating")
    close_round(again.pk)
    assert (build.atom("first").status, build.atom("second").status) == ("accepted", "accepted")
    assert [row.success for row in build.atom("second").attempt_rows.all()] == [True]
