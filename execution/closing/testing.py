"""Level 4: the project's test suite, start and health in the sandbox; red tests send suspects back to a wave."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Sequence

from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change, emit
from common.configuration import configuration
from common.transitions import transition_many
from execution.acceptance.blame import suspects
from execution.acceptance.report import TestCase, TestReport
from execution.acceptance.starting import StartReport, start_project
from execution.acceptance.testing import run_tests
from execution.models import (
    AcceptanceResult,
    AcceptanceTest,
    Atom,
    GateResult,
    Run,
    ValidationResult,
    Wave,
)
from execution.projection import workspace_of
from execution.rescoring import rescore
from execution.sandbox.isolation import Level, require
from execution.services.advance_stage import enter_stage
from execution.services.code_progress import count_code
from execution.services.pausing import pause_now
from execution.services.runs import still_in
from execution.states import AtomStatus, Stage
from execution.waves.checking import plan_environment
from execution.waves.tree import Tree, base_tree
from integrations.llm.shapes import Diagnostic
from planning.models import Task
from planning.services.progress import refresh_progress
from planning.states import TaskStatus

logger = logging.getLogger(__name__)

MAX_TEST_ROUNDS = 4
SUSPECTS = 3
MOST_ATTEMPTS = 6
SHOULD_RATE = 0.95
LEFT_OUT = (TaskStatus.SKIPPED, TaskStatus.CANCELLED)
FROM_PLAN = "plan"
"""Source of acceptance tests that are criteria of tasks."""


def run_project_tests(run: Run) -> None:
    """Run the tests; green goes on to closing, red sends the most suspicious atoms back, at last a person is asked."""
    require(Level(configuration().sandbox_required_level))
    environment = plan_environment(run.plan)
    root = workspace_of(run.plan).root
    emit(("plan", run.plan_id), "acceptance_test_start", {"round": run.test_rounds + 1})
    report = run_tests(root, environment)
    start = start_project(root, environment)
    with change():
        if not still_in(run, Stage.TESTING):
            return  # cancelled, or sent back meanwhile
        Run.objects.filter(pk=run.pk).update(test_rounds=run.test_rounds + 1)
        _keep(run, report, start)
        rescore(run.plan_id)
        if report.status == "passed" and start.status == "passed":
            _pass(run, report)
            return
        _send_back(run, report, start)


def _pass(run: Run, report: TestReport) -> None:
    tested = transition_many(
        Task.objects.filter(plan_id=run.plan_id, status=TaskStatus.READY_FOR_TEST), TaskStatus.TESTED, actor=SYSTEM
    )
    if tested:
        refresh_progress(run.plan_id, actor=SYSTEM)
    if _gate(run, report):
        enter_stage(run, Stage.CLOSING)


def _send_back(run: Run, report: TestReport, start: StartReport) -> None:
    """Reopen the atoms that the failing tests point at, unless that was tried often enough."""
    failing = list(report.red)
    tree = base_tree(run.plan_id, only_accepted=True)
    found = suspicious_atoms(report, tree)
    if run.test_rounds + 1 >= MAX_TEST_ROUNDS or not found:
        reason = f"{len(failing)} tests fail" if failing else report.reason or start.reason
        pause_now(run, reason="tests_failed", detail=f"{reason}. {_summary(failing)}".strip(), actor=SYSTEM)
        return
    for atom in found:
        feedback = _feedback(atom, tree, failing)
        Atom.objects.filter(pk=atom.pk).update(
            feedback=feedback, max_attempts=max(atom.max_attempts, atom.attempts + 1), updated_at=timezone.now()
        )
    reopened = transition_many(
        Atom.objects.filter(pk__in=[atom.pk for atom in found]),
        AtomStatus.RETRYING,
        actor=SYSTEM,
        reason="a test that runs it fails",
    )
    tasks = {atom.task_id for atom in reopened}
    transition_many(
        Task.objects.filter(pk__in=tasks, status__in=[TaskStatus.READY_FOR_TEST, TaskStatus.TESTED]),
        TaskStatus.IN_PROGRESS,
        actor=SYSTEM,
        reason="a test fails",
    )
    count_code(run.plan_id, tasks)
    refresh_progress(run.plan_id, actor=SYSTEM)
    logger.info("Tests fail; %d suspects go back to their waves.", len(reopened))
    enter_stage(run, Stage.WAVES)


def suspicious_atoms(report: TestReport, tree: Tree) -> list[Atom]:
    """The atoms most worth another look, best first: code before tests, and only those with attempts left."""
    spans = {path: [(span.atom, span.start, span.end) for span in spans] for path, spans in tree.spans.items()}
    ranked = [tree.atoms[atom] for atom, _ in suspects(report, spans)]
    code = [atom for atom in ranked if not atom.path.startswith("tests/")]
    return [atom for atom in code or ranked if atom.attempts < MOST_ATTEMPTS][:SUSPECTS]


def _feedback(atom: Atom, tree: Tree, failing: Sequence[TestCase]) -> list[dict[str, object]]:
    line = tree.span_of(atom).start
    return [
        Diagnostic(
            path=atom.path,
            line=line,
            layer="tests",
            code="test_failed",
            message=f"{case.node_id}: {case.message[:1500]}",
        ).model_dump()
        for case in failing[:5]
    ]


def _summary(failing: Sequence[TestCase]) -> str:
    return "; ".join(case.node_id for case in failing[:5])


def _keep(run: Run, report: TestReport, start: StartReport) -> None:
    """Results of the system level, and of the acceptance tests that are tests of the project."""
    outcomes = by_test(report.tests)
    failed = len(report.red)
    passed = sum(1 for case in report.tests if case.outcome == "passed")
    ValidationResult.objects.create(
        plan_id=run.plan_id,
        level=4,
        layer="tests",
        passed=None if report.status == "not_run" else report.status == "passed",
        checks_run=failed + passed,
        checks_failed=failed,
        checks_passed=passed,
        errors=[{"path": case.node_id, "message": case.message[:4000]} for case in report.red],
        warnings=[] if report.percent is None else [{"message": "statements executed", "percent": report.percent}],
        seconds=report.seconds,
        reason=report.reason,
    )
    ValidationResult.objects.create(
        plan_id=run.plan_id,
        level=4,
        layer="start",
        passed=None if start.status == "not_run" else start.status == "passed",
        checks_run=1,
        checks_passed=int(start.status == "passed"),
        checks_failed=int(start.status != "passed"),
        seconds=start.seconds,
        reason=start.reason,
    )
    for test in acceptance_tests(run.plan_id):
        case = outcomes.get(test.node_id)
        verdict = None if case is None or case.outcome == "skipped" else case.outcome == "passed"
        AcceptanceResult.objects.create(
            test=test,
            run=run,
            passed=verdict,
            output=case.message[:4000] if case else "",
            seconds=case.seconds if case else 0,
        )
        emit(
            ("plan", run.plan_id),
            "acceptance_test_result",
            {
                "test_id": str(test.pk),
                "requirement": test.requirement,
                "priority": test.priority,
                "passed": verdict,
                "error": case.message[:300] if case else "not run",
            },
        )


def by_test(cases: Sequence[TestCase]) -> dict[str, TestCase]:
    """Cases by node id; the cases of a parametrised test also count together, as its worst one, without brackets."""
    found: dict[str, TestCase] = {}
    for case in cases:
        found[case.node_id] = case
        whole = case.node_id.split("[")[0]
        if whole not in found or _badness(case) > _badness(found[whole]):
            found[whole] = case
    return found


def _badness(case: TestCase) -> int:
    return 2 if case.red else 0 if case.outcome == "passed" else 1


def acceptance_tests(plan_id: uuid.UUID) -> list[AcceptanceTest]:
    """The plan's criteria that name the test of the project which proves them, as the plan has them now.

    Those of tasks that are left out do not count, nor those whose test is in a file that is left out.
    """
    tasks = list(Task.objects.filter(plan_id=plan_id).order_by("number").defer("draft"))
    built = [task for task in tasks if task.status not in LEFT_OUT]
    criteria = _keep_criteria(plan_id, built)
    gone = _paths_of(task for task in tasks if task.status in LEFT_OUT) - _paths_of(built)
    return [
        test
        for test in AcceptanceTest.objects.filter(plan_id=plan_id)
        if (test.source != FROM_PLAN or (test.task_id, test.requirement) in criteria)
        and test.node_id.split("::")[0] not in gone
    ]


def _keep_criteria(plan_id: uuid.UUID, tasks: Iterable[Task]) -> set[tuple[uuid.UUID | None, str]]:
    """Rows for the criteria that these tasks have now, with the tests that prove them now; task and text of each."""
    criteria: dict[tuple[uuid.UUID | None, str], tuple[str, str]] = {
        (task.pk, criterion["text"]): (criterion["test"], criterion.get("priority", "must"))
        for task in tasks
        for criterion in task.acceptance_criteria
        if criterion.get("test")
    }
    known = AcceptanceTest.objects.filter(plan_id=plan_id, source=FROM_PLAN).in_bulk()
    for row in known.values():
        row.node_id, row.priority = criteria.get((row.task_id, row.requirement), (row.node_id, row.priority))
    AcceptanceTest.objects.bulk_update(known.values(), ["node_id", "priority"])
    AcceptanceTest.objects.bulk_create(
        [
            AcceptanceTest(plan_id=plan_id, task_id=task, requirement=text, node_id=node_id, priority=priority)
            for (task, text), (node_id, priority) in criteria.items()
        ],
        ignore_conflicts=True,
    )
    return set(criteria)


def _paths_of(tasks: Iterable[Task]) -> set[str]:
    return {path for task in tasks for path in task.target_files}


def _gate(run: Run, report: TestReport) -> bool:
    """Gate S at the end of the plan: every must test passed, 95% of should; none may be left unrun. Else pause."""
    latest = {row.test_id: row for row in AcceptanceResult.objects.filter(run=run).order_by("created_at")}
    tests = acceptance_tests(run.plan_id)
    must = [latest.get(test.pk) for test in tests if test.priority == "must"]
    should = [latest.get(test.pk) for test in tests if test.priority == "should"]
    must_rate, should_rate = _rate(must), _rate(should)
    passed = None if not tests else must_rate in (None, 1.0) and (should_rate is None or should_rate >= SHOULD_RATE)
    reason = "No criterion names a test." if passed is None else f"must {_share(must)}, should {_share(should)}"
    last_wave = Wave.objects.filter(plan_id=run.plan_id).order_by("-number").first()
    GateResult.objects.create(
        plan_id=run.plan_id,
        run=run,
        wave=last_wave,
        must_rate=must_rate,
        should_rate=should_rate,
        passed=passed,
        reason=reason,
    )
    emit(
        ("plan", run.plan_id),
        "gate_validation_result",
        {
            "wave": last_wave.number if last_wave else None,
            "passed": passed,
            "must_rate": must_rate,
            "should_rate": should_rate,
            "reason": reason,
        },
    )
    if passed is False:
        pause_now(run, reason="gate_failed", detail=reason, actor=SYSTEM)
        return False
    return True


def _rate(results: Sequence[AcceptanceResult | None]) -> float | None:
    """Share that passed; one that was not run has not passed. ``None`` when there is none."""
    if not results:
        return None
    return sum(1 for row in results if row is not None and row.passed) / len(results)


def _share(results: Sequence[AcceptanceResult | None]) -> str:
    return f"{sum(1 for row in results if row is not None and row.passed)} of {len(results)}"
