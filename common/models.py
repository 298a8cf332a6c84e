"""Streams of events and the history of every change. They refer to plans, tasks and atoms by plain UUID."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from common.states import Machine


class UUIDModel(models.Model):
    """Base of every entity: a UUID key and the time it was made."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class StatefulModel(UUIDModel):
    """Base of an entity with a status. Only ``common.transitions`` changes it."""

    machine: ClassVar[Machine]
    status: models.Field[str, str]

    class Meta:
        abstract = True

    def event_stream(self) -> tuple[str, uuid.UUID] | None:
        """Kind and id of the stream that is told of changes, or ``None`` when nobody is."""
        raise NotImplementedError

    def history_plan(self) -> uuid.UUID | None:
        """The plan in whose history changes are kept."""
        raise NotImplementedError

    def label(self) -> str:
        """What people call it."""
        return f"{self.machine.name} {self.pk}"

    def event_data(self) -> dict[str, str]:
        """What the event of a change tells besides item, label, old and new status and reason."""
        return {}


class Stream(models.Model):
    """One sequence of events, of a plan or of a conversation; its id is that item's id."""

    class Kind(models.TextChoices):
        PLAN = "plan"
        CONVERSATION = "conversation"

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    last_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(last_seq__gte=0), name="stream_seq_not_negative")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PlanEvent(models.Model):
    """One event. ``seq`` has no gaps within a stream; rows are never changed."""

    id = models.BigAutoField(primary_key=True)
    # indexed by the constraints that begin with it
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="events", db_index=False)
    seq = models.BigIntegerField()
    type = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    masterplan_id = models.UUIDField(null=True, blank=True)
    conversation_id = models.UUIDField(null=True, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    ts = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["stream_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_seq_unique_in_stream")]

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"


class PlanHistory(models.Model):
    """Append-only: who changed what, from what to what, when and why."""

    id = models.BigAutoField(primary_key=True)
    plan_id = models.UUIDField(null=True, blank=True)
    change_type = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64, blank=True)
    actor_name = models.CharField(max_length=150, blank=True)
    item_type = models.CharField(max_length=40)
    item_id = models.UUIDField()
    item_label = models.CharField(max_length=300, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "plan history"
        indexes = [
            models.Index(fields=["plan_id", "-id"], name="history_by_plan"),
            models.Index(fields=["item_id", "-id"], name="history_by_item"),
        ]

    def __str__(self) -> str:
        return f"{self.change_type} {self.item_label}"


class FlagOverride(UUIDModel):
    """What an administrator set a flag to; without a value the environment's default holds."""

    name = models.CharField(max_length=60, unique=True)
    value = models.JSONField(null=True, blank=True)
    reason = models.TextField(blank=True)
    changed_by = models.CharField(max_length=150, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = "feature flag"

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """A request that was answered already: the same key of the same user gets the same answer again."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_unique_per_user")]

    def __str__(self) -> str:
        return self.key
