"""The project's tests as the engine takes them: what counts as passed, what fails the gate, who is sent back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from execution.acceptance.proofs import by_test
from execution.acceptance.report import Outcome, TestCase, TestReport
from execution.acceptance.starting import StartReport
from execution.closing import testing
from execution.closing.testing import MAX_TEST_ROUNDS, run_project_tests
from execution.gates import culprits, suite
from execution.levels import system
from execution.levels.results import Check, check_of
from execution.models import AcceptanceResult, GateResult, Run, ValidationResult
from execution.services.cancelling import cancel_plan
from execution.services.stages import perform_stage
from execution.states import Stage
from execution.validation.environments import Environment
from planning.models import Task
from tests.execution.building import PERSON, Build, finding, make_build

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]
TEST = "tests/test_a.py::test_one"


def case(node_id: str = TEST, outcome: Outcome = "passed", **fields: Any) -> TestCase:
    return TestCase(node_id=node_id, outcome=outcome, **fields)


def report(*cases: TestCase) -> TestReport:
    ran = [item for item in cases if item.outcome != "skipped"]
    status: Any = "failed" if any(item.red for item in cases) else "passed" if ran else "not_run"
    return TestReport(status=status, tests=cases, reason="" if ran else "No test ran.")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    build = make_build(
        {
            "app/a.py": {"first": "def first():\n    return 1\n"},
            "tests/test_a.py": {"test": "def test_one():\n    pass\n"},
        },
        workspace=tmp_path / "workspace",
        stage=Stage.TESTING,
    )
    build.accept("first", "test")
    Task.objects.filter(pk=build.task.pk).update(
        status="ready_for_test",
        acceptance_criteria=[{"text": "It works.", "priority": "must", "test": TEST}],
    )
    return build


@pytest.fixture
def outcome(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the sandbox says: ``tests``, ``start`` and ``safety``."""
    said: dict[str, Any] = {"tests": report(case()), "start": StartReport(status="passed", http_status=200)}
    said["safety"] = [Check(layer="security", passed=True)]
    monkeypatch.setattr(testing, "require", lambda level: None)
    environment = Environment(python=Path("python"), path=Path(), key="none")
    monkeypatch.setattr(system, "install", lambda files: (Check(layer="install", passed=True), environment))
    monkeypatch.setattr(system, "import_check", lambda *args: Check(layer="imports", passed=True))
    monkeypatch.setattr(system, "start_project", lambda *args, **options: said["start"])
    monkeypatch.setattr(system, "safety_checks", lambda *args: said["safety"])
    monkeypatch.setattr(suite, "run_tests", lambda *args, **options: said["tests"])
    monkeypatch.setattr(culprits, "run_tests", lambda *args, **options: said["bisected"].pop(0))
    return said


def run_tests_of(build: Build) -> None:
    run_project_tests(Run.objects.select_related("plan").get(pk=build.run.pk))


def test_green_tests_and_a_start_lead_on_to_closing(build: Build, outcome: dict[str, Any]) -> None:
    run_tests_of(build)
    assert build.current_run().stage == Stage.CLOSING
    build.task.refresh_from_db()
    assert build.task.status == "tested"
    gate = GateResult.objects.get()
    assert (gate.passed, gate.reason) == (True, "must 1 of 1, should 0 of 0")
    assert (gate.must_rate, gate.should_rate) == (Decimal(1), None)
    assert AcceptanceResult.objects.get().passed is True


@pytest.mark.parametrize(
    "cases",
    [
        [case("tests/test_b.py::test_other")],
        [case(outcome="skipped"), case("tests/test_b.py::test_other")],
        [case(f"{TEST}[1]"), case(f"{TEST}[2]", "skipped")],
        [case(f"{TEST}[1]", "skipped"), case(f"{TEST}[2]")],
        [case(outcome="xfailed"), case("tests/test_b.py::test_other")],
    ],
    ids=["missing", "skipped", "one of its cases skipped last", "one of its cases skipped first", "xfailed"],
)
def test_a_must_test_that_did_not_pass_fails_the_gate(
    build: Build, outcome: dict[str, Any], cases: list[TestCase]
) -> None:
    outcome["tests"] = report(*cases)
    run_tests_of(build)
    gate = GateResult.objects.get()
    assert (gate.passed, gate.must_rate) == (False, Decimal(0))
    assert build.current_run().stage == Stage.TESTING
    assert (build.current_plan().status, build.current_plan().pause_reason) == ("paused", "gate_failed")


