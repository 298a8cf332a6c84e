"""What of planning belongs to a plan, for its export: where it lies, what was said and found, hierarchy, versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from common.portable.sections import Scope, Section
from integrations.llm.shapes import PlanAnswer
from planning.models import (
    Conversation,
    DiscoveryDocument,
    DiscoveryQuestion,
    ExecutionSnapshot,
    MasterPlan,
    Message,
    Milestone,
    MilestoneDependency,
    ModificationProposal,
    Phase,
    PhaseDependency,
    PlanVersion,
    Subtask,
    Task,
    TaskDependency,
    Workspace,
)
from planning.plan_checks import path_problem
from planning.services.chatting import AWAITED, GIVEN_UP_AFTER
from planning.states import PlanStatus, ProposalStatus


def _by(column: str) -> Callable[[Scope], Q]:
    return lambda scope: Q(**{column: scope.plan})


def _safe_paths(paths: list[Any]) -> None:
    for path in paths:
        if reason := path_problem(str(path)):
            raise TypeError(f"{str(path)[:120]} {reason}")


def _draft_inside(files: list[Any] | None) -> None:
    """Drafts may have names that plans may not; where they are written they are looked at again."""
    for file in files or []:
        path = PurePosixPath(str(file["path"]))
        if path.is_absolute() or {"..", ".git"} & set(path.parts):
            raise TypeError(f"{str(path)[:120]} leads out of the project")


SECTIONS = [
    Section("workspace", Workspace, lambda scope: Q(pk=scope.workspace)),
    Section("conversation", Conversation, lambda scope: Q(pk=scope.conversation)),
    Section(
        "message",
        Message,
        lambda scope: Q(conversation_id=scope.conversation),
        under_way=Q(metadata__has_key=AWAITED, answer__isnull=True, created_at__gt=Now() - GIVEN_UP_AFTER),
        told=True,
    ),
    Section("discovery", DiscoveryDocument, lambda scope: Q(pk=scope.discovery)),
    Section("question", DiscoveryQuestion, lambda scope: Q(discovery_id=scope.discovery)),
    Section(
        "plan",
        MasterPlan,
        lambda scope: Q(
            pk=scope.plan,
            workspace_id=scope.workspace,
            conversation_id=scope.conversation,
            discovery_id=scope.discovery,
        ),
        under_way=Q(status=PlanStatus.IN_PROGRESS) | Q(replanning__isnull=False),
        places=("workspace_path",),
    ),
    Section("version", PlanVersion, _by("plan_id"), checks={"snapshot": PlanAnswer.model_validate}),
    Section(
        "modification",
        ModificationProposal,
        _by("plan_id"),
        under_way=Q(status=ProposalStatus.PROPOSED, analysed_at__isnull=True),
    ),
    Section("snapshot", ExecutionSnapshot, _by("plan_id")),
    Section("phase", Phase, _by("plan_id")),
    Section("phase_dependency", PhaseDependency, _by("phase__plan_id")),
    Section("milestone", Milestone, _by("plan_id")),
    Section("milestone_dependency", MilestoneDependency, _by("milestone__plan_id")),
    Section("task", Task, _by("plan_id"), checks={"target_files": _safe_paths, "draft": _draft_inside}),
    Section("task_dependency", TaskDependency, _by("task__plan_id")),
    Section("subtask", Subtask, _by("plan_id")),
]

LEFT_OUT: dict[Any, str] = {}
