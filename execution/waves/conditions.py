"""Postconditions and promised names of tasks, checked when the last atoms of the task are judged.

What bears another name than the one that was promised is found when it is judged itself: later it would be accepted.
"""

from __future__ import annotations

import ast
import difflib
import uuid
from collections.abc import Collection, Mapping, Sequence

from execution.drafts.checks import exported_names, names_in, top_level_names
from execution.models import Atom
from execution.sources import Sources
from execution.validation.conditions import check
from execution.waves.tree import Tree, current_text
from integrations.llm.shapes import Condition, Diagnostic
from planning.models import Task


def unmet_conditions(tasks: Mapping[Task, bool], tree: Tree, candidates: Mapping[uuid.UUID, Atom]) -> list[Diagnostic]:
    """Findings at the last candidate of each task that would be complete after this round, and at those that bear
    another name than the one that was promised. ``tasks`` are those of the candidates, and whether they would be.
    """
    found: list[Diagnostic] = []
    sources = Sources(tree.files)
    for task, would_be_complete in tasks.items():
        atoms = [atom for atom in candidates.values() if atom.task_id == task.pk]
        missing = _missing_exports(task, sources)
        misnamed = _misnamed(missing, task, atoms)
        found += [_missing(misnamed[name], tree, message) for name, message in missing.items() if name in misnamed]
        if not (would_be_complete and atoms):
            continue
        last = atoms[-1]
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
            for result in check(conditions, sources)
            if result.status == "failed"
        ]
        found += [_missing(last, tree, message) for name, message in missing.items() if name not in misnamed]
    return found


def _missing(atom: Atom, tree: Tree, message: str) -> Diagnostic:
    line = tree.span_of(atom).start
    return Diagnostic(path=atom.path, line=line, layer="contract", code="missing_export", message=message)


def _misnamed(missing: Collection[str], task: Task, candidates: Sequence[Atom]) -> dict[str, Atom]:
    """For a promised name the candidate that was probably meant to bear it: its own name is like it, and unpromised."""
    if not missing:
        return {}
    promised = {export["name"] for export in task.exports}
    others = {
        name: atom
        for atom in candidates
        if not atom.parent_key and atom.kind != "import"
        for name in names_in(current_text(atom))
        if name not in promised and not name.startswith("_")
    }
    closest = {name: difflib.get_close_matches(name, others, n=1) for name in missing}
    return {name: others[found[0]] for name, found in closest.items() if found}


def _missing_exports(task: Task, files: Sources) -> dict[str, str]:
    """Promised names that the task's files do not define, with what is wrong in words."""
    defined: set[str] = set()
    for path in task.target_files if task.exports else []:
        if not path.endswith(".py"):
            defined |= exported_names(path, files.get(path, ""))
            continue
        tree = files.tree(path) if path in files else ast.Module([], [])
        if tree is None:
            return {}  # the syntax layer says so
        defined |= top_level_names(tree)
    return {
        export["name"]: f"{task.target_files[0]} must define {export['name']} ({export['signature']})."
        for export in task.exports
        if export["name"] not in defined
    }
