"""Where plan items went in Jira, and how their export stands."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import UUIDModel


class JiraMapping(UUIDModel):
    """One plan item and the issue or version that stands for it in a project of Jira (``target``).

    Found by its short id: rows of subtasks are written anew when their task changes. A failed export says why.
    """

    class ItemType(models.TextChoices):
        PLAN = "plan"
        PHASE = "phase"
        MILESTONE = "milestone"
        TASK = "task"
        SUBTASK = "subtask"

    class State(models.TextChoices):
        PENDING = "pending"
        EXPORTED = "exported"
        FAILED = "failed"

    plan_id = models.UUIDField(db_index=True)
    item_type = models.CharField(max_length=10, choices=ItemType.choices)
    item_id = models.UUIDField(db_index=True)
    short_id = models.CharField(max_length=40)
    target = models.CharField(max_length=300)
    jira_key = models.CharField(max_length=60, blank=True)
    jira_id = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    last_error = models.TextField(blank=True)
    sent = models.JSONField(default=dict, blank=True)
    """What was sent last: a digest of each field (``fields``), and our labels (``labels``)."""
    links = models.JSONField(default=dict, blank=True)
    """What blocks it: by short id its ``key``, and whether the link was ``made`` or only sent."""
    sent_at = models.DateTimeField(null=True, blank=True)
    """Set while it is not known whether Jira has made it."""
    exported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan_id", "target", "short_id"], name="jira_mapping_once_in_a_target"),
            models.CheckConstraint(
                condition=Q(item_type__in=["plan", "phase", "milestone", "task", "subtask"]),
                name="jira_mapping_item_type_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "exported", "failed"]), name="jira_mapping_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="exported") | ~Q(jira_key=""), name="jira_mapping_exported_has_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_type} {self.item_id} → {self.jira_key or self.state}"


class JiraExport(UUIDModel):
    """The export of a plan, asked for again and again; ``planning.jira.turns`` alone changes its state."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        RUNNING = "running"
        WAITING = "waiting"
        """For Jira, until ``resume_at``."""
        COMPLETE = "complete"
        PARTIAL = "partial"
        """Some items failed; they are tried again when it is asked for again."""
        FAILED = "failed"

    OPEN = (State.REQUESTED, State.RUNNING, State.WAITING)

    plan_id = models.UUIDField(unique=True)
    target = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    resume_at = models.DateTimeField(null=True, blank=True)
    resent_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    outages = models.PositiveSmallIntegerField(default=0)
    warnings = models.JSONField(default=list, blank=True)
    error = models.JSONField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claim_expires = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["requested", "running", "waiting", "complete", "partial", "failed"]),
                name="jira_export_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"export of {self.plan_id}: {self.state}"