@pytest.mark.parametrize(("passing", "passes"), [(18, False), (19, True)])
def test_should_tests_must_pass_to_95_percent(
    build: Build, outcome: dict[str, Any], passing: int, passes: bool
) -> None:
    names = [f"tests/test_a.py::test_{number}" for number in range(20)]
    criteria = [{"text": name, "priority": "should", "test": name} for name in names]
    Task.objects.filter(pk=build.task.pk).update(acceptance_criteria=criteria)
    outcome["tests"] = report(*[case(name) for name in names[:passing]])
    run_tests_of(build)
    assert GateResult.objects.get().passed is passes


def test_zero_tests_never_pass(build: Build, outcome: dict[str, Any]) -> None:
    outcome["tests"] = TestReport(status="not_run", reason="No test was found.")
    run_tests_of(build)
    assert build.current_run().stage == Stage.TESTING
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "tests_failed")
    assert "No test was found." in plan.pause_detail
    assert ValidationResult.objects.get(level=4, layer="tests").passed is None
    assert AcceptanceResult.objects.get().passed is None
    build.task.refresh_from_db()
    assert build.task.status == "ready_for_test"


def test_a_project_that_does_not_start_does_not_pass(build: Build, outcome: dict[str, Any]) -> None:
    outcome["start"] = StartReport(status="failed", reason="The answer was 500.")
    run_tests_of(build)
    assert build.current_run().stage == Stage.TESTING
    assert build.current_plan().pause_detail.startswith("start: The answer was 500.")
    assert ValidationResult.objects.get(layer="start").passed is False


def unsafe(severity: str, path: str = "app/a.py") -> Check:
    told = finding(path, 2, layer="security", code="B602", message="A shell is started.")
    return check_of("security", [told.model_copy(update={"severity": severity})], run=1)


def test_unsafe_code_sends_its_atom_back_with_what_was_found(build: Build, outcome: dict[str, Any]) -> None:
    outcome["safety"] = [unsafe("error")]
    run_tests_of(build)
    first = build.atom("first")
    assert (first.status, [row["message"] for row in first.feedback]) == ("retrying", ["A shell is started."])
    assert (build.current_run().stage, build.current_run().test_rounds) == (Stage.WAVES, 1)
    kept = ValidationResult.objects.get(level=4, layer="security")
    assert (kept.passed, kept.errors[0]["label"], kept.errors[0]["line"]) == (False, "app/a.py:first", 2)


def test_what_is_still_unsafe_after_the_last_round_is_shown_to_a_person(build: Build, outcome: dict[str, Any]) -> None:
    outcome["safety"] = [unsafe("error")]
    Run.objects.update(test_rounds=MAX_TEST_ROUNDS - 1)
    run_tests_of(build)
    assert build.atom("first").status == "accepted"
    assert build.current_plan().pause_detail == "security: app/a.py: A shell is started."


@pytest.mark.parametrize(
    "safety",
    [unsafe("warning"), Check(layer="security", passed=None, reason="No bandit.", applies=False)],
    ids=["a warning", "not run"],
)
def test_a_doubt_about_safety_is_told_and_holds_nothing_up(
    build: Build, outcome: dict[str, Any], safety: Check
) -> None:
    outcome["safety"] = [safety]
    run_tests_of(build)
    assert build.current_run().stage == Stage.CLOSING
    kept = ValidationResult.objects.get(level=4, layer="security")
    assert (kept.passed, kept.reason, [row["label"] for row in kept.warnings]) == (
        safety.passed,
        safety.reason,
        ["app/a.py:first"] * len(safety.warnings),
    )


def test_what_no_atom_is_charged_with_pauses_at_once(build: Build, outcome: dict[str, Any]) -> None:
    outcome["safety"] = [unsafe("error", path="Dockerfile")]
    run_tests_of(build)
    assert build.current_plan().pause_detail == "security: Dockerfile: A shell is started."


