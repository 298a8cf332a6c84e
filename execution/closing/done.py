"""A task is done only by its Definition of Done: the facts are gathered here, once for the whole project."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from common.actors import SYSTEM
from common.transitions import move_if_possible
from execution.acceptance.proofs import is_ours
from execution.closing.importing import ImportProblem, import_problems
from execution.drafts.checks import module_of
from execution.gates.gates import excused_nodes
from execution.models import Run, SuiteRun
from execution.output.done import ConditionOutcome, DoneReport, TaskFacts, TestOutcome, judge_task
from execution.output.inspection import has_calls_to_test
from execution.output.requirements import missing_requirements
from execution.projection import workspace_of
from execution.sources import Sources
from execution.validation.conditions import check
from execution.validation.results import TreeReport
from execution.waves.checking import check_tree, plan_environment
from execution.waves.tree import base_tree
from integrations.llm.shapes import Condition, Export
from planning.models import Task
from planning.services.progress import move_tasks
from planning.states import TaskStatus

_SCRIPT = re.compile(r"(?:^|/)(?:scripts|migrations|alembic|management/commands)/|^(?:manage|setup|noxfile)\.py$")
CALLER_CODES = frozenset({"call-arg", "arg-type", "attr-defined", "call-overload"})


@dataclass(frozen=True)
class ProjectState:
    """What is true of the whole project when its tasks are judged."""

    files: Sources
    checks: TreeReport
    suite: Suite
    imports: list[ImportProblem] | None
    undeclared: list[str]
    committed: frozenset[str]
    unformatted: frozenset[str] | None


@dataclass(frozen=True)
class Suite:
    """The project's tests as they ran last: node ids, and by file those that touch it and the percent executed.

    ``excused`` are red ones that staff let pass; ``broken`` passed before and are red now.
    """

    passed: frozenset[str] = frozenset()
    red: frozenset[str] = frozenset()
    excused: frozenset[str] = frozenset()
    broken: tuple[str, ...] = ()
    touching: Mapping[str, frozenset[str]] = field(default_factory=dict)
    percent: Mapping[str, float] = field(default_factory=dict)

    def of(self, paths: Iterable[str]) -> frozenset[str]:
        """Tests in these files, and those that run lines of them."""
        wanted = set(paths)
        own = {node for node in self.passed | self.red if node.split("::")[0] in wanted}
        return frozenset(own.union(*(self.touching.get(path, frozenset()) for path in wanted)))


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
    everything = {path: (workspace.root / path).read_text(errors="replace") for path in workspace.owned_files()}
    promised = {task.target_files[0]: [row["name"] for row in task.exports] for task in tasks if task.exports}
    return ProjectState(
        files=Sources(tree.files),
        checks=check_tree(run.plan, tree.files),
        suite=suite_now(run),
        imports=import_problems(workspace.root, plan_environment(run.plan), promised),
        undeclared=[str(item) for item in missing_requirements(everything)],
        committed=frozenset(everything),
        unformatted=unformatted(workspace.root, sorted(tree.files)),
    )


def suite_now(run: Run) -> Suite:
    """The last run of the whole suite, against all runs before it. Three queries."""
    rows = list(SuiteRun.objects.filter(plan_id=run.plan_id)[:20])
    last = next((row for row in rows if row.final), None)
    if last is None:
        return Suite()
    excused = excused_nodes(run)
    failed = {row["node_id"] for row in last.failed if not is_ours(row["node_id"])}
    red = frozenset(node for node in failed if node.split("[")[0] not in excused)
    before = {node for row in rows if row.created_at < last.created_at for node in row.passed}
    return Suite(
        passed=frozenset(node for node in last.passed if not is_ours(node)),
        red=red,
        excused=frozenset(failed - red),
        broken=tuple(sorted(red & before)),
        touching={
            path: frozenset(node for node in row["tests"] if not is_ours(node)) for path, row in last.files.items()
        },
        percent={path: row["percent"] for path, row in last.files.items() if row["percent"] is not None},
    )


def unformatted(root: Path, files: Sequence[str]) -> frozenset[str] | None:
    """Python files that the project's formatter would change; ``None`` when it could not be asked."""
    python = [path for path in files if path.endswith(".py")]
    command = [str(Path(sys.executable).with_name("ruff")), "format", "--check", "--no-cache", "--", *python]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode not in (0, 1):
        return None
    marks = ("Would reformat: ", "unformatted: ")
    lines = done.stdout.splitlines()
    return frozenset(line.removeprefix(mark).strip() for line in lines for mark in marks if line.startswith(mark))


