"""Running a project's tests with those of ours among them, on exactly what is accepted, and keeping what they said."""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from common.changes import change, emit
from common.configuration import configuration
from execution.acceptance.proofs import Outcome, by_test, file_of, is_ours, outcome_of_file, outcome_of_node
from execution.acceptance.report import TestCase, TestReport
from execution.acceptance.testing import run_tests
from execution.models import AcceptanceResult, AcceptanceTest, Run, SuiteRun, Wave
from execution.output.paths import safe_path
from execution.projection import infrastructure_of
from execution.validation.environments import Environment
from execution.waves.tree import Tree, base_tree
from planning.models import MasterPlan

_CANNOT_IMPORT = re.compile(r"\b(?:ModuleNotFoundError|ImportError)\b")


@dataclass(frozen=True)
class Ran:
    """What a run of tests said, of the tree it was run on."""

    tree: Tree
    report: TestReport
    outcomes: Mapping[uuid.UUID, Outcome] = field(default_factory=dict)
    """By acceptance test."""

    @property
    def own(self) -> list[TestCase]:
        """The project's own tests."""
        return [case for case in self.report.tests if not is_ours(case.node_id)]

    def red(self, excused: Collection[str] = ()) -> list[TestCase]:
        return [case for case in self.report.red if case.node_id.split("[")[0] not in excused]


@contextmanager
def assembled(files: Mapping[str, str]) -> Iterator[Path]:
    """The files in a folder that is gone afterwards."""
    configuration().caches_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="suite-", dir=configuration().caches_dir) as folder:
        for name, text in files.items():
            target = Path(folder) / safe_path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
        yield Path(folder)


def files_to_run(plan: MasterPlan, tree: Tree, tests: Sequence[AcceptanceTest]) -> dict[str, str]:
    """What is accepted, what makes it a project, and the acceptance tests that have code of ours."""
    ours = {file_of(test.pk.hex): test.code for test in tests if test.code}
    return {**infrastructure_of(plan, tree.files), **tree.files, **ours}


def run_suite(
    plan: MasterPlan,
    environment: Environment,
    tests: Sequence[AcceptanceTest],
    *,
    only: Sequence[str] | None = None,
) -> Ran:
    """Run the project's whole suite, or the files and tests in ``only``, and with them the acceptance ``tests``."""
    tree = base_tree(plan.pk, only_accepted=True)
    named = [] if only is None else [*only, *_targets(tests, only, tree)]
    if only is not None and not named:
        return Ran(tree, TestReport(status="not_run", reason="No test could run."))
    with assembled(files_to_run(plan, tree, tests)) as root:
        report = run_tests(root, environment, tests=sorted(set(named)))
    if only is not None:
        report = _without_unfinished(report)
    cases = by_test(report.tests)
    outcomes = {
        test.pk: outcome_of_file(file_of(test.pk.hex), report.tests)
        if test.code
        else outcome_of_node(test.node_id, cases)
        for test in tests
    }
    return Ran(tree, report, outcomes)


def _without_unfinished(report: TestReport) -> TestReport:
    """In a project that is not whole yet a test that cannot import something could not run; it has not failed."""
    cases = tuple(case for case in report.tests if not (case.red and _CANNOT_IMPORT.search(case.message)))
    if len(cases) == len(report.tests):
        return report
    red = any(case.red for case in cases)
    status: Literal["failed", "passed", "not_run"] = "failed" if red else "passed" if cases else "not_run"
    return replace(report, tests=cases, status=status)


def _targets(tests: Sequence[AcceptanceTest], only: Sequence[str], tree: Tree) -> list[str]:
    """Where the acceptance tests are; those in files that are run as a whole, or are not there, are not named again."""
    targets = [file_of(test.pk.hex) for test in tests if test.code]
    for test in tests:
        path = test.node_id.split("::")[0]
        if not test.code and path not in only and path in tree.files:
            targets.append(test.node_id)
    return targets


def keep_suite(run: Run, ran: Ran, *, wave: Wave | None = None, final: bool = False) -> SuiteRun:
    """Write down what was run, with the result of each acceptance test and its event."""
    report = ran.report
    with change():
        kept = SuiteRun.objects.create(
            plan_id=run.plan_id,
            run=run,
            wave=wave,
            final=final,
            status=report.status,
            reason=report.reason[:2000],
            passed=sorted(case.node_id for case in report.tests if case.outcome == "passed"),
            failed=[{"node_id": case.node_id, "message": case.message[:4000]} for case in report.red],
            percent=report.percent,
            files=_files_of(report),
            revisions={str(pk): str(atom.accepted_id) for pk, atom in ran.tree.atoms.items() if atom.accepted_id},
            seconds=report.seconds,
        )
        rows = AcceptanceTest.objects.filter(pk__in=ran.outcomes).order_by("created_at", "id")
        for test in rows:
            _keep_result(run, wave, test, ran.outcomes[test.pk])
    return kept


def tell_start(run: Run, tests: Sequence[AcceptanceTest]) -> None:
    """One event a test, before they are run."""
    with change():
        for test in tests:
            emit(("plan", run.plan_id), "acceptance_test_start", {**_words(test), "passed": None, "error": ""})


def _keep_result(run: Run, wave: Wave | None, test: AcceptanceTest, outcome: Outcome) -> None:
    output = outcome.message[:4000] or ("skipped" if outcome.ran and outcome.passed is None else "")
    AcceptanceResult.objects.create(
        test=test, run=run, wave=wave, passed=outcome.passed, output=output, seconds=outcome.seconds
    )
    error = output[:300] if outcome.ran else "not run"
    emit(("plan", run.plan_id), "acceptance_test_result", {**_words(test), "passed": outcome.passed, "error": error})


def _words(test: AcceptanceTest) -> dict[str, str]:
    return {"test_id": str(test.pk), "requirement": test.requirement, "priority": test.priority}


def _files_of(report: TestReport) -> dict[str, dict[str, object]]:
    """The tests that touch each file, and how much of it the whole run executed."""
    touching: dict[str, set[str]] = {}
    for node_id, files in report.coverage.items():
        for path, lines in files.items():
            if path and lines:
                touching.setdefault(path, set()).add(node_id)
    return {
        path: {"tests": sorted(touching.get(path, ())), "percent": report.file_percent.get(path)}
        for path in sorted(touching.keys() | report.file_percent.keys())
        if path and not is_ours(path)
    }
