"""Level 3, a milestone's component: its tests pass, it keeps to the layers, its tests are quick enough."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from execution.gates.needs import COMPLETE, LEFT_OUT
from execution.gates.suite import Ran
from execution.levels.layering import violations
from execution.levels.modules import with_atom
from execution.levels.results import Check, check_of, keep_checks
from execution.models import Run
from execution.waves.tree import Tree
from integrations.llm.shapes import Diagnostic
from planning.models import Milestone, Task

SLOWEST_TEST = 10.0
"""Seconds: a test of a small service that takes longer waits for something, or computes what it should not."""


def keep_components(run: Run, ran: Ran) -> None:
    """Judge every milestone whose tasks are complete by what was just run, and write it down; call it in a change."""
    found = violations(ran.tree.files)
    for milestone, tasks in complete_milestones(run.plan_id).items():
        checks = judge_component(tasks, ran, found)
        keep_checks(run.plan_id, 3, checks, milestone=milestone)


def complete_milestones(plan_id: uuid.UUID) -> Mapping[Milestone, list[Task]]:
    """Milestones with the tasks that are built of them, when all of these are complete. Two queries."""
    by_milestone: dict[Milestone, list[Task]] = {}
    tasks = Task.objects.filter(plan_id=plan_id).select_related("milestone").order_by("number").defer("draft")
    for task in tasks:
        by_milestone.setdefault(task.milestone, []).append(task)
    return {
        milestone: [task for task in rows if task.status not in LEFT_OUT]
        for milestone, rows in by_milestone.items()
        if all(task.status in COMPLETE for task in rows) and any(task.status not in LEFT_OUT for task in rows)
    }


def judge_component(tasks: Sequence[Task], ran: Ran | None, found: Sequence[Diagnostic] | Tree) -> list[Check]:
    """``found`` are the violations of layers in the whole project, or the tree to look for them in."""
    paths = {path for task in tasks for path in task.target_files}
    all_found = violations(found.files) if isinstance(found, Tree) else found
    tree = found if isinstance(found, Tree) else ran.tree if ran is not None else Tree()
    layering = check_of("layering", [item for item in all_found if item.path in paths], run=max(len(paths), 1))
    errors = [with_atom(row, tree) for row in layering.errors]
    kept = Check(layer="layering", passed=layering.passed, errors=errors, run=layering.run, failed=layering.failed)
    return [*_by_tests(paths, ran), kept]


def _by_tests(paths: set[str], ran: Ran | None) -> list[Check]:
    """Tests in the milestone's files, and those that run lines of them."""
    if ran is None or ran.report.status == "not_run":
        reason = "No test was run." if ran is None else ran.report.reason
        return [Check(layer=layer, passed=None, reason=reason) for layer in ("tests", "benchmark")]
    touching = {node for node, files in ran.report.coverage.items() if paths & files.keys()}
    own = [case for case in ran.report.tests if case.node_id in touching or case.node_id.split("::")[0] in paths]
    ended = [case for case in own if case.red or case.outcome == "passed"]
    if not ended:
        reason = "No test touches it."
        return [Check(layer=layer, passed=None, reason=reason, applies=False) for layer in ("tests", "benchmark")]
    red = [case for case in ended if case.red]
    slow = [case for case in ended if case.seconds > SLOWEST_TEST]
    seconds = sum(case.seconds for case in ended)
    slowest = max(ended, key=lambda case: case.seconds)
    measured = f"{len(ended)} tests in {seconds:.2f} s, the slowest {slowest.seconds:.2f} s: {slowest.node_id}"
    return [
        Check(
            layer="tests",
            passed=not red,
            errors=[{"path": case.node_id, "message": case.message[:1000]} for case in red],
            run=len(ended),
            failed=len(red),
            seconds=seconds,
        ),
        Check(
            layer="benchmark",
            passed=not slow,
            reason=measured,
            errors=[{"path": case.node_id, "message": f"It took {case.seconds:.1f} s."} for case in slow],
            run=len(ended),
            failed=len(slow),
            seconds=seconds,
        ),
    ]
