"""A level validated because a person asked: judged on what is there now, and kept."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from common.actors import set_trace_id
from common.changes import change, emit
from common.configuration import configuration
from common.errors import DevMatrixError
from execution import dispatch
from execution.gates.criteria import acceptance_tests, keep_criteria
from execution.gates.needs import that_can_run
from execution.gates.suite import keep_suite, run_suite
from execution.levels.components import judge_component, keep_components
from execution.levels.modules import judge_modules, with_atom
from execution.levels.results import Check, check_of, keep_checks
from execution.levels.system import prove_system
from execution.models import Atom, Run, ValidationResult
from execution.sandbox.isolation import Level, require
from execution.services.runs import NotStarted, latest_run
from execution.waves.checking import check_decisively, plan_environment
from execution.waves.tree import Tree, base_tree
from execution.waves.verdicts import DECISIVE
from planning.models import MasterPlan, Milestone, Task

logger = logging.getLogger(__name__)

Name = Literal["atomic", "module", "component", "system", "hierarchical"]


def ask_for_level(*, plan: MasterPlan, level: Name, item_id: uuid.UUID) -> Run:
    """Have one thing validated. Raises ``NotStarted`` for a plan without code."""
    run = latest_run(plan.pk)
    if run is None or not Atom.objects.filter(plan=plan).exists():
        raise NotStarted(f"{plan.label()} has no code yet.", hint="Execute it: there is nothing to validate.")
    with change():
        dispatch.validate_level(plan.pk, level, item_id)
    return run


def validate_level(plan_id: uuid.UUID, level: str, item_id: uuid.UUID) -> None:
    """Judge it, keep every check, and tell; what could not be done is told as an error."""
    run = latest_run(plan_id)
    if run is None:
        return
    set_trace_id(run.trace_id)
    try:
        rows = LEVELS[level](run, item_id)
    except DevMatrixError as error:
        logger.warning("%s of %s was not validated: %s", level, plan_id, error)
        emit(("plan", plan_id), "error", {"code": error.code, "message": error.detail, "hint": error.hint})
        return
    tell_validated(plan_id, rows, level=level)


def tell_validated(plan_id: uuid.UUID, rows: Sequence[ValidationResult], *, level: str) -> None:
    """The event ``code_validation_complete``: what was looked at, and how much was wrong with it."""
    emit(
        ("plan", plan_id),
        "code_validation_complete",
        {
            "level": level,
            "tasks": len({row.task_id for row in rows if row.task_id}),
            "checks": len(rows),
            "not_run": sum(row.passed is None for row in rows),
            "errors": sum(len(row.errors) for row in rows),
            "warnings": sum(len(row.warnings) for row in rows),
        },
    )


def _atomic(run: Run, atom_id: uuid.UUID) -> list[ValidationResult]:
    tree = base_tree(run.plan_id)
    return _keep_atom(run, tree, atom_id) if atom_id in tree.atoms else []


def _keep_atom(run: Run, tree: Tree, atom_id: uuid.UUID) -> list[ValidationResult]:
    report = check_decisively(run.plan, tree.files)
    atom = tree.atoms[atom_id]
    found = tree.charged(report.diagnostics).get(atom_id, [])
    checks = [
        Check(layer=layer, passed=None, reason=result.reason, applies=result.applies)
        if result.status == "not_run"
        else check_of(layer, [item for item in found if item.layer == layer], run=1)
        for layer, result in report.layers.items()
    ]
    return keep_checks(run.plan_id, 1, checks, task=atom.task, atom=atom)


def _module(run: Run, task_id: uuid.UUID) -> list[ValidationResult]:
    return _keep_modules(run, list(Task.objects.filter(pk=task_id)))


def _keep_modules(run: Run, tasks: Sequence[Task]) -> list[ValidationResult]:
    tree = base_tree(run.plan_id)
    judged = judge_modules(tree, tasks, check_decisively(run.plan, tree.files))
    return [row for task in tasks for row in keep_checks(run.plan_id, 2, judged[task.pk], task=task)]


def _component(run: Run, milestone_id: uuid.UUID) -> list[ValidationResult]:
    """With the tests that can run now."""
    require(Level(configuration().sandbox_required_level))
    keep_criteria(run.plan_id)
    milestone = Milestone.objects.get(pk=milestone_id)
    tests = that_can_run(run.plan_id, acceptance_tests(run.plan_id))
    ran = run_suite(run.plan, plan_environment(run.plan), tests)
    tasks = list(milestone.tasks.filter(left_in__isnull=True))
    return keep_checks(run.plan_id, 3, judge_component(tasks, ran, ran.tree), milestone=milestone)


def _system(run: Run, _plan_id: uuid.UUID) -> list[ValidationResult]:
    require(Level(configuration().sandbox_required_level))
    keep_criteria(run.plan_id)
    proof = prove_system(run.plan, acceptance_tests(run.plan_id))
    with change():
        keep_suite(run, proof.ran)
        keep_components(run, proof.ran)
        return keep_checks(run.plan_id, 4, proof.checks)


def _hierarchical(run: Run, plan_id: uuid.UUID) -> list[ValidationResult]:
    """All levels, from the atoms up: level 1 as one row a layer, with the atoms that are wrong."""
    tree = base_tree(plan_id)
    report = check_decisively(run.plan, tree.files)
    first = []
    for layer, result in report.layers.items():
        if result.status == "not_run":
            first.append(Check(layer=layer, passed=None, reason=result.reason, applies=result.applies))
            continue
        check = check_of(layer, result.diagnostics if layer in DECISIVE else [], run=len(tree.atoms))
        errors = [with_atom(row, tree) for row in check.errors]
        wrong = len({row.get("atom") for row in errors})
        first.append(Check(layer=layer, passed=check.passed, errors=errors, run=len(tree.atoms), failed=wrong))
    rows = keep_checks(plan_id, 1, first)
    rows += _keep_modules(run, list(Task.objects.filter(pk__in={atom.task_id for atom in tree.atoms.values()})))
    return rows + _system(run, plan_id)


LEVELS: Mapping[str, Callable[[Run, uuid.UUID], list[ValidationResult]]] = {
    "atomic": _atomic,
    "module": _module,
    "component": _component,
    "system": _system,
    "hierarchical": _hierarchical,
}
