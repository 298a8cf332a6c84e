"""The import statements that a new text of an atom needs: merged into the file's import atom, deterministically."""

from __future__ import annotations

from collections.abc import Sequence

from common.changes import change
from execution.models import Atom, AtomRevision
from execution.states import AtomStatus
from execution.validation.import_sorting import sorted_imports
from execution.validation.results import NotRun
from execution.validation.syntax import check_syntax
from execution.waves.revisions import new_revision
from execution.waves.tree import base_tree, current_text

TRIES = 5
"""Retries of atoms in one file may merge beside each other; each looks again when another was faster."""


def merge_imports(atom: Atom, imports: Sequence[str]) -> bool:
    """Add what the file lacks; ``False`` when nothing was to be done or the statements cannot be read.

    Called before the attempt is recorded, while its claim keeps the round open, and outside any transaction.
    """
    for _ in range(TRIES if imports else 0):
        merged = _merge_once(atom, imports)
        if merged is not None:
            return merged
    return False


def _merge_once(atom: Atom, imports: Sequence[str]) -> bool | None:
    """``True`` when merged, ``False`` when there is nothing to merge, ``None`` when somebody else was faster."""
    rows = Atom.objects.filter(plan_id=atom.plan_id, path=atom.path, kind="import").exclude(pk=atom.pk)
    target = rows.select_related("current").order_by("position").last()
    if target is None:
        return False
    merged = _with_imports(target, imports)
    if merged is None or check_syntax(atom.path, base_tree(atom.plan_id, path=atom.path).with_text(target, merged)):
        return False
    with change():
        held = Atom.objects.select_for_update().get(pk=target.pk)
        if held.current_id != target.current_id:
            return None
        revision = new_revision(held, merged, AtomRevision.Origin.IMPORT_MERGE, "system")
        accepted = {"accepted_id": revision.pk} if held.status == AtomStatus.ACCEPTED else {}
        Atom.objects.filter(pk=held.pk).update(current_id=revision.pk, **accepted)
    return True


def _with_imports(target: Atom, imports: Sequence[str]) -> str | None:
    """The import atom's text with the statements in place; ``None`` when it has them all, or they are no code."""
    text = current_text(target)
    present = {line.strip() for line in text.splitlines()}
    missing = [line for line in dict.fromkeys(imports) if line.strip() and line.strip() not in present]
    body = text.rstrip("\n")
    longer = "\n".join([body, *missing]) + text[len(body) :]
    if not missing or check_syntax(target.path, longer):
        return None
    paths = Atom.objects.filter(plan_id=target.plan_id, path__endswith=".py").values_list("path", flat=True).distinct()
    try:
        return sorted_imports(longer, first_party={path.split("/")[0].removesuffix(".py") for path in paths})
    except NotRun:
        return longer
