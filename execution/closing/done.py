"""A task is done only by its Definition of Done: the facts are gathered here, once for the whole project."""

from __future__ import annotations

from dataclasses import dataclass

from common.actors import SYSTEM
from common.transitions import move_if_possible
from execution.closing.importing import import_problems
from execution.drafts.checks import module_of
from execution.models import Run, ValidationResult
from execution.output.done import ConditionOutcome, DoneReport, TaskFacts, TestOutcome, judge_task
from execution.output.requirements import missing_requirements
from execution.projection import workspace_of
from execution.validation.conditions import check
from execution.validation.results import TreeReport
from execution.waves.checking import check_tree, plan_environment
from execution.waves.tree import base_tree
from integrations.llm.shapes import Condition, Export
from planning.models import Task
from planning.services.progress import move_tasks
from planning.states import TaskStatus

CALLER_CODES = frozenset({"call-arg", "arg-type", "attr-defined", "call-overload"})


@dataclass(frozen=True)
class ProjectState:
    """What is true of the whole project when its tasks are judged."""

    files: dict[str, str]
    checks: TreeReport
    red_tests: list[str]
    passed_tests: int
    imports: dict[str, str] | None
    undeclared: list[str]
    committed: frozenset[str]


def judge_tasks(run: Run) -> list[DoneReport]:
    """The report of every task that was built, in order. Runs one sandbox; writes nothing."""
    tasks = list(built_tasks(run).order_by("number"))
    state = _state_of(run, tasks)
    return [judge_task(_facts(task, state, tasks)) for task in tasks]


def built_tasks(run: Run):  # type: ignore[no-untyped-def]  # a queryset of tasks
    return Task.objects.filter(plan_id=run.plan_id).exclude(status__in=[TaskStatus.SKIPPED, TaskStatus.CANCELLED])


def record_done(run: Run, reports: list[DoneReport]) -> list[DoneReport]:
    """Store each report and move what is done; answers those that are not. Call it in a change."""
    by_id = {report.task: report for report in reports}
    done = []
    for task in built_tasks(run):
        report = by_id[task.short_id]
        Task.objects.filter(pk=task.pk).update(
            definition_of_done={"checks": [vars(row) for row in report.checks]},
            definition_of_done_satisfied=report.done,
        )
        if report.done:
            done.append(task.pk)
        else:
            why = "; ".join(f"{row.name}: {row.why}" for row in report.missing)
            move_if_possible(task, TaskStatus.FAILED, actor=SYSTEM, reason=why, last_error=why)
    move_tasks(plan_id=run.plan_id, task_ids=done, to=TaskStatus.DONE, actor=SYSTEM)
    return [report for report in reports if not report.done]


def _state_of(run: Run, tasks: list[Task]) -> ProjectState:
    tree = base_tree(run.plan_id, only_accepted=True)
    workspace = workspace_of(run.plan)
    last = ValidationResult.objects.filter(plan_id=run.plan_id, level=4, layer="tests").order_by("-created_at").first()
    everything = {path: (workspace.root / path).read_text(errors="replace") for path in workspace.owned_files()}
    promised = {task.target_files[0]: [row["name"] for row in task.exports] for task in tasks if task.exports}
    problems = import_problems(workspace.root, plan_environment(run.plan), promised)
    return ProjectState(
        files=tree.files,
        checks=check_tree(run.plan, tree.files),
        red_tests=[row["path"] for row in last.errors] if last else [],
        passed_tests=last.checks_passed if last else 0,
        imports=dict(problems) if problems is not None else None,
        undeclared=[str(item) for item in missing_requirements(everything)],
        committed=frozenset(everything),
    )


def _facts(task: Task, state: ProjectState, tasks: list[Task]) -> TaskFacts:
    files = {path: state.files[path] for path in task.target_files if path in state.files}
    module = module_of(task.target_files[0])
    is_test = task.type == Task.Type.TESTING
    own_red = [name for name in state.red_tests if name.split("::")[0] in task.target_files]
    conditions = check([Condition.model_validate(row) for row in task.postconditions], state.files)
    holds = {"passed": True, "failed": False, "not_run": None}
    found = [item for item in state.checks.diagnostics if item.path in files]
    return TaskFacts(
        task=task.short_id,
        title=task.title,
        files=files,
        target_files=task.target_files,
        expected_outputs=[path for path in task.expected_outputs if "/" in path or "." in path],
        workspace_paths=state.committed,
        diagnostics=found,
        layers_run=frozenset(name for name, row in state.checks.layers.items() if row.status != "not_run"),
        layers_not_run=dict(state.checks.not_run),
        postconditions=[
            ConditionOutcome(
                f"{row.condition.kind} {row.condition.subject}",
                state.passed_tests > 0 and not state.red_tests
                if row.condition.kind == "tests_pass"
                else holds[row.status],
                row.reason,
            )
            for row in conditions
        ],
        exports=[Export.model_validate(row) for row in task.exports],
        import_errors=None
        if state.imports is None
        else {key.split(":")[1]: why for key, why in state.imports.items() if key.startswith(f"{module}:")},
        tests=TestOutcome(passed=state.passed_tests, failed=own_red if is_test else state.red_tests),
        tests_apply=any(path.endswith(".py") for path in task.target_files),
        no_tests_reason="not a Python file",
        regressions=state.red_tests,
        conflicts=[
            f"{other.short_id} writes {path}"
            for other in tasks
            for path in other.target_files
            if other.pk != task.pk and path in task.target_files
        ],
        incompatible_callers=[
            f"{item.path}:{item.line} {item.message}"
            for item in state.checks.diagnostics
            if item.code in CALLER_CODES and item.severity == "error" and item.path not in files
        ],
        undeclared_imports=state.undeclared,
        metadata_stored=task.drafted_at is not None,
        plan_updated=task.status in (TaskStatus.TESTED, TaskStatus.DONE),
        committed=all(path in state.committed for path in task.target_files),
    )
