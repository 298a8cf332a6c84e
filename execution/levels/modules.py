"""Level 2, a task's module: its atoms fit together, callers use its signatures as they are, it has one subject."""

from __future__ import annotations

import ast
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from common.python_source import parse_python
from execution.levels.calls import Misfit, misfits
from execution.levels.cohesion import strangers
from execution.levels.results import Check, check_of, keep_checks
from execution.models import Atom
from execution.states import AtomStatus
from execution.validation.results import TreeReport
from execution.waves.tree import Tree
from execution.waves.verdicts import DECISIVE
from integrations.llm.shapes import Diagnostic
from planning.models import Task
from planning.states import TaskStatus


def tasks_of(candidates: Mapping[uuid.UUID, uuid.UUID]) -> dict[Task, bool]:
    """The tasks of the candidates, and whether all their atoms are accepted, or would be with these. One query."""
    settled = [AtomStatus.ACCEPTED, AtomStatus.SKIPPED]
    still_open = Atom.objects.filter(task=OuterRef("pk")).exclude(status__in=settled).exclude(pk__in=candidates)
    tasks = Task.objects.filter(pk__in=set(candidates.values())).order_by("number").defer("draft", "output")
    return {task: task.complete for task in tasks.annotate(complete=~Exists(still_open))}


def calls_that_do_not_fit(
    tree: Tree, candidates: Collection[uuid.UUID], found: Sequence[Misfit], *, known: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """Those on lines of the candidates: who calls with wrong arguments is charged. What a layer said is ``known``."""
    said = {(item.path, item.line) for item in known if item.severity == "error"}
    new = [one.diagnostic for one in found if (one.diagnostic.path, one.diagnostic.line) not in said]
    return [item for atom, items in tree.charged(new).items() if atom in candidates for item in items]


def judge_modules(
    tree: Tree, tasks: Sequence[Task], report: TreeReport, found: Sequence[Misfit] | None = None
) -> dict[uuid.UUID, list[Check]]:
    """Three checks for each task, by its id. Writes nothing."""
    calls = misfits(tree.files) if found is None else found
    return {task.pk: _checks(tree, task, report, calls) for task in tasks}


def keep_modules(plan_id: uuid.UUID, judged: Mapping[uuid.UUID, Sequence[Check]]) -> None:
    """Write down the checks of tasks that are complete now."""
    complete = Task.objects.filter(pk__in=judged, status__in=[TaskStatus.READY_FOR_TEST, TaskStatus.TESTED])
    for task in complete.only("pk"):
        keep_checks(plan_id, 2, judged[task.pk], task=task)


def _checks(tree: Tree, task: Task, report: TreeReport, calls: Sequence[Misfit]) -> list[Check]:
    paths = frozenset(path for path in task.target_files if path in tree.files)
    missing = [path for path in task.target_files if path not in tree.files]
    errors = [item for item in report.diagnostics if item.path in paths and item.layer in DECISIVE]
    errors += [
        Diagnostic(path=path, line=1, layer="integration", code="missing", message="The file is not there.")
        for path in missing
    ]
    used = [one.diagnostic for one in calls if one.callee in paths or one.diagnostic.path in paths]
    return [
        _charged(check_of("integration", errors, run=max(len(task.target_files), 1)), tree),
        _charged(check_of("api", [*used, *_broken_contracts(task, tree)], run=max(len(task.exports), 1)), tree),
        _charged(check_of("cohesion", strangers(tree.files, paths), run=max(len(paths), 1)), tree),
    ]


def _broken_contracts(task: Task, tree: Tree) -> list[Diagnostic]:
    """Warnings for functions that ask for more than the plan promised to those who use them."""
    found = []
    for export in task.exports:
        promised = _signature(export["signature"])
        actual = _function(tree.files.get(task.target_files[0], ""), export["name"])
        if promised is None or actual is None:
            continue
        names = {one.arg for one in [*promised.posonlyargs, *promised.args, *promised.kwonlyargs]}
        needed = [one.arg for one in actual.args.args[: len(actual.args.args) - len(actual.args.defaults)]]
        more = [name for name in needed if name not in names]
        if more and not (promised.vararg or promised.kwarg):
            found.append(
                Diagnostic(
                    path=task.target_files[0],
                    line=actual.lineno,
                    layer="contract",
                    code="asks-for-more",
                    message=f"{export['name']} needs {', '.join(more)}, which the plan does not promise.",
                    severity="warning",
                )
            )
    return found


def _signature(text: str) -> ast.arguments | None:
    for attempt in (f"{text.rstrip(':')}: ...", f"def f{text}: ..."):
        try:
            node = parse_python(attempt).body[0]
        except (SyntaxError, ValueError, IndexError):
            continue
        return node.args if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
    return None


def _function(text: str, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    try:
        body = parse_python(text).body
    except (SyntaxError, ValueError):
        return None
    functions = (node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return next((node for node in functions if node.name == name), None)


def _charged(check: Check, tree: Tree) -> Check:
    """The same check, each error with the atom it is charged to."""
    return Check(
        layer=check.layer,
        passed=check.passed,
        errors=[with_atom(row, tree) for row in check.errors],
        warnings=[with_atom(row, tree) for row in check.warnings],
        run=check.run,
        failed=check.failed,
    )


def with_atom(row: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    """A finding with the id and label of the atom whose lines it names, where there is one."""
    for atom in tree.charged([Diagnostic.model_validate(row)]):
        return {**row, "atom": str(atom), "label": tree.atoms[atom].label()}
    return dict(row)
