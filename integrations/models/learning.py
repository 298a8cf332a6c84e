"""What memory was given, what it was asked, what it gave back, and how the work that asked it ended.

Plans, tasks and atoms are named by plain UUID: integrations know nothing of them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.models import UUIDModel
from integrations.memory.collections import COLLECTIONS


class Outcome(models.TextChoices):
    """How the item ended whose prompt asked memory. ``unjudged``: nobody judged it, so it counts for nothing."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNJUDGED = "unjudged"


def _ended(prefix: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name=f"{prefix}_outcome_is_known"),
        models.CheckConstraint(
            condition=Q(outcome="open", ended_at__isnull=True) | (~Q(outcome="open") & Q(ended_at__isnull=False)),
            name=f"{prefix}_ended_with_outcome",
        ),
    ]


class LearningRecord(UUIDModel):
    """One document: found by ``text``, given to prompts as ``lesson``. Its id is the document's id in the store.

    ``embedding`` names what it was indexed with; empty: not in the index yet.
    """

    collection = models.CharField(max_length=40)
    source_type = models.CharField(max_length=40, help_text="Kind of item it was learned from: masterplan, task, atom")
    source_id = models.UUIDField()
    plan_id = models.UUIDField(null=True, blank=True, db_index=True)
    text = models.TextField(help_text="What it is found by.")
    lesson = models.TextField(blank=True, help_text="What prompts are given; empty: the text itself.")
    metadata = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=32, blank=True, help_text="Of text, lesson and metadata.")
    embedding = models.CharField(max_length=60, blank=True, help_text="Name of the embedding it was indexed with.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(collection__in=list(COLLECTIONS)), name="learning_record_collection_is_known"
            ),
            models.UniqueConstraint(fields=["collection", "source_id"], name="learning_record_once_per_source"),
        ]
        indexes = [
            models.Index(fields=["collection", "-created_at"], name="learning_record_by_age"),
            models.Index(fields=["created_at"], name="learning_record_not_indexed", condition=Q(embedding="")),
        ]

    def __str__(self) -> str:
        return f"{self.collection} from {self.source_type} {self.source_id}"


class LearningLookup(UUIDModel):
    """One question to memory, whatever the answer: those without one are what those with one are compared to."""

    class Answer(models.TextChoices):
        FOUND = "found"
        NOTHING = "nothing", "nothing like it"
        WITHHELD = "withheld", "found, and withheld for comparison"
        UNAVAILABLE = "unavailable"
        OFF = "off", "switched off"

    collection = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40)
    used_for_id = models.UUIDField(null=True, blank=True, help_text="The discovery, task or atom whose prompt asked.")
    plan_id = models.UUIDField(null=True, blank=True, db_index=True)
    answer = models.CharField(max_length=12, choices=Answer.choices)
    found = models.PositiveSmallIntegerField(default=0)
    similarity = models.FloatField(null=True, blank=True, help_text="Of the nearest document that was found.")
    milliseconds = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=60, blank=True, help_text="Code of the error, when memory was unavailable.")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    ended_as = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__in=["found", "nothing", "withheld", "unavailable", "off"]),
                name="learning_lookup_answer_is_known",
            ),
            *_ended("learning_lookup"),
        ]
        indexes = [
            models.Index(fields=["used_for_id"], name="learning_lookup_open", condition=Q(outcome="open")),
            models.Index(fields=["purpose", "-created_at"], name="learning_lookup_by_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} asked {self.collection}: {self.answer}"


class LearningUse(UUIDModel):
    """One document that memory gave for one prompt. ``outcome`` is filled when the item that used it has ended."""

    Outcome = Outcome

    record = models.ForeignKey(LearningRecord, on_delete=models.SET_NULL, null=True, related_name="uses")
    """Empty when the record was forgotten since: that it was used, and how that ended, stays true."""
    lookup = models.ForeignKey(LearningLookup, on_delete=models.CASCADE, null=True, related_name="uses")
    similarity = models.FloatField()
    purpose = models.CharField(max_length=40)
    used_for_id = models.UUIDField(
        null=True, blank=True, help_text="The discovery, task or atom whose prompt it went into."
    )
    plan_id = models.UUIDField(null=True, blank=True, db_index=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    ended_as = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = _ended("learning_use")
        indexes = [models.Index(fields=["used_for_id"], name="learning_use_by_item", condition=Q(outcome="open"))]

    def __str__(self) -> str:
        return f"{self.record_id} for {self.purpose}"


class PlanOutcome(UUIDModel):
    """How one plan ended, in numbers: what later estimates are corrected by, and what memory is judged by."""

    plan_id = models.UUIDField(unique=True)
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=16, help_text="Of the plan when it was closed.")
    stack = models.CharField(max_length=40, blank=True)
    closed_at = models.DateTimeField()
    started = models.BooleanField(default=True, help_text="Whether it was ever built; others say nothing of estimates.")
    succeeded = models.BooleanField(help_text="80% of its tasks were done.")
    tasks_total = models.PositiveIntegerField(default=0)
    tasks_done = models.PositiveIntegerField(default=0)
    estimated_minutes = models.FloatField(default=0, help_text="Sum of its tasks' estimates.")
    expected_minutes = models.FloatField(null=True, blank=True, help_text="The estimate, corrected by past accuracy.")
    expected_tasks = models.FloatField(null=True, blank=True, help_text="Size of similar plans, when it was planned.")
    actual_minutes = models.FloatField(default=0)
    atoms_total = models.PositiveIntegerField(default=0)
    atoms_at_once = models.PositiveIntegerField(default=0, help_text="Accepted at their first attempt.")
    modifications = models.PositiveIntegerField(default=0)
    discovery_quality = models.FloatField(null=True, blank=True, help_text="0 to 1; see execution/learning.")

    class Meta:
        ordering = ["-closed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tasks_done__lte=F("tasks_total"), atoms_at_once__lte=F("atoms_total")),
                name="plan_outcome_parts_of_wholes",
            ),
            models.CheckConstraint(
                condition=Q(estimated_minutes__gte=0, actual_minutes__gte=0), name="plan_outcome_minutes_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(discovery_quality__isnull=True) | Q(discovery_quality__range=(0, 1)),
                name="plan_outcome_quality_0_to_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"

    @property
    def success_rate(self) -> float | None:
        """Share of its tasks that were done."""
        return self.tasks_done / self.tasks_total if self.tasks_total else None

    @property
    def first_attempt_success(self) -> float | None:
        """Share of its atoms that were accepted at their first attempt."""
        return self.atoms_at_once / self.atoms_total if self.atoms_total else None

    @property
    def time_ratio(self) -> float | None:
        """Actual over estimated minutes: 1 is exact, 2 took twice as long. This is its time variance."""
        return self.actual_minutes / self.estimated_minutes if self.started and self.estimated_minutes else None

    @property
    def estimation_accuracy(self) -> float | None:
        """1 is exact, 0.5 is off by a factor of two, of the estimate as corrected where it was."""
        estimate = self.expected_minutes or self.estimated_minutes
        if not self.started or not estimate or not self.actual_minutes:
            return None
        return min(estimate, self.actual_minutes) / max(estimate, self.actual_minutes)
