"""Running a project's own tests, in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from execution.acceptance.records import Records, read_records
from execution.acceptance.report import TestCase, TestReport
from execution.acceptance.serving import django_environment
from execution.sandbox.limits import MEBIBYTE, Limits, Outcome
from execution.sandbox.runs import run
from execution.validation.environments import Environment
from execution.validation.installed import importable_from

INSIDE = Path(__file__).with_name("inside")
TEST_LIMITS = Limits(wall=300.0, cpu=300, memory=2048 * MEBIBYTE)
_RESULTS = ".devmatrix-results.jsonl"
_NO_TESTS, _USAGE = 5, 4


def run_tests(
    workspace: Path,
    environment: Environment,
    limits: Limits = TEST_LIMITS,
    *,
    tests: Sequence[str] = (),
    seconds_per_test: float = 30.0,
    settings: Mapping[str, str] | None = None,
) -> TestReport:
    """Runs pytest in a copy of ``workspace``: all tests, or the paths and node ids in ``tests``.

    ``settings`` are environment variables for the project. No test collected, or an environment without pytest or
    coverage, is ``not_run``; a run that ends before pytest says so (killed, or ended by the code under test) is
    ``failed`` with what is known. Raises SandboxFailed and NotIsolated.
    """
    absent = {"pytest", "coverage"} - importable_from(environment.python)
    if absent:
        return TestReport(status="not_run", reason=f"The environment has no {' and no '.join(sorted(absent))}.")
    outcome = run(
        _command(environment.python, tests),
        workspace=workspace,
        limits=limits,
        environment={
            **django_environment(workspace),
            **(settings or {}),
            "PYTHONPATH": f"{INSIDE}:.:src",
            "DEVMATRIX_RESULTS": _RESULTS,
            "DEVMATRIX_TEST_SECONDS": str(seconds_per_test),
        },
        python=environment.python,
        readable=[INSIDE],
        collect=[_RESULTS],
    )
    return _report(outcome, read_records(outcome.files.get(_RESULTS, b"")))


def _command(python: Path, tests: Sequence[str]) -> list[str]:
    options = [
        "-q",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "-p",
        "devmatrix_recorder",
        "-o",
        "addopts=",
        "--rootdir=.",
    ]
    return [str(python), "-m", "pytest", *options, "--", *tests]


def _report(outcome: Outcome, records: Records) -> TestReport:
    status, reason = _verdict(outcome, records)
    ended_in = _ended_in(records.unfinished, reason) if status == "failed" else ()
    report = TestReport(
        status="passed" if status == "passed" else "failed",
        reason=reason,
        tests=(*records.tests, *ended_in),
        coverage=records.coverage,
        percent=records.percent,
        file_percent=records.file_percent,
        output=(outcome.stdout + outcome.stderr)[-20_000:],
        seconds=outcome.duration,
    )
    return replace(report, status="not_run") if status == "not_run" else report


def _ended_in(node_id: str, reason: str) -> tuple[TestCase, ...]:
    """The test that ended the whole run, or the file that was being imported then: it is red for that."""
    path = node_id.partition("::")[0]
    case = TestCase(node_id=node_id, outcome="error", seconds=0.0, message=reason, frames=((path, 1),))
    return (case,) if node_id else ()


def _verdict(outcome: Outcome, records: Records) -> tuple[str, str]:
    if outcome.killed_by:
        return "failed", f"The run was stopped: {outcome.killed_by}."
    if records.finished is None and outcome.exit_code == _USAGE:
        return "failed", "pytest could not load the project's configuration or conftest."
    if records.finished is None:
        return "failed", f"The run ended before pytest did (exit code {outcome.exit_code})."
    red = sum(test.red for test in records.tests)
    if red:
        return "failed", f"{red} of {len(records.tests)} tests failed."
    if records.finished == _NO_TESTS or not any(test.outcome in _GREEN for test in records.tests):
        return "not_run", "No test ran."
    if records.finished != 0 or outcome.exit_code != 0:
        return "failed", f"pytest ended with exit code {records.finished or outcome.exit_code}."
    return "passed", ""


_GREEN = ("passed", "xfailed")
