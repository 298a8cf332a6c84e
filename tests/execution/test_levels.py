"""The levels above the atom in a build: judged, charged to atoms, kept, asked for and read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from common.configuration import configuration
from common.errors import InvalidInput
from execution.acceptance.report import TestCase, TestReport
from execution.acceptance.starting import StartReport
from execution.closing.done import Suite, suite_now
from execution.gates.suite import Ran
from execution.levels import asked, safety, system
from execution.levels.asked import validate_level
from execution.levels.components import judge_component, keep_components
from execution.levels.results import check_of
from execution.levels.safety import safety_checks
from execution.levels.selectors import shares_of
from execution.models import GateResult, SuiteRun, ValidationResult
from execution.validation.auditing import BANDIT
from execution.validation.environments import Environment, EnvironmentNotBuilt, RequirementsUnsolvable, environment_for
from execution.waves.closing import close_round
from execution.waves.tree import base_tree
from planning.models import Task
from tests.execution.building import Build, finding, make_build, report_of
from tests.execution.conftest import Checks
from tests.factories import TaskFactory

pytestmark = pytest.mark.django_db

FILES = {
    "app/a.py": {"first": "def first(x):\n    return x\n"},
    "app/b.py": {"imports": "from app.a import first\n", "second": "def second():\n    return first()\n"},
}
TEST = "tests/test_a.py::test_one"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(FILES, workspace=tmp_path / "workspace")


def results(level: int, **fields: Any) -> dict[str, bool | None]:
    rows = ValidationResult.objects.filter(level=level, **fields)
    return dict(rows.values_list("layer", "passed"))


def close(build: Build, *names: str) -> None:
    round_ = build.open_round(*names)
    for name in names:
        build.judged(round_, name)
    close_round(round_.pk)


# -- level 2 -----------------------------------------------------------------------------------------------------------


def test_a_call_that_does_not_fit_is_charged_to_the_caller_when_the_task_is_complete(
    build: Build, checks: list[Checks]
) -> None:
    close(build, "first", "imports", "second")
    assert build.statuses() == {"first": "accepted", "imports": "accepted", "second": "retrying"}
    (error,) = build.atom("second").feedback
    assert (error["code"], error["message"]) == ("call-does-not-fit", "first() of app/a.py misses x")
    assert results(2, task=build.task) == {}


def test_a_tasks_module_is_judged_and_kept_when_it_is_complete(build: Build, checks: list[Checks]) -> None:
    revision = build.atom("second").current
    assert revision is not None
    type(revision).objects.filter(pk=revision.pk).update(text="def second():\n    return first(1)\n")
    close(build, "first", "imports", "second")
    assert results(2, task=build.task) == {"integration": True, "api": True, "cohesion": True}


def test_what_a_layer_said_of_a_call_is_not_said_twice(build: Build, checks: list[Checks]) -> None:
    checks.append(lambda files: report_of(finding("app/b.py", 3, code="call-arg")))
    close(build, "first", "imports", "second")
    assert [row["code"] for row in build.atom("second").feedback] == ["call-arg"]


# -- level 3 -----------------------------------------------------------------------------------------------------------


def ran(build: Build, *cases: TestCase, touching: dict[str, list[str]] | None = None) -> Ran:
    coverage = {node: dict.fromkeys(paths, frozenset({1})) for node, paths in (touching or {}).items()}
    status: Any = "failed" if any(case.red for case in cases) else "passed" if cases else "not_run"
    return Ran(base_tree(build.plan.pk), TestReport(status=status, tests=cases, coverage=coverage, reason="Why not."))


def component(build: Build, outcome: Ran | None) -> dict[str, tuple[bool | None, str]]:
    tree = base_tree(build.plan.pk)
    return {check.layer: (check.passed, check.reason) for check in judge_component([build.task], outcome, tree)}


def test_a_component_is_judged_by_the_tests_that_touch_it(build: Build) -> None:
    good = TestCase(node_id=TEST, outcome="passed", seconds=0.5)
    other = TestCase(node_id="tests/test_b.py::t", outcome="failed")
    found = component(build, ran(build, good, other, touching={TEST: ["app/a.py"]}))
    assert (found["tests"], found["layering"]) == ((True, ""), (True, ""))
    assert found["benchmark"] == (True, f"1 tests in 0.50 s, the slowest 0.50 s: {TEST}")
    slow = TestCase(node_id=TEST, outcome="failed", seconds=11.0)
    found = component(build, ran(build, slow, touching={TEST: ["app/a.py"]}))
    assert (found["tests"][0], found["benchmark"][0]) == (False, False)
    assert component(build, ran(build))["tests"] == (None, "Why not.")
    assert component(build, ran(build, other))["tests"] == (None, "No test touches it.")


def test_components_are_kept_when_all_their_tasks_are_complete(build: Build) -> None:
    outcome = ran(build, TestCase(node_id=TEST, outcome="passed"), touching={TEST: ["app/a.py"]})
    keep_components(build.run, outcome)
    assert results(3) == {}
    Task.objects.filter(pk=build.task.pk).update(status="tested")
    keep_components(build.run, outcome)
    assert results(3, milestone=build.task.milestone) == {"tests": True, "layering": True, "benchmark": True}


def test_a_broken_layer_names_the_atom_that_imports(tmp_path: Path) -> None:
    files = {
        "app/models/a.py": {"imports": "from app.services.b import find\n"},
        "app/services/b.py": {"find": "def find():\n    return 1\n"},
    }
    build = make_build(files, workspace=tmp_path)
    checks = judge_component([build.task], None, base_tree(build.plan.pk))
    (error,) = next(check for check in checks if check.layer == "layering").errors
    assert (error["label"], error["code"]) == ("app/models/a.py:imports", "imports-upwards")


# -- level 4 -----------------------------------------------------------------------------------------------------------


def test_a_project_that_does_not_install_is_not_run(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(requirements: str, root: Path) -> Environment:
        raise InvalidInput("There is no such package.")

    build.accept("first", "imports", "second")
    monkeypatch.setattr(system, "environment_for", refuse)
    proof = system.prove_system(build.plan, [])
    assert proof.environment is None
    assert [(check.layer, check.passed) for check in proof.checks] == [("install", False), ("tests", None)]
    assert proof.checks[0].reason == "There is no such package."


def test_a_project_without_requirements_does_not_install() -> None:
    check, environment = system.install({"app/a.py": "x = 1\n"})
    assert (check.passed, environment) == (False, None)


def test_starting_and_being_healthy_are_two_things() -> None:
    def verdicts(start: StartReport) -> list[bool | None]:
        return [check.passed for check in system.start_checks(start, "uvicorn")]

    assert verdicts(StartReport(status="passed", http_status=200)) == [True, True]
    assert verdicts(StartReport(status="failed", http_status=500, reason="The answer was 500.")) == [True, False]
    assert verdicts(StartReport(status="failed", reason="no answer in time")) == [False, None]
    assert verdicts(StartReport(status="not_run", reason="No uvicorn.")) == [None, None]


def test_what_was_raised_when_it_started_is_told_at_the_line_of_the_project() -> None:
    output = """ERROR:    Traceback (most recent call last):
  File "/env/lib/starlette/routing.py", line 694, in lifespan
    async with self.lifespan_context(app) as maybe_state:
  File "/workspace/app/main.py", line 7, in lifespan
    raise RuntimeError("no table")
