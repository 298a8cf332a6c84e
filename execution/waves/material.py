"""Everything that a retry is told of an atom's surroundings, in one query whose size does not grow with the plan."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from execution.drafts.interfaces import interface_of
from execution.models import Atom, AtomRevision
from execution.waves.tree import Tree, assemble
from integrations.llm.shapes import Diagnostic, PastAttempt, ProjectContext, ProjectFile, TaskSpec
from planning.selectors.plans import project_context_of, task_spec_of

MOST_INTERFACES = 8
_FILE = """
    SELECT jsonb_agg(jsonb_build_object('id', other.id, 'qualname', other.qualname, 'kind', other.kind,
        'text', revision.text) ORDER BY other.position)
    FROM execution_atom other JOIN execution_atomrevision revision ON revision.id = other.current_id
    WHERE other.plan_id = execution_atom.plan_id AND other.path = execution_atom.path AND other.status <> 'skipped'
"""
_HISTORY = """
    SELECT jsonb_agg(jsonb_build_object('attempt', past.attempt, 'text', past.code, 'errors', past.errors)
        ORDER BY past.attempt)
    FROM execution_atomattempt past WHERE past.atom_id = execution_atom.id
"""
_BY_TASKS = """(
    SELECT graph.by_tasks FROM execution_dependencygraph graph
    WHERE graph.plan_id = execution_atom.plan_id ORDER BY graph.created_at DESC LIMIT 1
)"""
"""Nothing was analysed: what an atom uses is known of its task only."""
_INTERFACES = f"""
    SELECT jsonb_object_agg(file.path, file.text) FROM (
        SELECT other.path, string_agg(revision.text, '' ORDER BY other.position) AS text
        FROM execution_atom other JOIN execution_atomrevision revision ON revision.id = other.current_id
        WHERE other.plan_id = execution_atom.plan_id AND other.status <> 'skipped' AND other.path IN (
            SELECT source.path
            FROM execution_atomdependency edge JOIN execution_atom source ON source.id = edge.source_id
            WHERE edge.target_id = execution_atom.id AND NOT edge.broken AND source.path <> execution_atom.path
            UNION
            SELECT source.path
            FROM planning_taskdependency need JOIN execution_atom source ON source.task_id = need.needs_id
            WHERE need.task_id = execution_atom.task_id AND {_BY_TASKS}
            ORDER BY 1 LIMIT {MOST_INTERFACES}
        )
        GROUP BY other.path
    ) file
"""  # noqa: S608 - a number of our own
_STRUCTURE = """
    SELECT jsonb_agg(DISTINCT target.path ORDER BY target.path)
    FROM planning_task task, jsonb_array_elements_text(task.target_files) AS target(path)
    WHERE task.plan_id = execution_atom.plan_id AND task.left_in IS NULL
"""
_NEEDED = """
    SELECT jsonb_agg(needed.short_id ORDER BY needed.short_id)
    FROM planning_taskdependency edge JOIN planning_task needed ON needed.id = edge.needs_id
    WHERE edge.task_id = execution_atom.task_id
"""
_SUBTASKS = """
    SELECT jsonb_agg(jsonb_build_object('title', part.title, 'description', part.description,
        'estimated_minutes', part.estimated_minutes) ORDER BY part.number)
    FROM planning_subtask part WHERE part.task_id = execution_atom.task_id
"""


@dataclass(frozen=True)
class Material:
    """``atom`` comes with its text, task and plan; ``tree`` is its file alone."""

    atom: Atom
    tree: Tree
    history: list[PastAttempt]
    interfaces: list[ProjectFile]
    project: ProjectContext
    task: TaskSpec


def material_of(atom_id: uuid.UUID) -> Material:
    """One query."""
    atoms = Atom.objects.select_related("current", "accepted", "task", "plan").defer(
        "task__draft", "defines", "uses", "imports"
    )
    atom: Any = atoms.annotate(
        file_rows=_json(_FILE),
        history_rows=_json(_HISTORY),
        interface_texts=_json(_INTERFACES),
        structure=_json(_STRUCTURE),
        needed=_json(_NEEDED),
        subtask_rows=_json(_SUBTASKS),
    ).get(pk=atom_id)
    return Material(
        atom=atom,
        tree=_file_of(atom),
        history=[_past_attempt(row) for row in atom.history_rows or []],
        interfaces=[_interface(path, text) for path, text in sorted((atom.interface_texts or {}).items())],
        project=project_context_of(atom.plan, structure=atom.structure or []),
        task=task_spec_of(atom.task, depends_on=atom.needed or [], subtasks=atom.subtask_rows or []),
    )


def _json(sql: str) -> RawSQL:
    return RawSQL(sql, [], output_field=JSONField())  # noqa: S611 - no values from outside


def _file_of(atom: Any) -> Tree:
    return assemble(
        Atom(
            id=uuid.UUID(row["id"]),
            path=atom.path,
            qualname=row["qualname"],
            kind=row["kind"],
            current=AtomRevision(text=row["text"]),
        )
        for row in atom.file_rows or []
    )


def _interface(path: str, text: str) -> ProjectFile:
    return interface_of(ProjectFile(path=path, text=text))


def _past_attempt(row: dict[str, Any]) -> PastAttempt:
    errors = [Diagnostic.model_validate(error) for error in row["errors"]]
    return PastAttempt(attempt=row["attempt"], text=row["text"], errors=errors)
