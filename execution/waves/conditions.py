"""Postconditions and promised names of tasks, checked when the last atoms of the task are judged."""

from __future__ import annotations

import ast
import uuid
from collections.abc import Collection

from execution.drafts.checks import exported_names, top_level_names
from execution.states import AtomStatus
from execution.validation.conditions import check
from execution.waves.tree import Tree
from integrations.llm.shapes import Condition, Diagnostic
from planning.models import MasterPlan, Task


def unmet_conditions(plan: MasterPlan, tree: Tree, candidates: Collection[uuid.UUID]) -> list[Diagnostic]:
    """Findings at the last candidate of each task that would be complete after this round. One query."""
    found: list[Diagnostic] = []
    judged = {tree.atoms[pk].task_id for pk in candidates}
    for task in Task.objects.filter(plan=plan, pk__in=judged):
        atoms = [atom for atom in tree.atoms.values() if atom.task_id == task.pk]
        if any(atom.status != AtomStatus.ACCEPTED and atom.pk not in candidates for atom in atoms):
            continue
        last = [atom for atom in atoms if atom.pk in candidates][-1]
        line = tree.span_of(last).start
        conditions = [Condition.model_validate(row) for row in task.postconditions]
        found += [
            Diagnostic(
                path=last.path,
                line=line,
                layer="postconditions",
                code=result.condition.kind,
                message=f"{result.condition.kind} {result.condition.subject}: {result.reason}",
            )
            for result in check(conditions, tree.files)
            if result.status == "failed"
        ]
        found += [
            Diagnostic(path=last.path, line=line, layer="contract", code="missing_export", message=message)
            for message in _missing_exports(task, tree)
        ]
    return found


def _missing_exports(task: Task, tree: Tree) -> list[str]:
    """Promised names that the task's files do not define, in words."""
    defined: set[str] = set()
    for path in task.target_files:
        text = tree.files.get(path, "")
        if not path.endswith(".py"):
            defined |= exported_names(path, text)
            continue
        try:
            defined |= top_level_names(ast.parse(text))
        except (SyntaxError, ValueError):
            return []  # the syntax layer says so
    return [
        f"{task.target_files[0]} must define {export['name']} ({export['signature']})."
        for export in task.exports
        if export["name"] not in defined
    ]
