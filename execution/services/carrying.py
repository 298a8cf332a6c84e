"""A whole plan carried from one installation to another, as one document: rows by `common.portable`, then its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from common.portable.loading import Imported, import_document
from common.portable.sections import Scope
from common.portable.writing import write_document
from execution.projection import show_workspace
from planning.models import MasterPlan


@dataclass(frozen=True)
class Arrived:
    plan: MasterPlan
    imported: Imported


def export_plan(*, plan: MasterPlan, target: IO[bytes]) -> dict[str, int]:
    """Writes the plan with everything in it as JSON; how many rows of each kind. Raises ``UnderWay``."""
    scope = Scope(
        workspace=plan.workspace_id, conversation=plan.conversation_id, discovery=plan.discovery_id, plan=plan.pk
    )
    return write_document(scope, target, owner=plan.owner.get_username())


def import_plan(*, source: IO[bytes], owner: str = "", workspace: str = "") -> Arrived:
    """The plan of an exported document, then its files. It goes on only when somebody resumes or changes it.

    Raises ``BadDocument``, ``AlreadyThere``.
    """
    imported = import_document(source, owner=owner, workspace=workspace)
    plan = MasterPlan.objects.select_related("owner", "workspace").get(pk=imported.plan)
    if plan.workspace_path:
        show_workspace(plan)
    return Arrived(plan, imported)
