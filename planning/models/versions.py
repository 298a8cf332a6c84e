from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from common.models import StatefulModel, UUIDModel
from planning.models.masterplan import MasterPlan
from planning.states import PROPOSAL, ProposalStatus


class PlanVersion(UUIDModel):
    """An immutable snapshot of a plan (``shapes.PlanAnswer`` as JSON), and what changed since its parent."""

    class Type(models.TextChoices):
        INITIAL = "initial"
        MODIFICATION = "modification"
        REFACTORING = "refactoring"
        SCOPE_REDUCTION = "scope_reduction"
        ROLLBACK = "rollback"

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=20, choices=Type.choices)
    snapshot = models.JSONField()
    summary = models.TextField(blank=True)
    diff = models.JSONField(default=dict, blank=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    progress_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["plan_id", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="version_number_unique_in_plan")]

    def __str__(self) -> str:
        return f"version {self.number}"


class ModificationProposal(StatefulModel):
    """A change asked for while a plan exists: what it would touch, and the plan that would follow.

    ``proposed_plan`` and ``impact`` are empty until it is analysed; ``error`` says why it could not be.
    """

    machine = PROPOSAL

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="modifications")
    requirement = models.TextField()
    adjustment = models.TextField(blank=True)
    """What was said of the proposals that this one takes the place of."""
    adjusts = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="adjusted_by")
    base_version = models.PositiveIntegerField(default=1)
    """The version of the plan that it changes."""
    restores = models.PositiveIntegerField(null=True, blank=True)
    """The earlier version that it brings back; such a proposal asks no model."""
    made_version = models.PositiveIntegerField(null=True, blank=True)
    impact = models.JSONField(default=dict, blank=True)
    proposed_plan = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=ProposalStatus.choices, default=ProposalStatus.PROPOSED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    analysed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decision_reason = models.TextField(blank=True)
    error = models.JSONField(null=True, blank=True)
    """The problem that the analysis met last."""
    claim = models.UUIDField(null=True, blank=True)
    claim_expires = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            PROPOSAL.constraint(),
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(status="proposed"), name="one_open_proposal_per_plan"
            ),
        ]

    def __str__(self) -> str:
        return self.requirement[:80]

    def label(self) -> str:
        return "modification proposal"

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.plan_id)

    def history_plan(self) -> uuid.UUID:
        return self.plan_id


class ExecutionSnapshot(UUIDModel):
    """The state of every task and atom, taken at every pause."""

    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="snapshots")
    taken_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=40)
    detail = models.TextField(blank=True)
    tasks = models.JSONField(default=dict)
    atoms = models.JSONField(default=dict)
    running = models.JSONField(default=list)
    can_resume = models.BooleanField(default=True)
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.reason} at {self.created_at:%Y-%m-%d %H:%M:%S}"
