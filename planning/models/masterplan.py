from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from common.models import StatefulModel
from planning.models.conversation import Conversation, Workspace
from planning.models.discovery import DiscoveryDocument
from planning.states import PLAN, UNFINISHED_PLAN, PlanStatus


class ExecutionMode(models.TextChoices):
    MVP = "mvp"
    V2_ATOMS = "v2_atoms"
    HYBRID = "hybrid"


class MasterPlan(StatefulModel):
    """The whole plan of one project. Counters are kept by the changes of its tasks."""

    machine = PLAN

    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="masterplans")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="masterplans")
    discovery = models.ForeignKey(DiscoveryDocument, on_delete=models.PROTECT, related_name="masterplans")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="masterplans")
    project_name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    original_request = models.TextField()
    status = models.CharField(max_length=16, choices=PlanStatus.choices, default=PlanStatus.DRAFT)
    stack = models.CharField(max_length=40)
    business_logic = models.TextField(blank=True)
    entities = models.JSONField(default=list, blank=True)
    design = models.JSONField(default=dict, blank=True)
    conventions = models.JSONField(default=list, blank=True)
    execution_mode = models.CharField(max_length=10, choices=ExecutionMode.choices, default=ExecutionMode.V2_ATOMS)
    mode_asked = models.BooleanField(default=False)
    """Somebody chose the mode. Else the flags did, and do again when the build starts."""
    part_modes = models.JSONField(default=dict, blank=True)
    """In ``hybrid``: ``mvp`` or ``v2_atoms`` by short id of a phase or task; the others are chosen by their files."""
    unattended = models.BooleanField(default=False)
    """Nobody waits to decide: the most probable proposal is taken where a person would be asked."""
    engine_options = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    replanning = models.JSONField(null=True, blank=True)
    """What the draft is being planned anew for (``planning.services.replanning.Wanted``), until that is done."""
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claim_expires = models.DateTimeField(null=True, blank=True, editable=False)

    total_tasks = models.PositiveIntegerField(default=0)
    completed_tasks = models.PositiveIntegerField(default=0)
    failed_tasks = models.PositiveIntegerField(default=0)
    blocked_tasks = models.PositiveIntegerField(default=0)
    skipped_tasks = models.PositiveIntegerField(default=0)
    progress_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)

    estimated_minutes = models.PositiveIntegerField(default=0)
    expectation = models.JSONField(default=dict, blank=True)
    """What memory expected of it when it was planned (``planning.expectation.Expectation``)."""
    actual_minutes = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    estimated_cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    generation_cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    generation_tokens = models.PositiveIntegerField(default=0)

    workspace_path = models.TextField(blank=True)
    pause_reason = models.CharField(max_length=40, blank=True)
    pause_detail = models.TextField(blank=True)
    rejection_reason = models.TextField(blank=True)
    cancellation_reason = models.TextField(blank=True)
    failure_reason = models.TextField(blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    jira_key = models.CharField(max_length=40, blank=True)
    jira_state = models.CharField(max_length=20, blank=True)

    updated_at = models.DateTimeField(auto_now=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    rejected_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "masterplan"
        indexes = [models.Index(fields=["owner", "-created_at"], name="plan_by_owner")]
        constraints = [
            PLAN.constraint(),
            models.UniqueConstraint(
                fields=["workspace"],
                condition=models.Q(status__in=UNFINISHED_PLAN),
                name="one_unfinished_plan_per_workspace",
            ),
            models.CheckConstraint(
                condition=models.Q(rating__isnull=True) | models.Q(rating__range=(1, 5)), name="plan_rating_1_to_5"
            ),
            models.CheckConstraint(
                condition=models.Q(progress_percent__range=(0, 100)), name="plan_progress_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return self.project_name

    def label(self) -> str:
        return f"plan {self.project_name}"

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.pk)

    def history_plan(self) -> uuid.UUID:
        return self.pk
