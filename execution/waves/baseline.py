"""What was wrong before a round's new texts: only what they bring is charged to them."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

from execution.models import AtomAttempt, AtomRevision
from execution.validation.results import TreeReport
from execution.waves.checking import check_what_parses
from execution.waves.tree import Tree
from integrations.llm.shapes import Diagnostic
from planning.models import MasterPlan


def brought_by(
    changed: Collection[AtomAttempt],
    found: Mapping[uuid.UUID, Sequence[Diagnostic]],
    *,
    settled: Collection[uuid.UUID],
    tree: Tree,
    plan: MasterPlan,
) -> dict[uuid.UUID, list[Diagnostic]]:
    """``found`` without the errors on settled atoms that were there before the ``changed`` attempts.

    The tree as it was is checked only when there are such errors, and mostly was checked when the last round closed.
    """
    if not changed or not any(error.severity == "error" for atom in settled for error in found.get(atom, ())):
        return {atom: list(errors) for atom, errors in found.items()}
    before = _told(check_what_parses(plan, files_before(tree, changed)))
    return {
        atom: [error for error in errors if atom not in settled or _words(error) not in before]
        for atom, errors in found.items()
    }


def files_before(tree: Tree, changed: Collection[AtomAttempt]) -> dict[str, str]:
    """The files with the text that each changed atom had before its attempt. One query."""
    numbers = {row.atom_id: row.revision.number for row in changed if row.revision is not None}
    texts: dict[uuid.UUID, str] = {}
    for revision in AtomRevision.objects.filter(atom__in=numbers).order_by("number"):
        if revision.number < numbers[revision.atom_id]:
            texts[revision.atom_id] = revision.text
    paths = {tree.atoms[atom].path for atom in texts}
    return {**tree.files, **{path: tree.pieces[path].with_texts(texts) for path in paths}}


def _told(report: TreeReport) -> set[tuple[str, str, str]]:
    return {_words(error) for error in report.diagnostics}


def _words(error: Diagnostic) -> tuple[str, str, str]:
    """A finding without its lines, which move."""
    return (error.path, error.code, error.message)
