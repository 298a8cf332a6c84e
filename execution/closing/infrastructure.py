"""Stages 7 and 8: the whole of the files, and what makes them a runnable project, in one commit."""

from __future__ import annotations

from common.changes import change, emit
from common.errors import DevMatrixError
from execution.models import Atom, Run
from execution.output.commit_messages import plain_message
from execution.projection import files_of, infrastructure_of, workspace_of
from execution.services.advance_stage import enter_stage
from execution.states import AtomStatus, Stage
from execution.waves.tree import accepted_files


class NotAllAccepted(DevMatrixError):
    code = "not_all_accepted"
    title = "Some atoms are not accepted"
    status = 409


def write_infrastructure(run: Run) -> None:
    """Write every accepted file and the infrastructure made for them, and go on to testing."""
    open_atoms = Atom.objects.filter(plan_id=run.plan_id).exclude(status__in=[AtomStatus.ACCEPTED, AtomStatus.SKIPPED])
    if open_atoms.exists():
        raise NotAllAccepted(f"{open_atoms.count()} atoms are not accepted yet.", hint="Resume the run.")
    accepted = accepted_files(run.plan_id)
    made = infrastructure_of(run.plan, accepted)
    workspace = workspace_of(run.plan).open_or_create()
    with workspace.locked():
        workspace.write({**made, **files_of(run.plan)})
        workspace.commit(plain_message("Infrastructure", details=[f"{len(made)} files"], trace_id=run.trace_id))
    with change():
        total = len(accepted) + len(made)
        emit(("plan", run.plan_id), "file_writing_progress", {"files_written": total, "total": total})
        emit(
            ("plan", run.plan_id),
            "infrastructure_generation_complete",
            {"files": sorted(made), "project_type": run.plan.stack},
        )
        enter_stage(run, Stage.TESTING)
