from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from execution.output.done import ConditionOutcome, DoneReport, TaskFacts, TestOutcome, judge_task
from execution.output.done_criteria import CRITERIA
from integrations.llm.shapes import Diagnostic, Export

CODE = '"""A module."""\n\n\ndef double(number: int) -> int:\n    """Twice the number."""\n    return number * 2\n'
PATH = "app/double.py"
GOOD = TaskFacts(
    task="task_001",
    title="Doubling",
    files={PATH: CODE},
    target_files=[PATH],
    expected_outputs=[PATH, "app/"],
    layers_run=frozenset({"syntax", "imports", "types", "lint", "security"}),
    postconditions=[ConditionOutcome("function_available app.double:double", True)],
    exports=[Export(name="double", signature="def double(number: int) -> int")],
    import_errors={},
    tests=TestOutcome(passed=3),
    regressions=(),
    conflicts=(),
    incompatible_callers=(),
    undeclared_imports=(),
    metadata_stored=True,
    plan_updated=True,
    committed=True,
    saved_to_memory=True,
    formatted=True,
    coverage=100.0,
)


def verdicts(report: DoneReport) -> Mapping[str, str]:
    return {check.name: check.verdict for check in report.checks}


def why(report: DoneReport, name: str) -> str:
    return next(check.why for check in report.checks if check.name == name)


def test_there_are_at_least_twenty_criteria_with_different_names() -> None:
    assert len(CRITERIA) == len({criterion.name for criterion in CRITERIA}) == 28


def test_a_task_with_everything_is_done() -> None:
    report = judge_task(GOOD)

    assert set(verdicts(report).values()) == {"passed"}
    assert report.done
    assert report.missing == ()


def diagnostic(layer: str, **changes: Any) -> Diagnostic:
    return Diagnostic(**{"path": PATH, "line": 4, "layer": layer, "code": "x", "message": "broken", **changes})


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("syntax", {"files": {PATH: "def (:\n"}}),
        ("syntax", {"diagnostics": [diagnostic("syntax")]}),
        ("imports", {"diagnostics": [diagnostic("imports")]}),
        ("types", {"diagnostics": [diagnostic("types")]}),
        ("lint", {"diagnostics": [diagnostic("lint")]}),
        ("security", {"diagnostics": [diagnostic("security")]}),
        ("types", {"layers_run": frozenset({"syntax", "imports", "lint", "security"})}),
        ("conventions", {"files": {PATH: CODE.rstrip()}}),
        ("conventions", {"files": {PATH: CODE, "app/Bad-Name.py": ""}}),
        ("conventions", {"files": {PATH: CODE, "app/0001_initial.py": ""}}),
        ("conventions", {"files": {PATH: CODE.replace("\n", "\r\n", 1)}}),
        ("conventions", {"files": {PATH: CODE + "from os import *\n"}}),
        ("no_placeholders", {"files": {PATH: CODE.replace("return number * 2", "raise NotImplementedError")}}),
        ("target_files", {"target_files": [PATH, "app/other.py"]}),
        ("target_files", {"files": {PATH: "  \n"}}),
        ("expected_outputs", {"expected_outputs": ["docs/x.md"]}),
        ("postconditions", {"postconditions": [ConditionOutcome("exports double", False)]}),
        ("postconditions", {"postconditions": [ConditionOutcome("tests_pass", None)]}),
        ("exports_defined", {"exports": [Export(name="triple", signature="def triple() -> int")]}),
        ("exports_importable", {"import_errors": {"double": "ImportError"}}),
        ("exports_importable", {"import_errors": None}),
        ("no_regressions", {"regressions": ["tests/test_a.py::test_x"]}),
        ("no_regressions", {"regressions": None}),
        ("tests_exist", {"tests": TestOutcome(passed=0)}),
        ("tests_exist", {"tests": None}),
        ("tests_pass", {"tests": TestOutcome(passed=2, failed=["tests/test_a.py::test_x"])}),
        ("tests_pass", {"tests": None}),
        ("docstrings", {"files": {PATH: CODE.replace('    """Twice the number."""\n', "")}}),
        ("type_hints", {"files": {PATH: CODE.replace("number: int", "number")}}),
        ("no_conflict", {"conflicts": ["task_002 also writes app/double.py"]}),
        ("no_conflict", {"conflicts": None}),
        ("callers_fit", {"incompatible_callers": ["app/main.py:3 gives two arguments"]}),
        ("callers_fit", {"incompatible_callers": None}),
        ("dependencies_declared", {"undeclared_imports": ["frobnicate"]}),
        ("dependencies_declared", {"undeclared_imports": None}),
        ("metadata_stored", {"metadata_stored": False}),
        ("plan_updated", {"plan_updated": None}),
        ("committed", {"committed": False}),
    ],
)
def test_each_required_criterion_fails_for_its_reason_and_holds_the_task_back(name: str, changes: Any) -> None:
    report = judge_task(replace(GOOD, **changes))

    assert verdicts(report)[name] == "failed"
    assert why(report, name)
    assert not report.done
    assert name in [check.name for check in report.missing]


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("saved_to_memory", {"saved_to_memory": False}),
        ("no_debug_output", {"files": {PATH: CODE.replace("return", "print(number)\n    return")}}),
        ("formatting", {"formatted": False}),
        ("low_complexity", {"files": {PATH: CODE.replace("return number", "return " + "number and " * 9 + "number")}}),
        ("coverage", {"coverage": 79.9}),
        ("coverage", {"coverage": None}),
    ],
)
def test_a_desirable_criterion_fails_without_holding_the_task_back(name: str, changes: Any) -> None:
    report = judge_task(replace(GOOD, **changes))

    assert verdicts(report)[name] == "failed"
    assert report.done