def red() -> TestReport:
    lines = {TEST: {"app/a.py": frozenset({1, 2}), "tests/test_a.py": frozenset({1, 2})}}
    failing = case(outcome="failed", message="assert 1 == 2", frames=(("tests/test_a.py", 2), ("app/a.py", 2)))
    return TestReport(status="failed", tests=(failing,), coverage=lines)


def test_a_red_test_sends_the_code_it_ran_back_to_its_wave(build: Build, outcome: dict[str, Any]) -> None:
    outcome["tests"] = red()
    run_tests_of(build)
    first = build.atom("first")
    assert (first.status, first.max_attempts) == ("retrying", 3)
    assert [(row["layer"], row["message"]) for row in first.feedback] == [("tests", f"{TEST}: assert 1 == 2")]
    assert build.atom("test").status == "accepted"
    assert build.current_run().stage == Stage.WAVES
    assert build.current_run().test_rounds == 1
    build.task.refresh_from_db()
    assert build.task.status == "in_progress"


def test_after_the_last_round_of_tests_a_person_is_asked(build: Build, outcome: dict[str, Any]) -> None:
    outcome["tests"] = red()
    Run.objects.update(test_rounds=MAX_TEST_ROUNDS - 1)
    run_tests_of(build)
    assert (build.current_plan().pause_reason, build.atom("first").status) == ("gate_failed", "accepted")
    detail = "must 0 of 1, should 0 of 0. Failing: It works. (assert 1 == 2). Suspected: app/a.py:first."
    assert build.current_plan().pause_detail == detail
    gate = GateResult.objects.get()
    assert [row["label"] for row in gate.suspects] == ["app/a.py:first"]
    assert [(row["node_id"], row["error"]) for row in gate.failing] == [(TEST, "assert 1 == 2")]


def test_results_that_come_after_a_cancellation_are_not_stored(build: Build, outcome: dict[str, Any]) -> None:
    run = Run.objects.select_related("plan").get(pk=build.run.pk)
    cancel_plan(plan=build.plan, actor=PERSON)
    run_project_tests(run)
    assert not ValidationResult.objects.exists()
    assert not GateResult.objects.exists()
    assert build.current_run().stage == Stage.TESTING


def test_a_stage_is_done_by_whoever_claims_it_and_by_nobody_else(build: Build, outcome: dict[str, Any]) -> None:
    perform_stage(build.run.pk, Stage.CLOSING)
    assert build.current_run().stage == Stage.TESTING
    Run.objects.update(stage_claim=build.run.pk, stage_claim_expires="2999-01-01T00:00:00Z")
    perform_stage(build.run.pk, Stage.TESTING)
    assert not GateResult.objects.exists()
    Run.objects.update(stage_claim=None, stage_claim_expires=None)
    perform_stage(build.run.pk, Stage.TESTING)
    perform_stage(build.run.pk, Stage.TESTING)
    assert GateResult.objects.count() == 1
    assert (build.current_run().stage, build.current_run().stage_claim) == (Stage.CLOSING, None)


def test_a_stage_that_cannot_be_done_pauses_and_says_why(build: Build) -> None:
    Run.objects.update(stage=Stage.INFRASTRUCTURE)
    build.set("first", status="retrying")
    perform_stage(build.run.pk, Stage.INFRASTRUCTURE)
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "not_all_accepted")
    assert plan.pause_detail == "1 atoms are not accepted yet. Resume the run."
    assert build.current_run().stage_claim is None


def test_cases_of_one_test_count_together_as_their_worst() -> None:
    cases = [
        case("t::a[1]"),
        case("t::a[2]", "failed"),
        case("t::a[3]"),
        case("t::b", "skipped"),
        case("t::c[x]", "skipped"),
        case("t::c[y]"),
    ]
    found = by_test(cases)
    assert {name: found[name].outcome for name in ("t::a", "t::a[1]", "t::b", "t::c", "t::c[y]")} == {
        "t::a": "failed",
        "t::a[1]": "passed",
        "t::b": "skipped",
        "t::c": "skipped",
        "t::c[y]": "passed",
    }
    assert by_test([]) == {}
