"""What memory was given, what it gave back, and how the work that used it ended."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import UUIDModel
from integrations.memory.collections import COLLECTIONS


class LearningRecord(UUIDModel):
    """One document put into a collection; its id is the document's id there, its text what re-indexing reads."""

    collection = models.CharField(max_length=40)
    source_type = models.CharField(max_length=40, help_text="Kind of item it was learned from: plan, task, atom ...")
    source_id = models.UUIDField()
    plan_id = models.UUIDField(null=True, blank=True)
    text = models.TextField()
    metadata = models.JSONField(default=dict)
    embedding = models.CharField(max_length=60, help_text="Name of the embedding it was indexed with.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(collection__in=list(COLLECTIONS)), name="learning_record_collection_is_known"
            ),
            models.UniqueConstraint(fields=["collection", "source_id"], name="learning_record_once_per_source"),
        ]
        indexes = [models.Index(fields=["collection", "-created_at"], name="learning_record_by_age")]

    def __str__(self) -> str:
        return f"{self.collection} from {self.source_type} {self.source_id}"


class LearningUse(UUIDModel):
    """One document that memory gave for one prompt. ``outcome`` is filled when the item that used it has ended."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    record = models.ForeignKey(LearningRecord, on_delete=models.CASCADE, related_name="uses")
    similarity = models.FloatField()
    purpose = models.CharField(max_length=40)
    used_for_id = models.UUIDField(null=True, blank=True, help_text="The plan, task or atom whose prompt it went into.")
    plan_id = models.UUIDField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["open", "succeeded", "failed"]), name="learning_use_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome="open", ended_at__isnull=True) | (~Q(outcome="open") & Q(ended_at__isnull=False)),
                name="learning_use_ended_with_outcome",
            ),
        ]
        indexes = [models.Index(fields=["used_for_id"], name="learning_use_by_item", condition=Q(outcome="open"))]

    def __str__(self) -> str:
        return f"{self.record_id} for {self.purpose}"
