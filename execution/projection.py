"""The workspace shows what is accepted: one writer, after commit, compared by tree hash."""

from __future__ import annotations

from pathlib import Path

from common.errors import Conflict
from execution.models import Atom, Run, Wave
from execution.output.commit_messages import WaveCommit, plain_message, wave_message
from execution.output.workspace import Workspace, tree_hash
from execution.services.runs import latest_run
from execution.states import AtomStatus, WaveStatus
from execution.waves.tree import base_tree
from planning.models import MasterPlan


class NoWorkspace(Conflict):
    code = "no_workspace"
    title = "The plan has no workspace yet"


def workspace_of(plan: MasterPlan) -> Workspace:
    """Where the plan's files are. Raises ``NoWorkspace`` for a plan that was never started."""
    if not plan.workspace_path:
        raise NoWorkspace(f"{plan.label()} was never started.", hint="Approve and execute it.")
    return Workspace(Path(plan.workspace_path))


def project_workspace(plan: MasterPlan, *, wave: Wave | None = None) -> str | None:
    """Bring the workspace to what is accepted and commit it; the commit, or ``None`` when nothing changed.

    With a ``wave`` that is not complete yet nothing is done. Files of which an atom is still open are left out.
    """
    if wave is not None:
        wave.refresh_from_db()
        if wave.status != WaveStatus.COMPLETED:
            return None
    run = latest_run(plan.pk)
    tree = base_tree(plan.pk, only_accepted=True)
    workspace = workspace_of(plan).open_or_create()
    with workspace.locked():
        if workspace.is_current(tree_hash(tree.files)):
            return None
        workspace.write(tree.files, partial=True)
        return workspace.commit(_message(plan, wave, run))


def _message(plan: MasterPlan, wave: Wave | None, run: Run | None) -> str:
    trace_id = run.trace_id if run else ""
    if wave is None:
        return plain_message(f"Files of {plan.project_name}", trace_id=trace_id)
    atoms = list(Atom.objects.filter(waves=wave).select_related("task").order_by("number"))
    return wave_message(
        WaveCommit(
            wave=wave.number,
            tasks=sorted({f"{atom.task.short_id} {atom.task.title}" for atom in atoms}),
            accepted=[atom.label() for atom in atoms if atom.status == AtomStatus.ACCEPTED],
            failed=[atom.label() for atom in atoms if atom.status == AtomStatus.FAILED or atom.awaiting_decision],
            trace_id=trace_id,
        )
    )
