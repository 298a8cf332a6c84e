"""The queue of atoms that wait for a person, and what persons decided."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.models import StatefulModel, UUIDModel
from execution.models import Atom, AtomRevision
from planning.models import MasterPlan
from review.states import OPEN, REVIEW, ReviewStatus


class ReviewQuerySet(models.QuerySet["Review"]):
    def open(self) -> ReviewQuerySet:
        return self.filter(status__in=OPEN)

    def free(self, user_id: object) -> ReviewQuerySet:
        """Open, and held by nobody else than ``user_id`` at this moment."""
        held = models.Q(status=ReviewStatus.IN_REVIEW, claim_expires__gt=timezone.now())
        return self.open().exclude(held & ~models.Q(assignee=user_id))


class Review(StatefulModel):
    """One text of one atom, waiting for a decision or decided. A text that has since changed makes it obsolete."""

    machine = REVIEW

    class Why(models.TextChoices):
        ATTEMPTS_SPENT = "attempts_spent"
        LOW_CONFIDENCE = "low_confidence"
        SAMPLE = "sample"
        ASKED = "asked"

    class Level(models.TextChoices):
        HIGH = "high"
        MEDIUM = "medium"
        LOW = "low"
        CRITICAL = "critical"

    class Priority(models.IntegerChoices):
        HIGH = 1
        NORMAL = 2
        LOW = 3

    atom = models.ForeignKey(Atom, on_delete=models.CASCADE, related_name="reviews")
    revision = models.ForeignKey(AtomRevision, on_delete=models.RESTRICT, related_name="reviews")
    plan = models.ForeignKey(MasterPlan, on_delete=models.CASCADE, related_name="reviews")
    attempts = models.PositiveSmallIntegerField(default=0)
    """Attempts the atom had when the review was made: one more in vain, at the same text, is a new question."""
    why = models.CharField(max_length=16, choices=Why.choices)
    confidence = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    """Empty when the atom was never accepted, so that nothing could be scored."""
    level = models.CharField(max_length=8, choices=Level.choices)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    status = models.CharField(max_length=12, choices=ReviewStatus.choices, default=ReviewStatus.PENDING)

    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="reviews"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    claim_expires = models.DateTimeField(null=True, blank=True)

    issue_detected = models.TextField(blank=True)
    suggestions = models.JSONField(null=True, blank=True)
    """The assistant's answer (``shapes.ReviewAssist``); empty until it came."""
    assistant_note = models.TextField(blank=True)
    """Why the assistant has nothing to say, when it failed."""
    assistant_asked_at = models.DateTimeField(null=True, blank=True)

    feedback = models.TextField(blank=True)
    modified_code = models.TextField(blank=True)
    """What a reviewer wrote, also when it did not pass validation."""
    modified_diagnostics = models.JSONField(default=list, blank=True)
    edit_claim = models.UUIDField(null=True, blank=True)
    """Held while an edit is validated, which takes too long for a transaction."""
    edit_claim_expires = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        permissions = [("decide_review", "Can decide reviews of own plans")]
        indexes = [
            models.Index(fields=["plan", "status"], name="review_by_plan_and_status"),
            models.Index(fields=["status", "confidence"], name="review_queue"),
            models.Index(
                fields=["claim_expires"], name="review_claims", condition=models.Q(claim_expires__isnull=False)
            ),
        ]
        constraints = [
            REVIEW.constraint(),
            models.UniqueConstraint(
                fields=["atom"], condition=models.Q(status__in=OPEN), name="one_open_review_per_atom"
            ),
            models.UniqueConstraint(fields=["atom", "revision", "attempts"], name="review_once_per_revision"),
            models.CheckConstraint(
                condition=~models.Q(status=ReviewStatus.IN_REVIEW) | models.Q(claim_expires__isnull=False),
                name="review_in_review_is_claimed",
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__isnull=True) | models.Q(confidence__range=(0, 1)),
                name="review_confidence_0_to_1",
            ),
        ]

    def __str__(self) -> str:
        return self.label()

    def label(self) -> str:
        return f"review of {self.atom.label()}"

    def event_stream(self) -> tuple[str, uuid.UUID]:
        return ("plan", self.plan_id)

    def history_plan(self) -> uuid.UUID:
        return self.plan_id

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_claimed(self) -> bool:
        """Somebody holds it now; an expired claim counts for nothing."""
        return (
            self.status == ReviewStatus.IN_REVIEW
            and self.claim_expires is not None
            and self.claim_expires > timezone.now()
        )

    @property
    def is_being_edited(self) -> bool:
        return self.edit_claim_expires is not None and self.edit_claim_expires > timezone.now()

    def claimed_by_other(self, user_id: object) -> bool:
        return self.is_claimed and str(self.assignee_id) != str(user_id)


class ReviewDecisionQuerySet(models.QuerySet["ReviewDecision"]):
    def standing(self) -> ReviewDecisionQuerySet:
        """Decisions that nobody took back, without the takings back themselves."""
        return self.filter(undone_by__isnull=True).exclude(decision=ReviewDecision.UNDONE)


class ReviewDecision(UUIDModel):
    """Append-only: who decided what, when and why; the state before and after; how long it took."""

    UNDONE = "undone"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions")
    decision = models.CharField(max_length=12, choices=[*ReviewStatus.choices, (UNDONE, "Taken back")])
    undoes = models.OneToOneField("self", on_delete=models.CASCADE, null=True, blank=True, related_name="undone_by")
    """The decision that this one took back; once."""
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="review_decisions"
    )
    actor_kind = models.CharField(max_length=10)
    actor_name = models.CharField(max_length=150, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    seconds = models.FloatField(null=True, blank=True)
    """From the claim to the decision; empty when the review was decided without having been claimed."""
    easy = models.BooleanField(default=False)
    """Short and simple code, decided without writing any: what should take less than half a minute."""
    restores = models.JSONField(default=dict, blank=True, editable=False)
    """The atom ``before`` and ``after``, so that the decision can be taken back."""

    objects = ReviewDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.decision} by {self.actor_name}"


class SavedQueue(UUIDModel):
    """A view of the queue that a reviewer keeps: its filters as they stand in the address. Without a name, the last."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_queues")
    name = models.CharField(max_length=60, blank=True)
    query = models.CharField(max_length=2_000, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_queue_once_per_name")]

    def __str__(self) -> str:
        return self.name or "last used"
