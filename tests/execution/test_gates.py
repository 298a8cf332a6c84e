"""Acceptance tests and Gate S: written, edited, run when they can be, holding a wave up, overridden with a reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from common.errors import InvalidInput, ServiceUnavailable
from common.models import PlanHistory
from execution.acceptance.proofs import file_of
from execution.acceptance.report import TestCase, TestReport
from execution.closing.testing import run_project_tests
from execution.gates import asked, culprits, holding, suite
from execution.gates.asked import ask_for_run, run_tests_asked_for
from execution.gates.criteria import acceptance_tests, keep_criteria, unproved
from execution.gates.editing import TestText, change_test, remove_test
from execution.gates.gates import GateHolds, override_gate
from execution.gates.holding import gate_is_open, hold_gate
from execution.gates.needs import readiness_of, that_can_run
from execution.gates.writing import NotApproved, forget_generated, require_approved, write_acceptance
from execution.models import AcceptanceResult, AcceptanceSuite, AcceptanceTest, GateResult, Run, SuiteRun, Wave
from execution.services.runs import NotStarted
from execution.states import Stage
from execution.validation.environments import Environment
from execution.waves.revisions import new_revision
from execution.waves.tree import base_tree
from integrations.llm.shapes import AcceptanceTestCode, AcceptanceTests
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, Build, make_build
from tests.execution.test_testing_stage import TEST, case, outcome, report
from tests.factories import MasterPlanFactory, StaffFactory, TaskFactory, depend
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db
__all__ = ["outcome"]

CODE = "def test_works():\n    assert 1 + 1 == 2\n"
OTHER = "tests/test_a.py::test_two"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A wave is done and another waits; the task of both is complete, and has a criterion with a test."""
    build = make_build(
        {
            "app/a.py": {"first": "def first():\n    return 1\n"},
            "tests/test_a.py": {"test": "def test_one():\n    pass\n"},
            "app/late.py": {"late": "def late():\n    return 1\n"},
        },
        waves=[["first", "test"], ["late"]],
        workspace=tmp_path / "workspace",
    )
    build.accept("first", "test")
    later = TaskFactory(milestone=build.task.milestone, plan=build.plan, target_files=["app/late.py"])
    build.set("late", task=later)
    Task.objects.filter(pk=build.task.pk).update(
        status="ready_for_test",
        target_files=["app/a.py", "tests/test_a.py"],
        acceptance_criteria=[{"text": "It works.", "priority": "must", "test": TEST}],
    )
    Wave.objects.filter(pk=build.waves[0].pk).update(status="completed", finished_at=timezone.now())
    keep_criteria(build.plan.pk)
    return build


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the sandbox says of tests between waves: ``tests``; which were ``asked`` for."""
    said: dict[str, Any] = {"tests": report(case()), "asked": []}
    environment = Environment(python=Path("python"), path=Path(), key="none")

    def run(*args: Any, tests: Any = (), **options: Any) -> TestReport:
        said["asked"].append(list(tests))
        answer: TestReport = said["tests"]
        return answer

    for module in (holding, asked):
        monkeypatch.setattr(module, "require", lambda level: None)
        monkeypatch.setattr(module, "plan_environment", lambda plan: environment)
    monkeypatch.setattr(suite, "run_tests", run)
    monkeypatch.setattr(culprits, "run_tests", run)
    return said


def red(node_id: str = TEST) -> TestReport:
    failing = case(node_id, "failed", message="assert 1 == 2", frames=(("tests/test_a.py", 2), ("app/a.py", 2)))
    return TestReport(status="failed", tests=(failing,), coverage={node_id: {"app/a.py": frozenset({1, 2})}})


def at_gate(build: Build) -> Run:
    Run.objects.filter(pk=build.run.pk).update(stage=Stage.GATE)
    return Run.objects.select_related("plan").get(pk=build.run.pk)


# -- writing -----------------------------------------------------------------------------------------------------------


def wanted(build: Build, *criteria: dict[str, str]) -> None:
    Task.objects.filter(pk=build.task.pk).update(acceptance_criteria=list(criteria))


def answered(code: str = CODE, *, untestable: dict[str, str] | None = None) -> AcceptanceTests:
    test = AcceptanceTestCode(criterion="c1", name="test_works", code=code)
    return AcceptanceTests(imports=["import os"], tests=[test], untestable=untestable or {})


def test_a_criterion_without_a_test_gets_one_or_the_reason_why_not(build: Build, provider: ScriptedProvider) -> None:
    wanted(build, {"text": "It adds."}, {"text": "It is nice.", "priority": "should"}, {"text": "Named", "test": TEST})
    provider.answer("acceptance_tests", answered(untestable={"c2": "A matter of taste."}))
    assert write_acceptance(build.plan.pk) is True
    rows = {test.requirement: test for test in acceptance_tests(build.plan.pk)}
    assert rows["It adds."].code == f"import os\n\n\n{CODE}"
    assert (rows["It adds."].source, rows["It adds."].priority, rows["It adds."].task) == (
        "generated",
        "must",
        build.task,
    )
    assert (rows["It is nice."].code, rows["It is nice."].untestable) == ("", "A matter of taste.")
    assert rows["Named"].node_id == TEST
    assert AcceptanceSuite.objects.get().version == build.plan.version
    assert write_acceptance(build.plan.pk) is True
    assert provider.purposes == ["acceptance_tests"]
    assert build.events("masterplan_updated")[-1]["acceptance_tests"] == 1


def test_a_test_that_cannot_fail_is_asked_for_again_and_never_kept(build: Build, provider: ScriptedProvider) -> None:
    wanted(build, {"text": "It adds."})
    provider.answer("acceptance_tests", answered("def test_works():\n    print(1)\n"), answered())
    assert write_acceptance(build.plan.pk) is True
    assert len(provider.requests) == 2
    AcceptanceTest.objects.all().delete()
    provider.answer("acceptance_tests", answered("def test_works():\n    print(1)\n"))
    assert write_acceptance(build.plan.pk) is False
    assert [criterion.text for criterion in unproved(build.plan.pk)] == ["It adds."]
    assert AcceptanceSuite.objects.get().problem == "1 criteria have no usable test yet."


def test_a_provider_that_is_down_leaves_the_reason_and_nothing_else(build: Build, provider: ScriptedProvider) -> None:
    wanted(build, {"text": "It adds."})
    provider.answer("acceptance_tests", ServiceUnavailable("It is down."))
    assert write_acceptance(build.plan.pk) is False
    suite_row = AcceptanceSuite.objects.get()
    assert ("It is down." in suite_row.problem, suite_row.version, suite_row.claim) == (True, 0, None)


def test_tests_are_written_for_approved_plans_only() -> None:
    with pytest.raises(NotApproved):
        require_approved(MasterPlanFactory())
    require_approved(MasterPlanFactory(status="approved"))


# -- editing -----------------------------------------------------------------------------------------------------------


def test_what_a_person_wrote_stays_when_tests_are_written_anew(build: Build, provider: ScriptedProvider) -> None:
    wanted(build, {"text": "It adds."}, {"text": "It is quick."})
    two = answered()
    two.tests.append(AcceptanceTestCode(criterion="c2", name="test_quick", code=CODE))
    provider.answer("acceptance_tests", two)
    write_acceptance(build.plan.pk)
    mine = AcceptanceTest.objects.get(requirement="It adds.")
    change_test(test_id=mine.pk, text=TestText("It adds.", "should", code=CODE), actor=PERSON)
    assert forget_generated(build.plan, actor=PERSON) == 1
    provider.answer("acceptance_tests", answered())
    write_acceptance(build.plan.pk)
    rows = {test.requirement: (test.source, test.priority) for test in acceptance_tests(build.plan.pk)}
    assert rows == {"It adds.": ("person", "should"), "It is quick.": ("generated", "must")}
    kept = PlanHistory.objects.filter(plan_id=build.plan.pk, item_type="acceptance_test").get()
    assert (kept.change_type, kept.before["source"]) == ("acceptance_test_changed", "generated")


def test_a_removed_test_counts_no_more_and_does_not_come_back(build: Build) -> None:
    (test,) = acceptance_tests(build.plan.pk)
    remove_test(test_id=test.pk, actor=PERSON)
    assert acceptance_tests(build.plan.pk) == []
    assert AcceptanceTest.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    [
        TestText("A", "must"),
        TestText("A", "must", code=CODE, node_id=TEST),
        TestText("A", "must", code="def test_a():\n    pass\n"),
        TestText("A", "must", node_id="../etc"),
    ],
    ids=["nothing", "both", "cannot fail", "no test"],
)
def test_a_test_that_proves_nothing_is_refused(build: Build, text: TestText) -> None:
    (test,) = acceptance_tests(build.plan.pk)
    with pytest.raises(InvalidInput):
        change_test(test_id=test.pk, text=text, actor=PERSON)
    test.refresh_from_db()
    assert test.source == "plan"


# -- when tests can run ------------------------------------------------------------------------------------------------


def test_a_test_can_run_when_all_that_it_needs_is_complete(build: Build) -> None:
    tests = acceptance_tests(build.plan.pk)
    assert that_can_run(build.plan.pk, tests) == tests
    assert readiness_of(build.plan.pk).ready_files() == ["tests/test_a.py"]
    needed = TaskFactory(milestone=build.task.milestone, plan=build.plan, target_files=["app/b.py"])
    depend(build.task, on=needed)
    assert that_can_run(build.plan.pk, tests) == []
    assert readiness_of(build.plan.pk).ready_files() == []
    Task.objects.filter(pk=needed.pk).update(status="tested")
    assert that_can_run(build.plan.pk, tests) == tests
    fixtures = TaskFactory(milestone=build.task.milestone, plan=build.plan, target_files=["tests/conftest.py"])
    assert that_can_run(build.plan.pk, tests) == []
    Task.objects.filter(pk=fixtures.pk).update(status="skipped")
    assert that_can_run(build.plan.pk, tests) == tests


def test_reading_the_tests_of_a_plan_writes_nothing(build: Build) -> None:
    wanted(build, {"text": "It works.", "test": OTHER}, {"text": "It is new.", "test": OTHER})
    assert [(test.requirement, test.node_id) for test in acceptance_tests(build.plan.pk)] == [("It works.", TEST)]
    keep_criteria(build.plan.pk)
    keep_criteria(build.plan.pk)
    assert {(test.requirement, test.node_id) for test in acceptance_tests(build.plan.pk)} == {
        ("It works.", OTHER),
        ("It is new.", OTHER),
    }
    assert AcceptanceTest.objects.count() == 2


def test_what_has_no_test_cannot_run(build: Build) -> None:
    wanted(build, {"text": "It is nice."})
    AcceptanceTest.objects.create(plan=build.plan, requirement="It is nice.", source="generated", untestable="Taste.")
    assert that_can_run(build.plan.pk, acceptance_tests(build.plan.pk)) == []


# -- the gate between waves --------------------------------------------------------------------------------------------


def test_tests_that_became_able_to_run_send_the_run_to_its_gate_before_the_next_wave(build: Build) -> None:
    assert gate_is_open(build.run, build.waves[1]) is False
    assert build.current_run().stage == Stage.GATE
    assert not GateResult.objects.exists()


def test_a_wave_after_which_nothing_can_run_has_its_gate_not_applicable(build: Build) -> None:
    Task.objects.filter(pk=build.task.pk).update(status="in_progress")
    assert gate_is_open(build.run, build.waves[1]) is True
    gate = GateResult.objects.get()
    assert (gate.wave, gate.passed, gate.reason) == (
        build.waves[0],
        None,
        "No test could run yet; 1 cannot run yet.",
    )
    assert gate_is_open(build.run, build.waves[1]) is True
    assert GateResult.objects.count() == 1
    assert build.events("gate_validation_result")[0]["passed"] is None


def test_tests_that_ran_are_not_run_again_until_others_can_run(build: Build) -> None:
    (test,) = acceptance_tests(build.plan.pk)
    AcceptanceResult.objects.create(test=test, run=build.run, passed=True)
    assert gate_is_open(build.run, build.waves[1]) is True
    assert GateResult.objects.get().passed is True
    assert build.current_run().stage == Stage.WAVES


@pytest.mark.parametrize(("minutes", "runs"), [(1, False), (11, True)])
def test_tests_run_at_most_twice_between_waves_but_where_they_cost_little_of_the_time(
    build: Build, minutes: int, runs: bool
) -> None:
    Run.objects.filter(pk=build.run.pk).update(gate_rounds=2)
    SuiteRun.objects.create(plan=build.plan, run=build.run, status="passed", seconds=60)
    SuiteRun.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
    assert gate_is_open(Run.objects.get(pk=build.run.pk), build.waves[1]) is not runs
    assert build.current_run().stage == (Stage.GATE if runs else Stage.WAVES)


def test_before_the_first_run_a_usual_one_is_reckoned_with(build: Build) -> None:
    Run.objects.filter(pk=build.run.pk).update(gate_rounds=2, started_at=timezone.now() - timedelta(seconds=51))
    assert gate_is_open(Run.objects.get(pk=build.run.pk), build.waves[1]) is False


def test_with_hardly_anything_left_the_run_at_the_end_is_awaited(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "NEARLY_DONE", 1.0)
    assert gate_is_open(build.run, build.waves[1]) is True
    assert build.current_run().stage == Stage.WAVES


def test_a_green_gate_opens_the_next_wave(build: Build, ran: dict[str, Any]) -> None:
    hold_gate(at_gate(build))
    assert ran["asked"] == [["tests/test_a.py"]]
    gate = GateResult.objects.get()
    assert (gate.passed, gate.wave, gate.final) == (True, build.waves[0], False)
    run = build.current_run()
    assert (run.stage, run.gate_rounds) == (Stage.WAVES, 1)
    kept = SuiteRun.objects.get()
    assert (kept.passed, kept.wave) == ([TEST], build.waves[0])
    assert kept.revisions == {
        str(build.atoms[name].pk): str(build.atoms[name].current_id) for name in ("first", "test")
    }
    assert [event["requirement"] for event in build.events("acceptance_test_start")] == ["It works."]
    (told,) = build.events("acceptance_test_result")
    assert {**told, "test_id": ""} == {
        "test_id": "",
        "requirement": "It works.",
        "priority": "must",
        "passed": True,
        "error": "",
    }
    assert gate_is_open(run, build.waves[1]) is True


def mended(build: Build) -> None:
    """What was sent back is accepted again."""
    build.accept("first")
    Task.objects.filter(pk=build.task.pk).update(status="ready_for_test")
    Wave.objects.filter(pk=build.waves[0].pk).update(finished_at=timezone.now())


def test_a_red_test_sends_its_culprit_back_and_at_last_pauses_with_suspects(build: Build, ran: dict[str, Any]) -> None:
    ran["tests"] = red()
    for repair in range(1, holding.MOST_REPAIRS + 1):
        hold_gate(at_gate(build))
        assert (build.atom("first").status, build.current_run().stage) == ("retrying", Stage.WAVES)
        assert build.current_run().gate_repairs == repair
        mended(build)
        assert gate_is_open(build.current_run(), build.waves[1]) is False, "what failed is run again"
    assert set(GateResult.objects.values_list("passed", flat=True)) == {False}
    hold_gate(at_gate(build))
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "gate_failed")
    assert plan.pause_detail == (
        "must 0 of 1, should 0 of 0. Failing: It works. (assert 1 == 2). Suspected: app/a.py:first."
    )


def test_after_a_green_gate_new_trouble_is_repaired_as_often_again(build: Build, ran: dict[str, Any]) -> None:
    ran["tests"] = red()
    hold_gate(at_gate(build))
    mended(build)
    ran["tests"] = report(case())
    hold_gate(at_gate(build))
    assert (build.current_run().gate_repairs, build.current_run().stage) == (0, Stage.WAVES)


def test_red_tests_that_no_criterion_names_are_left_to_the_end_once_repairs_are_spent(
    build: Build, ran: dict[str, Any]
) -> None:
    ran["tests"] = red(OTHER)
    Run.objects.filter(pk=build.run.pk).update(gate_repairs=holding.MOST_REPAIRS)
    hold_gate(at_gate(build))
    assert (build.current_run().gate_repairs, build.current_run().stage) == (holding.MOST_REPAIRS, Stage.WAVES)
    assert build.atom("first").status == "accepted"


def test_in_a_project_that_is_not_whole_a_test_that_cannot_import_has_not_failed(
    build: Build, ran: dict[str, Any]
) -> None:
    failing = case("tests/test_a.py", "error", message="ModuleNotFoundError: No module named 'app.late'")
    ran["tests"] = TestReport(status="failed", tests=(failing,))
    hold_gate(at_gate(build))
    assert GateResult.objects.get().passed is None
    assert build.current_run().stage == Stage.WAVES


def test_tests_of_ours_are_put_beside_those_of_the_project(build: Build, ran: dict[str, Any]) -> None:
    test = AcceptanceTest.objects.create(
        plan=build.plan, task=build.task, requirement="Ours.", code=CODE, source="person"
    )
    path = file_of(test.pk.hex)
    ran["tests"] = report(case(), TestCase(node_id=f"{path}::test_works", outcome="passed"))
    hold_gate(at_gate(build))
    assert sorted(ran["asked"][0]) == ["tests/test_a.py", path]
    assert AcceptanceResult.objects.get(test=test).passed is True
    assert GateResult.objects.get().reason == "must 2 of 2, should 0 of 0"


# -- override ----------------------------------------------------------------------------------------------------------


def failed_gate(build: Build, ran: dict[str, Any]) -> MasterPlan:
    ran["tests"] = red()
    Run.objects.filter(pk=build.run.pk).update(gate_repairs=holding.MOST_REPAIRS)
    hold_gate(at_gate(build))
    return build.current_plan()


def test_staff_let_a_failed_gate_pass_with_a_reason_and_the_run_goes_on(build: Build, ran: dict[str, Any]) -> None:
    plan = failed_gate(build, ran)
    staff = StaffFactory()
    gate = override_gate(plan=plan, reason="The criterion is wrong.", user=staff)
    assert (gate.passed, gate.overridden_by, gate.override_reason) == (False, staff, "The criterion is wrong.")
    assert (build.current_plan().status, build.current_run().status) == ("in_progress", "running")
    kept = PlanHistory.objects.get(change_type="gate_overridden")
    assert (kept.actor_name, kept.reason) == (staff.username, "The criterion is wrong.")
    hold_gate(at_gate(build))
    assert build.current_run().stage == Stage.WAVES
    latest = GateResult.objects.first()
    assert latest is not None
    assert (latest.passed, latest.reason) == (None, "No test could run yet; 1 overridden.")
    with pytest.raises(GateHolds):
        override_gate(plan=plan, reason="Again.", user=staff)


def test_a_gate_is_not_overridden_without_a_reason_or_when_it_has_not_failed(build: Build, ran: dict[str, Any]) -> None:
    with pytest.raises(GateHolds):
        override_gate(plan=build.plan, reason="Why not.", user=StaffFactory())
    plan = failed_gate(build, ran)
    with pytest.raises(InvalidInput):
        override_gate(plan=plan, reason="  ", user=StaffFactory())
    assert build.current_plan().status == "paused"


# -- asked for by a person ---------------------------------------------------------------------------------------------


def test_tests_are_run_when_asked_for_and_the_run_is_left_as_it_is(
    build: Build, ran: dict[str, Any], sent: list[tuple[Any, ...]]
) -> None:
    ran["tests"] = red()
    assert ask_for_run(plan=build.plan) == build.run
    assert sent[-1] == ("run_acceptance", build.plan.pk, None)
    run_tests_asked_for(build.plan.pk, None)
    assert (GateResult.objects.get().passed, build.current_run().status) == (False, "running")
    assert build.atom("first").status == "accepted"


def test_a_wave_runs_what_could_run_after_it(build: Build, ran: dict[str, Any]) -> None:
    run_tests_asked_for(build.plan.pk, build.waves[0].pk)
    assert AcceptanceResult.objects.get().wave == build.waves[0]
    build.set("late", task=build.task)
    run_tests_asked_for(build.plan.pk, build.waves[0].pk)
    assert AcceptanceResult.objects.count() == 1
    assert SuiteRun.objects.filter(status="not_run").count() == 1


def test_a_plan_without_code_has_nothing_to_run() -> None:
    with pytest.raises(NotStarted):
        ask_for_run(plan=MasterPlanFactory(status="approved"))


# -- the end, and bisection --------------------------------------------------------------------------------------------


def at_the_end(build: Build) -> Run:
    build.accept("late")
    Run.objects.filter(pk=build.run.pk).update(stage=Stage.TESTING)
    return Run.objects.select_related("plan").get(pk=build.run.pk)


def test_at_the_end_a_must_criterion_that_nobody_wrote_a_test_for_fails_the_gate(
    build: Build, outcome: dict[str, Any], provider: ScriptedProvider
) -> None:
    wanted(build, {"text": "It works.", "test": TEST}, {"text": "It adds."})
    run = at_the_end(build)
    provider.answer("acceptance_tests", ServiceUnavailable("It is down."))
    with pytest.raises(ServiceUnavailable):
        run_project_tests(run)
    assert not GateResult.objects.exists()
    provider.answer("acceptance_tests", answered("def test_works():\n    print(1)\n"))
    run_project_tests(run)
    gate = GateResult.objects.get()
    assert (gate.passed, gate.reason) == (False, "must 1 of 2, should 0 of 0; 1 not run")
    assert build.current_plan().pause_reason == "gate_failed"


def test_a_test_that_turned_red_is_bisected_to_the_change_that_broke_it(
    build: Build, outcome: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = at_the_end(build)
    for name in ("first", "late"):
        revision = new_revision(build.atom(name), build.atom(name).current.text, "draft", "model")  # type: ignore[union-attr]
        build.set(name, accepted=revision)
    texts = base_tree(build.plan.pk, only_accepted=True)
    then = {str(pk): str(atom.accepted_id) for pk, atom in texts.atoms.items()}
    SuiteRun.objects.create(plan=build.plan, run=run, status="passed", passed=[TEST], revisions=then)
    for name, text in (("first", "def first():\n    return 10\n"), ("late", "def late():\n    return 'broken'\n")):
        revision = new_revision(build.atom(name), text, "attempt", "model")
        build.set(name, accepted=revision, current=revision)
    asked: list[tuple[bool, bool]] = []

    def run_tests(root: Path, *args: Any, **options: Any) -> TestReport:
        first, late = ((root / path).read_text() for path in ("app/a.py", "app/late.py"))
        asked.append(("10" in first, "broken" in late))
        return red() if "broken" in late else report(case())

    monkeypatch.setattr(culprits, "run_tests", run_tests)
    outcome["tests"] = red()  # which runs lines of the first, so that suspicion alone would charge that
    run_project_tests(run)
    assert asked == [(False, False), (True, False)]
    assert (build.atom("late").status, build.atom("first").status) == ("retrying", "accepted")
    assert PlanHistory.objects.filter(item_id=build.atom("late").pk).latest("id").reason == culprits.BISECTED
    assert build.current_run().stage == Stage.WAVES


def test_an_overridden_test_is_not_held_against_the_project_at_the_end(build: Build, outcome: dict[str, Any]) -> None:
    run = at_the_end(build)
    (test,) = acceptance_tests(build.plan.pk)
    GateResult.objects.create(
        plan=build.plan,
        run=run,
        passed=False,
        failing=[{"test": str(test.pk), "requirement": "It works.", "node_id": TEST, "error": ""}],
        overridden_at=timezone.now(),
        override_reason="Known.",
    )
    outcome["tests"] = red()
    run_project_tests(run)
    assert build.current_run().stage == Stage.CLOSING
