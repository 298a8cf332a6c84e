"""The states of everything that is planned, and the changes that are legal among them."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from common.states import Machine


class DiscoveryStatus(models.TextChoices):
    IN_PROGRESS = "in_progress"
    AWAITING_ANSWERS = "awaiting_answers"
    AWAITING_VALIDATION = "awaiting_validation"
    VALIDATED = "validated"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class PlanStatus(models.TextChoices):
    DRAFT = "draft"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


UNFINISHED_PLAN = [PlanStatus.DRAFT, PlanStatus.APPROVED, PlanStatus.IN_PROGRESS, PlanStatus.PAUSED]


class StageStatus(models.TextChoices):
    """Of phases and milestones."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class TaskStatus(models.TextChoices):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    READY_FOR_TEST = "ready_for_test"
    TESTED = "tested"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class SubtaskStatus(models.TextChoices):
    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class ProposalStatus(models.TextChoices):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    ADJUSTED = "adjusted"
    EXPIRED = "expired"


D, P, S, T, B, M = DiscoveryStatus, PlanStatus, StageStatus, TaskStatus, SubtaskStatus, ProposalStatus

DISCOVERY = Machine(
    name="discovery",
    states=D,
    initial=D.IN_PROGRESS,
    transitions=Machine.table(
        {
            D.IN_PROGRESS: [D.AWAITING_ANSWERS, D.AWAITING_VALIDATION, D.CANCELLED],
            D.AWAITING_ANSWERS: [D.IN_PROGRESS, D.AWAITING_VALIDATION, D.CANCELLED],
            D.AWAITING_VALIDATION: [D.IN_PROGRESS, D.VALIDATED, D.CANCELLED],
            D.VALIDATED: [D.COMPLETED, D.CANCELLED],
        }
    ),
    timestamps={D.VALIDATED: "validated_at", D.COMPLETED: "completed_at"},
    event="discovery_status_changed",
)

PLAN = Machine(
    name="masterplan",
    states=P,
    initial=P.DRAFT,
    transitions=Machine.table(
        {
            P.DRAFT: [P.APPROVED, P.REJECTED, P.CANCELLED],
            P.APPROVED: [P.IN_PROGRESS, P.CANCELLED],
            P.IN_PROGRESS: [P.PAUSED, P.COMPLETED, P.FAILED, P.CANCELLED],
            P.PAUSED: [P.IN_PROGRESS, P.FAILED, P.CANCELLED],
            P.FAILED: [P.IN_PROGRESS],
        }
    ),
    timestamps={
        P.APPROVED: "approved_at",
        P.IN_PROGRESS: "started_at",
        P.PAUSED: "paused_at",
        P.COMPLETED: "completed_at",
        P.FAILED: "failed_at",
        P.REJECTED: "rejected_at",
        P.CANCELLED: "cancelled_at",
    },
    event="masterplan_status_changed",
)

_STAGE_TABLE = Machine.table(
    {
        S.PENDING: [S.IN_PROGRESS, S.COMPLETED, S.BLOCKED, S.CANCELLED],
        S.IN_PROGRESS: [S.COMPLETED, S.BLOCKED, S.CANCELLED],
        S.BLOCKED: [S.PENDING, S.IN_PROGRESS, S.COMPLETED, S.CANCELLED],
        S.COMPLETED: [S.IN_PROGRESS],
    }
)
_STAGE_TIMES: dict[str, str] = {S.IN_PROGRESS: "started_at", S.COMPLETED: "completed_at"}

PHASE = Machine("phase", S, S.PENDING, _STAGE_TABLE, _STAGE_TIMES, "phase_status_changed")
MILESTONE = Machine("milestone", S, S.PENDING, _STAGE_TABLE, _STAGE_TIMES, "milestone_status_changed")

TASK = Machine(
    name="task",
    states=T,
    initial=T.PENDING,
    transitions=Machine.table(
        {
            T.PENDING: [T.IN_PROGRESS, T.BLOCKED, T.SKIPPED, T.CANCELLED],
            T.IN_PROGRESS: [T.READY_FOR_TEST, T.FAILED, T.BLOCKED, T.SKIPPED, T.CANCELLED],
            T.READY_FOR_TEST: [T.TESTED, T.IN_PROGRESS, T.FAILED, T.SKIPPED, T.CANCELLED],
            T.TESTED: [T.DONE, T.IN_PROGRESS, T.FAILED, T.SKIPPED, T.CANCELLED],
            T.DONE: [T.IN_PROGRESS],
            T.FAILED: [T.PENDING, T.SKIPPED, T.CANCELLED],
            T.BLOCKED: [T.PENDING, T.IN_PROGRESS, T.SKIPPED, T.CANCELLED],
            # A later version of the plan can bring back what an earlier one left out.
            T.SKIPPED: [T.PENDING],
        }
    ),
    timestamps={T.IN_PROGRESS: "started_at", T.DONE: "completed_at"},
    event="task_status_changed",
)

SUBTASK = Machine(
    name="subtask",
    states=B,
    initial=B.PENDING,
    transitions=Machine.table(
        {
            B.PENDING: [B.IN_PROGRESS, B.COMPLETED, B.CANCELLED],
            B.IN_PROGRESS: [B.COMPLETED, B.CANCELLED],
            B.CANCELLED: [B.PENDING],  # its task is brought back
        }
    ),
    timestamps={B.COMPLETED: "completed_at"},
    event="subtask_status_changed",
)

PROPOSAL = Machine(
    name="modification",
    states=M,
    initial=M.PROPOSED,
    transitions=Machine.table({M.PROPOSED: [M.APPROVED, M.REJECTED, M.ADJUSTED, M.EXPIRED]}),
    timestamps=dict.fromkeys([M.APPROVED, M.REJECTED, M.ADJUSTED, M.EXPIRED], "decided_at"),
)

PROGRESS: dict[str, int] = {T.DONE: 100, T.SKIPPED: 100, T.TESTED: 95, T.READY_FOR_TEST: 90}
CODE_SHARE = Decimal("0.9")


def task_progress(status: str, code_percent: Decimal) -> Decimal:
    """0 to 100, as in the SQL views: by its status, and while it is under way by how much of its code stands."""
    known = PROGRESS.get(status)
    return code_percent * CODE_SHARE if known is None else Decimal(known)