RuntimeError: no table

ERROR:    Application startup failed. Exiting.
"""
    failed = StartReport(status="failed", reason="the server ended with exit code 3", output=output)
    start, health = system.start_checks(failed, "uvicorn", ["app/main.py", "main.py"])
    (error,) = start.errors
    assert (error["path"], error["line"]) == ("app/main.py", 7)
    assert error["message"] == "the server ended with exit code 3 RuntimeError: no table"
    assert (health.passed, list(health.errors)) == (None, [])
    sick = StartReport(status="failed", http_status=500, reason="The answer was 500.", output=output)
    start, health = system.start_checks(sick, "uvicorn", ["app/main.py"])
    assert (list(start.errors), [row["line"] for row in health.errors]) == ([], [7])
    quiet = StartReport(status="passed", http_status=200, output=output)
    assert [list(check.errors) for check in system.start_checks(quiet, "uvicorn", ["app/main.py"])] == [[], []]


def test_the_projects_own_settings_decide_what_is_clean(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\n")
    check = system.lint_check(tmp_path)
    assert (check.passed, [(row["path"], row["code"]) for row in check.errors]) == (False, [("a.py", "F401")])
    (tmp_path / "pyproject.toml").write_text('[tool.ruff.lint]\nignore = ["F401"]\n')
    assert system.lint_check(tmp_path).passed is True


def test_bandit_is_asked_and_only_what_is_grave_and_sure_fails(tmp_path: Path) -> None:
    try:
        environment_for(BANDIT, configuration().environments_dir)
    except EnvironmentNotBuilt as absent:
        pytest.skip(f"set-up does without bandit where it cannot be had: {absent}")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/a.py").write_text(
        "import random\nimport subprocess\n\n\ndef run(words):\n"
        "    subprocess.call(words, shell=True)\n    return random.random()\n"
    )
    (tmp_path / "requirements.txt").write_text("idna==3.6\n")
    security, audit = safety_checks(tmp_path, ["app/a.py", "requirements.txt"])
    assert (security.passed, [(row["line"], row["code"]) for row in security.errors]) == (False, [(6, "B602")])
    assert {row["code"] for row in security.warnings} == {"B311", "B404"}
    assert (audit.passed, audit.stands) == (None, True)
    assert "VULNERABILITIES_URL" in audit.reason


def test_a_known_vulnerability_is_told_and_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = finding("requirements.txt", 1, layer="security", code="GHSA-1")
    monkeypatch.setattr(safety, "audited_requirements", lambda root, service: [told])
    _, audit = safety_checks(tmp_path, [])
    assert (audit.passed, [row["code"] for row in audit.warnings]) == (True, ["GHSA-1"])


def test_requirements_that_cannot_be_had_are_said_at_their_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(requirements: str, root: Path) -> Environment:
        refusal = RequirementsUnsolvable("They contradict each other.")
        refusal.packages = ("idna", "httpx")
        raise refusal

    monkeypatch.setattr(system, "environment_for", refuse)
    check, environment = system.install({"requirements.txt": "# web\nidna==3.6\nhttpx==1\n"})
    assert (environment, check.passed) == (None, False)
    assert [(row["path"], row["line"], row["code"]) for row in check.errors] == [
        ("requirements.txt", 2, "requirements_unsolvable"),
        ("requirements.txt", 3, "requirements_unsolvable"),
    ]


def test_every_module_is_imported_and_the_one_that_fails_is_named(tmp_path: Path) -> None:
    files = {"app/__init__.py": "", "app/good.py": "x = 1\n", "app/bad.py": "import nothing_like_this\n"}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    ours = Environment(python=Path(sys.executable), path=Path(sys.prefix), key="ours")
    check = system.import_check(tmp_path, ours, files)
    assert (check.passed, check.run, check.failed) == (False, 3, 1)
    assert [(row["path"], row["line"], row["message"]) for row in check.errors] == [
        ("app/bad.py", 1, "ModuleNotFoundError: No module named 'nothing_like_this'")
    ]


def test_what_level_4_finds_is_charged_to_the_atom_on_whose_line_it_is(build: Build) -> None:
    build.accept("first", "imports", "second")
    tree = base_tree(build.plan.pk)
    wrong = check_of("imports", [finding("app/b.py", 2), finding("Dockerfile")], run=2)
    proof = system.SystemProof(None, Ran(tree, TestReport(status="passed")), [system.charged_to_atoms(wrong, tree)])
    assert {atom.name: [row.path for row in rows] for atom, rows in proof.charged.items()} == {"second": ["app/b.py"]}


# -- asked for, and read -----------------------------------------------------------------------------------------------


def client_of(build: Build) -> APIClient:
    client = APIClient()
    client.force_authenticate(build.plan.owner)
    return client


def test_an_atom_and_a_module_are_validated_when_asked_for(
    build: Build, checks: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "check_decisively", lambda plan, files: report_of(finding("app/b.py", 3)))
    atom = build.atoms["second"]
    validate_level(build.plan.pk, "atomic", atom.pk)
    assert results(1, atom=atom) == {
        layer: layer != "types" for layer in ("syntax", "imports", "types", "lint", "security", "performance")
    }
    validate_level(build.plan.pk, "module", build.task.pk)
    assert results(2, task=build.task) == {"integration": False, "api": False, "cohesion": True}
    told = build.events("code_validation_complete")
    assert [(row["level"], row["tasks"], row["errors"]) for row in told] == [("atomic", 1, 1), ("module", 1, 2)]
    answer = client_of(build).get(f"/api/v2/validation/results/{atom.pk}/").json()
    assert (answer["passed"], {row["level_name"] for row in answer["results"]}) == (False, {"atom", "module"})
    listed = client_of(build).get(f"/api/v2/validation/plans/{build.plan.pk}/", {"level": 2}).json()
    assert {row["layer"] for row in listed["results"]} == {"integration", "api", "cohesion"}


def test_shares_of_levels_count_what_was_judged(build: Build) -> None:
    build.accept("first", "imports")
    build.set("imports", attempts=2)
    for layer, passed in (("integration", False), ("integration", True), ("api", None)):
        ValidationResult.objects.create(plan=build.plan, level=2, task=build.task, layer=layer, passed=passed)
    ValidationResult.objects.create(plan=build.plan, level=2, layer="types", passed=False)
    ValidationResult.objects.create(plan=build.plan, level=4, layer="tests", passed=False)
    assert [(share.name, share.passed, share.judged) for share in shares_of(build.plan.pk)] == [
        ("atom", 1, 2),
        ("module", 1, 1),
        ("system", 0, 1),
    ]


# -- the Definition of Done --------------------------------------------------------------------------------------------


def suite_run(build: Build, *, passed: list[str], failed: list[str], final: bool = True) -> None:
    SuiteRun.objects.create(
        plan=build.plan,
        run=build.run,
        status="failed" if failed else "passed",
        passed=passed,
        failed=[{"node_id": node, "message": ""} for node in failed],
        files={"app/a.py": {"tests": [*passed, *failed], "percent": 75.0}, "app/b.py": {"tests": [], "percent": None}},
        final=final,
    )


def test_a_task_is_judged_by_the_tests_that_touch_its_files(build: Build) -> None:
    assert suite_now(build.run) == Suite()
    suite_run(build, passed=["t.py::a", "t.py::b", "tests/test_acceptance_1.py::x"], failed=[], final=False)
    suite_run(build, passed=["t.py::a"], failed=["t.py::b", "t.py::new"])
    suite = suite_now(build.run)
    assert (suite.passed, suite.red) == (frozenset({"t.py::a"}), frozenset({"t.py::b", "t.py::new"}))
    assert suite.broken == ("t.py::b",), "only what passed before is a regression"
    assert suite.of(["app/a.py"]) == frozenset({"t.py::a", "t.py::b", "t.py::new"})
    assert (suite.of(["app/b.py"]), suite.of(["t.py"])) == (frozenset(), suite.of(["app/a.py"]))
    assert suite.percent == {"app/a.py": 75.0}


def test_what_staff_overrode_is_excused_by_name(build: Build) -> None:
    suite_run(build, passed=["t.py::a"], failed=["t.py::b"])
    GateResult.objects.create(
        plan=build.plan,
        run=build.run,
        passed=False,
        failing=[{"test": "1", "node_id": "t.py::b"}],
        overridden_at="2026-01-01T00:00:00Z",
        override_reason="Known.",
    )
    suite = suite_now(build.run)
    assert (suite.red, suite.excused) == (frozenset(), frozenset({"t.py::b"}))


def test_the_definition_of_done_reads_as_json_and_as_text(build: Build) -> None:
    client, address = client_of(build), f"/api/v1/tasks/{build.task.pk}/dod/"
    assert client.get(address).json()["judged"] is False
    checks = [
        {"name": "syntax", "group": "code", "required": True, "verdict": "passed", "why": "no errors"},
        {"name": "tests_exist", "group": "testing", "required": True, "verdict": "failed", "why": "no test ran"},
        {"name": "formatting", "group": "desirable", "required": False, "verdict": "not_applicable", "why": "not run"},
    ]
    Task.objects.filter(pk=build.task.pk).update(definition_of_done={"checks": checks})
    answer = client.get(address).json()
    assert (answer["judged"], answer["done"], answer["checks"]) == (True, False, checks)
    text = client.get(address, {"format": "text"})
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert "FAIL tests exist: no test ran" in text.content.decode()
    assert client.get(address, {"format": "xml"}).status_code == 400


def test_a_task_of_another_plan_does_not_count(build: Build) -> None:
    TaskFactory(target_files=["app/a.py"], status="in_progress")
    Task.objects.filter(pk=build.task.pk).update(status="tested")
    keep_components(build.run, ran(build))
    assert results(3, milestone=build.task.milestone)["layering"] is True
