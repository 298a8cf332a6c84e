"""The workspace shows what is accepted: one writer, after commit, compared by tree hash."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from django.db import transaction

from common.errors import Conflict, DevMatrixError
from execution.models import Atom, Run, Wave
from execution.output.commit_messages import WaveCommit, plain_message, wave_message
from execution.output.infrastructure import ProjectFacts, infrastructure
from execution.output.report import Report, to_json, to_markdown
from execution.output.workspace import Workspace, tree_hash
from execution.services.runs import latest_run, reported_run
from execution.states import AtomStatus, RunStatus, Stage, WaveStatus
from execution.waves.tree import accepted_files
from planning.models import MasterPlan

logger = logging.getLogger(__name__)


class NoWorkspace(Conflict):
    code = "no_workspace"
    title = "The plan has no workspace yet"


def workspace_of(plan: MasterPlan) -> Workspace:
    """Where the plan's files are. Raises ``NoWorkspace`` for a plan that was never started."""
    if not plan.workspace_path:
        raise NoWorkspace(f"{plan.label()} was never started.", hint="Approve and execute it.")
    return Workspace(Path(plan.workspace_path))


def project_workspace(plan: MasterPlan, *, wave: Wave | None = None) -> str | None:
    """Bring the workspace to what the database says and commit it; the commit, or ``None`` when nothing changed.

    With a ``wave`` that is not complete yet nothing is done.
    """
    if wave is not None:
        wave.refresh_from_db()
        if wave.status != WaveStatus.COMPLETED:
            return None
    workspace = workspace_of(plan).open_or_create()
    with workspace.locked():
        run = latest_run(plan.pk)
        files = files_of(plan)
        if not workspace.is_current(tree_hash(files)):
            # These two stages write what the database does not know of yet: nothing is taken away beside them.
            beside = run is not None and run.stage in (Stage.INFRASTRUCTURE, Stage.CLOSING)
            workspace.write(files, partial=beside)
        return workspace.commit(_message(plan, wave, run))


def show_workspace(plan: MasterPlan, *, wave: Wave | None = None) -> None:
    """What was decided stays so whatever the disk says: what cannot be written now is written by the reconciler and the
    later stages.
    """
    try:
        project_workspace(plan, wave=wave)
    except DevMatrixError as error:
        logger.warning("The files of %s could not be written: %s", wave or plan.label(), error)


def show_after_commit(plan: MasterPlan) -> None:
    """`show_workspace`, when the transaction under way is committed."""
    transaction.on_commit(lambda: show_workspace(plan))


def repair_workspace(run: Run) -> bool:
    """Write again what a crash or a stranger's hand has damaged; whether there was anything to repair.

    What was accepted since the last write is written too, unless the waves go on and write it themselves.
    """
    workspace = workspace_of(run.plan)
    if workspace.is_sound() and run.status == RunStatus.RUNNING and run.stage == Stage.WAVES:
        return False
    files = files_of(run.plan)
    if workspace.is_current(tree_hash(files)) or not (files or workspace.root.exists()):
        return False
    project_workspace(run.plan)
    return True


def files_of(plan: MasterPlan) -> dict[str, str]:
    """Every file that the workspace shows: what is accepted, its infrastructure once it was made, the latest report."""
    accepted = accepted_files(plan.pk)
    made = Run.objects.filter(plan=plan, stage_seconds__has_key=Stage.INFRASTRUCTURE.value).exists()
    reported = reported_run(plan.pk)
    return {
        **(infrastructure_of(plan, accepted) if made else {}),
        **accepted,
        **(report_files(Report.model_validate(reported.report)) if reported else {}),
    }


def infrastructure_of(plan: MasterPlan, accepted: Mapping[str, str]) -> dict[str, str]:
    """What makes the accepted files a runnable project; always the same for the same files."""
    return infrastructure(
        ProjectFacts(name=plan.project_name, description=plan.description, stack=plan.stack), accepted
    )


def report_files(report: Report) -> dict[str, str]:
    return {"REPORT.md": to_markdown(report), "report.json": to_json(report)}


def _message(plan: MasterPlan, wave: Wave | None, run: Run | None) -> str:
    trace_id = run.trace_id if run else ""
    if wave is None:
        return plain_message(f"Files of {plan.project_name}", trace_id=trace_id)
    atoms = list(
        Atom.objects.filter(waves=wave)
        .select_related("task")
        .order_by("number")
        .only("path", "qualname", "kind", "status", "awaiting_decision", "task__short_id", "task__title")
    )
    return wave_message(
        WaveCommit(
            wave=wave.number,
            tasks=sorted({f"{atom.task.short_id} {atom.task.title}" for atom in atoms}),
            accepted=[atom.label() for atom in atoms if atom.status == AtomStatus.ACCEPTED],
            failed=[atom.label() for atom in atoms if atom.status == AtomStatus.FAILED or atom.awaiting_decision],
            trace_id=trace_id,
        )
    )
