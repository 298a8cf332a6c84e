"""The final report, gathered from what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Count, Q, QuerySet

from execution.acceptance.proofs import file_of
from execution.gates.criteria import acceptance_tests
from execution.gates.gates import excused_nodes, latest_results
from execution.levels.selectors import shares_of
from execution.models import (
    AcceptanceResult,
    AcceptanceTest,
    Atom,
    DependencyGraph,
    FailureAnalysis,
    Run,
    ValidationResult,
    Wave,
)
from execution.models.atom import replaced_atoms
from execution.output.done import DoneReport
from execution.output.report import (
    Acceptance,
    Asked,
    AttemptCount,
    Built,
    Cost,
    Costs,
    DoneTask,
    FailedTest,
    Failure,
    Learned,
    LevelResult,
    MemoryAsked,
    NotDone,
    Report,
    StageTime,
    TestResults,
    Times,
)
from execution.projection import workspace_of
from execution.states import AtomStatus
from integrations.llm.estimates import outcomes_of
from integrations.llm.shapes import Pattern, ReportInputs, ReportSummary
from integrations.models import LearningLookup
from planning.models import MasterPlan, Task
from planning.states import TaskStatus

UNUSED = "the request says it, the plan does not use it"


def gather_report(run: Run, done: list[DoneReport]) -> Report:
    """Everything but the words of a model. About a dozen queries and a read of the workspace."""
    plan = run.plan
    workspace = workspace_of(plan)
    files = {path: (workspace.root / path).read_text(errors="replace") for path in workspace.owned_files()}
    tasks = Task.objects.filter(plan=plan, left_in__isnull=True)
    atoms = Atom.objects.filter(plan=plan).exclude(replaced_atoms())
    return Report(
        project_name=plan.project_name,
        trace_id=run.trace_id,
        asked=Asked(request=plan.original_request, plan=str(plan.pk), version=plan.version),
        built=Built.from_files(
            files,
            tasks_done=sum(1 for report in done if report.done),
            tasks_total=tasks.count(),
            atoms_accepted=atoms.filter(status=AtomStatus.ACCEPTED).count(),
            atoms_total=atoms.count(),
            waves=Wave.objects.filter(graph=DependencyGraph.objects.filter(plan=plan).first()).count(),
            commit=workspace.head() or "",
        ),
        tests=_tests(run),
        acceptance=_acceptance(run),
        levels=_levels(run),
        definition_of_done=_done_tasks(done),
        attempts=_attempts(atoms),
        failures=_failures(plan),
        costs=costs_of(run),
        times=_times(run),
        memory=_memory(run),
        not_done=_not_done(plan, tasks),
    )


def _done_tasks(done: list[DoneReport]) -> list[DoneTask]:
    return [
        DoneTask(
            task=report.task,
            title=report.title,
            done=report.done,
            failed=[f"{row.name}: {row.why}" for row in report.missing],
        )
        for report in done
    ]


def _attempts(atoms: QuerySet[Atom]) -> list[AttemptCount]:
    """How many accepted atoms took how many attempts."""
    accepted = atoms.filter(status=AtomStatus.ACCEPTED, attempts__gt=0)
    rows = accepted.values("attempts").annotate(number=Count("pk")).order_by("attempts")
    return [AttemptCount(attempt=row["attempts"], accepted=row["number"]) for row in rows]


def _failures(plan: MasterPlan) -> list[Failure]:
    return [
        Failure(
            atom=row.atom.label() if row.atom else row.task.title,
            task=row.task.short_id,
            attempts=row.attempts,
            reason=row.root_cause,
        )
        for row in FailureAnalysis.objects.filter(plan=plan).select_related("atom", "task")
    ]


def _not_done(plan: MasterPlan, tasks: QuerySet[Task]) -> list[NotDone]:
    """Tasks that were left out or failed, and parts of the request that nothing came of."""
    left = tasks.filter(status__in=[TaskStatus.SKIPPED, TaskStatus.FAILED])
    missing = [NotDone(what=f"{task.short_id} {task.title}", why=task.last_error or task.status) for task in left]
    return missing + [NotDone(what=part, why=UNUSED) for part in plan.discovery.not_understood]


def summary_inputs(report: Report) -> ReportInputs:
    """Facts from which a model writes the summary."""
    facts = [
        f"{report.built.files} files with {report.built.lines} lines and {len(report.built.endpoints)} endpoints",
        f"{report.built.tasks_done} of {report.built.tasks_total} tasks are done",
        f"{report.tests.passed} tests passed and {report.tests.failed} failed (verdict: {report.tests.verdict})",
        f"{report.built.atoms_accepted} of {report.built.atoms_total} atoms accepted in {report.built.waves} waves",
    ]
    facts += [f"not done: {row.what} ({row.why})" for row in report.not_done]
    return ReportInputs(project_name=report.project_name, request=report.asked.request, facts=facts)


def with_summary(report: Report, answer: ReportSummary) -> Report:
    return report.model_copy(update={"summary": answer.summary, "next_steps": answer.next_steps})


def with_patterns(report: Report, patterns: Iterable[Pattern]) -> Report:
    learned = [Learned.model_validate(pattern.model_dump(exclude={"tasks"})) for pattern in patterns]
    return report.model_copy(update={"learned": learned})


def _tests(run: Run) -> TestResults:
    row = ValidationResult.objects.filter(plan=run.plan, level=4, layer="tests").order_by("-created_at").first()
    if row is None or row.passed is None:
        return TestResults(ran=False, reason=row.reason if row else "The tests were not run.")
    return TestResults(
        ran=True,
        passed=row.checks_passed,
        failed=row.checks_failed,
        coverage=row.warnings[0]["percent"] if row.warnings else None,
        seconds=row.seconds,
        failures=[FailedTest(test=error["path"], message=error["message"]) for error in row.errors],
    )


def _acceptance(run: Run) -> list[Acceptance]:
    latest, excused = latest_results(run), excused_nodes(run)
    return [_requirement(test, latest.get(test.pk), excused) for test in acceptance_tests(run.plan_id)]


def _requirement(test: AcceptanceTest, result: AcceptanceResult | None, excused: Mapping[str, str]) -> Acceptance:
    """``not_applicable`` is what no test can prove; what staff overrode keeps its verdict, with who and why."""
    node = file_of(test.pk.hex) if test.code else test.node_id
    verdict = "not_run" if result is None or result.passed is None else "passed" if result.passed else "failed"
    return Acceptance.model_validate(
        {
            "requirement": test.requirement,
            "priority": test.priority,
            "verdict": verdict if node else "not_applicable",
            "tests": [node] if node else [],
            "why": test.untestable or ("" if verdict == "passed" else excused.get(node, "")),
        }
    )


def _levels(run: Run) -> list[LevelResult]:
    return [
        LevelResult(level=share.level, name=share.name, passed=share.passed, judged=share.judged)
        for share in shares_of(run.plan_id)
    ]


def costs_of(run: Run) -> Costs:
    """What the plan has cost by now, against its estimate. Two queries."""
    return Costs(
        by_purpose=[
            Cost(purpose=row.purpose, calls=row.calls, dollars=row.spent, estimate=row.estimated)
            for row in outcomes_of(run.plan_id)
        ],
        estimate=run.plan.estimated_cost,
    )


def _memory(run: Run) -> MemoryAsked:
    """Look-ups for the plan and for the discovery it came from. Two queries."""
    asked = LearningLookup.objects.filter(Q(plan_id=run.plan_id) | Q(used_for_id=run.plan.discovery_id))
    answer = LearningLookup.Answer
    asked = asked.exclude(answer=answer.OFF)
    down = asked.filter(answer=answer.UNAVAILABLE)
    counts = asked.aggregate(
        lookups=Count("pk"),
        answered=Count("pk", filter=Q(answer=answer.FOUND)),
        unavailable=Count("pk", filter=Q(answer=answer.UNAVAILABLE)),
    )
    troubles = down.values_list("trouble", flat=True).order_by("trouble").distinct()
    return MemoryAsked(**counts, why=", ".join(troubles))


def _times(run: Run) -> Times:
    stages = [StageTime(stage=stage, seconds=seconds) for stage, seconds in run.stage_seconds.items()]
    return Times(
        by_stage=stages,
        total_seconds=sum(stage.seconds for stage in stages),
        estimate_seconds=run.plan.estimated_minutes * 60.0,
    )
