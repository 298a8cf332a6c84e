"""Where plan items went in Jira."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import UUIDModel


class JiraMapping(UUIDModel):
    """One plan item and the issue that stands for it. A failed export keeps its row and says why."""

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
    item_id = models.UUIDField(unique=True)
    jira_key = models.CharField(max_length=60, blank=True)
    jira_id = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    last_error = models.TextField(blank=True)
    exported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
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