def test_migrations_begin_with_a_number() -> None:
    files = {PATH: CODE, "api/migrations/0001_initial.py": CODE}
    assert verdicts(judge_task(replace(GOOD, files=files)))["conventions"] == "passed"


def test_nothing_known_means_not_done_and_no_required_check_passes_by_itself() -> None:
    report = judge_task(TaskFacts(task="task_001", title="x", files={}, target_files=[PATH]))

    assert not report.done
    assert "passed" not in verdicts(report).values()


def test_what_does_not_apply_says_why_and_holds_nothing_back() -> None:
    facts = TaskFacts(
        task="task_009", title="Docs", files={"docs/a.md": "# A\n"}, target_files=["docs/a.md"],
        layers_not_run=dict.fromkeys(("syntax", "imports", "types", "lint", "security"), "no checker for Markdown"),
        tests_apply=False, no_tests_reason="documentation", regressions=(), conflicts=(), incompatible_callers=(),
        metadata_stored=True, plan_updated=True, committed=True,
    )  # fmt: skip

    report = judge_task(facts)

    assert report.done
    assert verdicts(report)["types"] == verdicts(report)["tests_pass"] == "not_applicable"
    assert why(report, "types") == "not run: no checker for Markdown"
    assert why(report, "tests_pass") == "documentation"


def test_warnings_and_findings_in_files_of_others_do_not_count() -> None:
    found = [diagnostic("types", severity="warning"), diagnostic("types", path="app/other.py")]

    assert verdicts(judge_task(replace(GOOD, diagnostics=found)))["types"] == "passed"


def test_the_text_marks_what_is_missing() -> None:
    text = judge_task(replace(GOOD, committed=False, formatted=None)).to_text()

    assert text.startswith("task_001 Doubling: not done\n  code\n    ok   syntax: no errors\n")
    assert "    FAIL committed: the workspace has not committed these files\n" in text
    assert "    n/a  formatting (desirable): not run" in text


def test_the_json_says_the_same_as_the_report() -> None:
    report = judge_task(replace(GOOD, committed=False))

    read = json.loads(report.to_json())

    assert read["done"] is False
    assert [check["name"] for check in read["checks"] if check["verdict"] == "failed"] == ["committed"]
    assert len(read["checks"]) == 28
