"""The header of a round, for drafts: claim a batch, judge what can be judged alone. Never raises for an atom."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import F, Value
from django.db.models.functions import Greatest

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change, emit
from common.transitions import transition_many
from execution.models import Atom, AtomAttempt, Round, Run
from execution.services.runs import open_run
from execution.states import AtomStatus, RoundStatus, RunStatus
from execution.validation.syntax import check_syntax
from execution.waves.tree import base_tree


def judge_drafts(round_id: uuid.UUID, atom_ids: Sequence[uuid.UUID]) -> int:
    """Judge the texts of a batch of atoms as they stand. How many of them were ours to judge.

    For a draft that is its first attempt. A text that was judged before, and is again because something else changed,
    spends none.
    """
    round_ = Round.objects.filter(pk=round_id, status=RoundStatus.OPEN).first()
    run = open_run(round_.plan_id) if round_ else None
    if round_ is None or not may_start(run):
        return 0
    set_trace_id(run.trace_id if run else "")
    token = uuid.uuid4()
    atoms = claim_atoms(round_, atom_ids, token)
    if not atoms:
        return 0
    with claims.holding(Atom, token):
        errors = _syntax_errors(round_.plan_id, {atom.path for atom in atoms})
        _record(round_, atoms, token, errors)
    return len(atoms)


def may_start(run: Run | None) -> bool:
    """Whether new work of this run may begin."""
    return run is not None and run.status == RunStatus.RUNNING and not run.pause_asked


def claim_atoms(round_: Round, atom_ids: Sequence[uuid.UUID], token: uuid.UUID) -> list[Atom]:
    """Those of the atoms that nobody else works on, claimed under ``token`` in one update."""
    with change():
        rows = transition_many(
            Atom.objects.filter(pk__in=atom_ids, status__in=[AtomStatus.PENDING, AtomStatus.RETRYING]),
            AtomStatus.RUNNING,
            actor=SYSTEM,
            quiet=True,
            claim=token,
            claim_expires=claims.lease_end(),
            claims=F("claims") + 1,
        )
        total = len(round_.atom_ids)
        for current, atom in enumerate(rows, start=1):
            emit(
                ("plan", round_.plan_id),
                "atom_execution_progress",
                {"atom_id": str(atom.pk), "status": AtomStatus.RUNNING, "current": current, "total": total},
            )
    return rows


def _syntax_errors(plan_id: uuid.UUID, paths: set[str]) -> dict[str, list[dict[str, object]]]:
    tree = base_tree(plan_id, paths=paths)
    found = {path: check_syntax(path, tree.files.get(path, "")) for path in paths}
    return {path: [error.model_dump() for error in errors] for path, errors in found.items()}


def _record(round_: Round, atoms: list[Atom], token: uuid.UUID, errors: dict[str, list[dict[str, object]]]) -> None:
    """One attempt row per draft; the round's close gives the verdict. Atoms whose claim was lost are left alone."""
    with change():
        ours = transition_many(
            Atom.objects.filter(claim=token, status=AtomStatus.RUNNING).select_related("current"),
            AtomStatus.VALIDATING,
            actor=SYSTEM,
            quiet=True,
            claim=None,
            claim_expires=None,
            attempts=Greatest(F("attempts"), Value(1)),
        )
        AtomAttempt.objects.bulk_create(
            [
                AtomAttempt(
                    atom=atom,
                    attempt=1,
                    round=round_,
                    revision_id=atom.current_id,
                    code=atom.current.text if atom.current else "",
                    errors=errors.get(atom.path, []),
                    success=False if errors.get(atom.path) else None,
                )
                for atom in ours
                if atom.attempts == 0
            ],
            ignore_conflicts=True,
            batch_size=200,
        )
