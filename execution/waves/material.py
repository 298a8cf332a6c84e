"""What retries are told of their atoms' surroundings, in one query whose size does not grow with the plan."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from common.statements import RowOf, all_rows
from execution.drafts.interfaces import interface_of
from execution.models import Atom, AtomRevision
from execution.models.atom import ANALYSED
from execution.waves.tree import File
from integrations.llm.shapes import Diagnostic, PastAttempt, ProjectContext, ProjectFile, TaskSpec
from planning.models import MasterPlan, Task
from planning.selectors.plans import project_context_of, task_spec_of

MOST_INTERFACES = 8
_FILE = """
    SELECT jsonb_agg(jsonb_build_array(other.id, revision.text) ORDER BY other.position)
    FROM execution_atom other JOIN execution_atomrevision revision ON revision.id = other.current_id
    WHERE other.plan_id = execution_atom.plan_id AND other.path = execution_atom.path
        AND (other.status <> 'skipped' OR other.id = execution_atom.id)
"""
_HISTORY = """
    SELECT jsonb_agg(jsonb_build_object('attempt', past.attempt, 'text', past.code, 'errors', past.errors)
        ORDER BY past.attempt)
    FROM execution_atomattempt past WHERE past.atom_id = execution_atom.id
"""
_BY_TASKS = """(
    SELECT graph.by_tasks FROM execution_dependencygraph graph
    WHERE graph.plan_id = %(plan)s ORDER BY graph.created_at DESC LIMIT 1
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
    WHERE task.plan_id = %(plan)s AND task.left_in IS NULL
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


_ATOM = RowOf(Atom, without=ANALYSED)
_TEXT = RowOf(AtomRevision)
_TASK = RowOf(Task, without=frozenset({"draft", "output", "test_results", "validation_results", "definition_of_done"}))
_PLAN = RowOf(MasterPlan, without=frozenset({"original_request", "business_logic", "replanning", "expectation"}))
_SELECT = f"""
    SELECT {_ATOM.select("execution_atom")}, {_TEXT.select("current")}, {_TEXT.select("accepted")},
        {_TASK.select("planning_task")}, {_PLAN.select("planning_masterplan")},
        ({_FILE}), ({_HISTORY}), ({_INTERFACES}), ({_STRUCTURE}), ({_NEEDED}), ({_SUBTASKS})
    FROM execution_atom
    JOIN planning_task ON planning_task.id = execution_atom.task_id
    JOIN planning_masterplan ON planning_masterplan.id = execution_atom.plan_id
    LEFT JOIN execution_atomrevision current ON current.id = execution_atom.current_id
    LEFT JOIN execution_atomrevision accepted ON accepted.id = execution_atom.accepted_id
    WHERE execution_atom.id = ANY(%(atoms)s) AND execution_atom.plan_id = %(plan)s
"""  # noqa: S608 - names of our own


@dataclass(frozen=True)
class Material:
    """``atom`` comes with its texts, task and plan; ``file`` is the one it stands in."""

    atom: Atom
    file: File
    history: list[PastAttempt]
    interfaces: list[ProjectFile]
    project: ProjectContext
    task: TaskSpec


def materials_of(atom_ids: Sequence[uuid.UUID], *, plan_id: uuid.UUID) -> list[Material]:
    """One query for some atoms of a plan, in their order. Those that are gone are left out."""
    shared = Shared()
    rows = all_rows(_SELECT, {"atoms": list(atom_ids), "plan": plan_id})
    found = {material.atom.pk: material for material in (_material(row, shared) for row in rows)}
    return [found[atom_id] for atom_id in atom_ids if atom_id in found]


@dataclass(frozen=True)
class Shared:
    """Plan and tasks by their keys, with what is told of them: atoms of a message are of one plan and few tasks."""

    plans: dict[uuid.UUID, tuple[MasterPlan, ProjectContext]] = field(default_factory=dict)
    tasks: dict[uuid.UUID, tuple[Task, TaskSpec]] = field(default_factory=dict)


def _material(row: Sequence[Any], shared: Shared) -> Material:
    left = iter(row)
    atom, current, accepted, task, plan = (
        list(islice(left, len(kind.fields))) for kind in (_ATOM, _TEXT, _TEXT, _TASK, _PLAN)
    )
    file, history, interfaces, structure, needed, subtasks = left
    found = _ATOM.read(atom)
    found.current = _TEXT.read(current) if found.current_id else None
    found.accepted = _TEXT.read(accepted) if found.accepted_id else None
    if found.plan_id not in shared.plans:
        its_plan = _PLAN.read(plan)
        shared.plans[found.plan_id] = its_plan, project_context_of(its_plan, structure=_loaded(structure, []))
    if found.task_id not in shared.tasks:
        its_task = _TASK.read(task)
        told = task_spec_of(its_task, depends_on=_loaded(needed, []), subtasks=_loaded(subtasks, []))
        shared.tasks[found.task_id] = its_task, told
    found.plan, project = shared.plans[found.plan_id]
    found.task, task_told = shared.tasks[found.task_id]
    return Material(
        atom=found,
        file=File({uuid.UUID(pk): text for pk, text in _loaded(file, [])}),
        history=[_past_attempt(row) for row in _loaded(history, [])],
        interfaces=[_interface(path, text) for path, text in sorted(_loaded(interfaces, {}).items())],
        project=project,
        task=task_told,
    )


def _loaded(value: str | None, otherwise: Any) -> Any:
    """A document that the query made; there is none where it found no row."""
    return otherwise if value is None else json.loads(value)


@lru_cache(maxsize=512)
def _interface(path: str, text: str) -> ProjectFile:
    """Many atoms of a wave rely on the same files."""
    return interface_of(ProjectFile(path=path, text=text))


def _past_attempt(row: dict[str, Any]) -> PastAttempt:
    errors = [Diagnostic.model_validate(error) for error in row["errors"]]
    return PastAttempt(attempt=row["attempt"], text=row["text"], errors=errors)
