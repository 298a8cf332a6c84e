"""What the DebugAgent is given of an atom whose attempts are spent."""

from __future__ import annotations

from execution.drafts.drafting import surroundings_of
from execution.lessons import errors_text, failure_lesson
from execution.models import Atom, AtomAttempt
from execution.waves.spans import span_shape
from execution.waves.tree import base_tree
from integrations.llm.shapes import DebugInputs, Diagnostic, PastAttempt
from planning.selectors.plans import project_context_of, task_spec_of

MOST_SUCCESSES = 3


def debug_inputs(atom: Atom) -> DebugInputs:
    """The task and what it uses, the file, every attempt with its errors, and what was mended lately elsewhere."""
    tree = base_tree(atom.plan_id, path=atom.path)
    span = tree.span_of(atom)
    _, interfaces = surroundings_of(atom.task)
    history = [
        PastAttempt(
            attempt=row.attempt, text=row.code, errors=[Diagnostic.model_validate(error) for error in row.errors]
        )
        for row in atom.attempt_rows.all()
    ]
    return DebugInputs(
        project=project_context_of(atom.plan),
        task=task_spec_of(atom.task),
        atom=span_shape(atom, span.start, span.end),
        file_text=tree.files[atom.path],
        interfaces=interfaces,
        history=history,
        successes=recent_successes(atom),
    )


def recent_successes(atom: Atom) -> list[str]:
    """The latest retries of other atoms of the plan that stood: errors and what solved them. Two queries."""
    rows = AtomAttempt.objects.filter(atom__plan_id=atom.plan_id, success=True, attempt__gt=1).exclude(atom=atom)
    stood = list(rows.order_by("-created_at")[:MOST_SUCCESSES])
    failed = AtomAttempt.objects.filter(atom__in=[row.atom_id for row in stood], success=False).exclude(errors=[])
    before = {row.atom_id: row for row in failed.order_by("attempt")}
    return [
        failure_lesson(errors=errors_text(past.errors), before=past.code, after=row.code)
        for row in stood
        if (past := before.get(row.atom_id)) is not None
    ]