def _facts(task: Task, state: ProjectState, tasks: list[Task]) -> TaskFacts:
    files = {path: state.files[path] for path in task.target_files if path in state.files}
    suite = state.suite
    mine = suite.of(task.target_files)
    applies, why_not = _tests_apply(task, files, suite)
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
        postconditions=_postconditions(task, state, mine),
        exports=[Export.model_validate(row) for row in task.exports],
        import_errors=_import_errors(module_of(task.target_files[0]), state),
        tests=TestOutcome(passed=len(mine & suite.passed), failed=sorted(mine & suite.red)),
        tests_apply=applies,
        no_tests_reason=why_not,
        regressions=suite.broken,
        conflicts=_conflicts(task, tasks),
        incompatible_callers=_incompatible_callers(files, state),
        undeclared_imports=state.undeclared,
        metadata_stored=task.drafted_at is not None,
        plan_updated=task.status in (TaskStatus.TESTED, TaskStatus.DONE),
        committed=all(path in state.committed for path in task.target_files),
        formatted=None if state.unformatted is None else not state.unformatted & files.keys(),
        coverage=_coverage(task, suite),
    )


def _postconditions(task: Task, state: ProjectState, mine: frozenset[str]) -> list[ConditionOutcome]:
    """``mine`` are the tests that touch the task's files: what they say decides whether its tests pass."""
    holds = {"passed": True, "failed": False, "not_run": None}
    tests_pass = bool(mine & state.suite.passed) and not mine & state.suite.red
    return [
        ConditionOutcome(
            f"{row.condition.kind} {row.condition.subject}",
            tests_pass if row.condition.kind == "tests_pass" else holds[row.status],
            row.reason,
        )
        for row in check([Condition.model_validate(row) for row in task.postconditions], state.files)
    ]


def _import_errors(module: str, state: ProjectState) -> dict[str, str] | None:
    """By name, of the names that the module promises; ``None`` when nothing could be imported."""
    if state.imports is None:
        return None
    return {problem.name: problem.message for problem in state.imports if problem.module == module}


def _conflicts(task: Task, tasks: list[Task]) -> list[str]:
    return [
        f"{other.short_id} writes {path}"
        for other in tasks
        for path in other.target_files
        if other.pk != task.pk and path in task.target_files
    ]


def _incompatible_callers(files: Mapping[str, str], state: ProjectState) -> list[str]:
    """Errors of other files that tell of a call that does not fit."""
    return [
        f"{item.path}:{item.line} {item.message}"
        for item in state.checks.diagnostics
        if item.code in CALLER_CODES and item.severity == "error" and item.path not in files
    ]


def _tests_apply(task: Task, files: Mapping[str, str], suite: Suite) -> tuple[bool, str]:
    """Tests apply to code that can be called; declarations are proved where they are used."""
    python = {path: text for path, text in files.items() if path.endswith(".py")}
    if not python:
        return False, "not a Python file"
    if excused := suite.excused & suite.of(task.target_files):
        return False, f"overridden by staff: {', '.join(sorted(excused))}"
    if task.type == Task.Type.TESTING and any(PurePosixPath(path).name.startswith("test_") for path in python):
        return True, ""
    if all(_SCRIPT.search(path) for path in python):
        return False, "a script or a migration, which is run by hand"
    if not any(has_calls_to_test(text) for text in python.values()):
        return False, "only declarations: nothing in it can be called"
    return True, ""


def _coverage(task: Task, suite: Suite) -> float | None:
    """Of the task's files that have statements, on average."""
    known = [suite.percent[path] for path in task.target_files if path in suite.percent]
    return sum(known) / len(known) if known else None
