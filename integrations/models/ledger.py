"""The ledger of model calls and the limits on what they may cost. Every cost is a sum over ``LLMCall``."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from common.models import UUIDModel

MONEY_DIGITS = 14
MONEY_PLACES = 6


class Reservation(models.TextChoices):
    RESERVED = "reserved", "reserved, the call is in flight"
    SETTLED = "settled", "settled to what it cost"
    LOST = "lost", "lost, charged at its worst case"


def money_field() -> models.DecimalField[Decimal, Decimal]:
    """US dollars with six places."""
    return models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, default=Decimal(0))


class LLMCall(UUIDModel):
    """One request sent to a provider: written before it is sent, settled when its usage is known."""

    purpose = models.CharField(max_length=40)
    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=100)
    attempt = models.PositiveSmallIntegerField(
        default=1, help_text="The attempt at the task or atom, counted by the caller."
    )
    ask = models.PositiveSmallIntegerField(default=1, help_text="2 and 3 repeat the question with validation errors.")
    retry = models.PositiveSmallIntegerField(default=0, help_text="How often this ask had failed on its way before.")
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    tokens_cache_written = models.PositiveIntegerField(default=0)
    tokens_cache_read = models.PositiveIntegerField(default=0)
    tokens_estimated = models.BooleanField(default=False, help_text="Counted by us, not reported by the provider.")
    cost = money_field()
    unpriced = models.BooleanField(default=False, help_text="The model has no price; charged at the highest known one.")
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    stop_reason = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    temperature = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    effort = models.CharField(max_length=10, blank=True)
    prompt_hash = models.CharField(max_length=64)
    prompt_version = models.CharField(
        max_length=20, blank=True, help_text="The version in the prompt file's head, and a digest of its text."
    )
    request_id = models.CharField(max_length=100, blank=True, help_text="The provider's own name of the request.")
    conversation_id = models.UUIDField(null=True, blank=True)
    discovery_id = models.UUIDField(null=True, blank=True)
    plan_id = models.UUIDField(null=True, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    atom_id = models.UUIDField(null=True, blank=True)
    trace_id = models.CharField(max_length=64, blank=True)
    reserved = money_field()
    reservation = models.CharField(max_length=10, choices=Reservation.choices, default=Reservation.RESERVED)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "model call"
        constraints = [
            models.CheckConstraint(
                condition=Q(reservation__in=Reservation.values), name="llm_call_reservation_is_known"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0, reserved__gte=0), name="llm_call_money_not_negative"),
            models.CheckConstraint(
                condition=Q(reservation=Reservation.RESERVED, settled_at__isnull=True, cost=0)
                | Q(reservation=Reservation.SETTLED, settled_at__isnull=False)
                | Q(reservation=Reservation.LOST, settled_at__isnull=False, cost=F("reserved")),
                name="llm_call_settled_once",
            ),
            models.CheckConstraint(condition=Q(attempt__gte=1, ask__gte=1), name="llm_call_counts_from_one"),
        ]
        indexes = [
            models.Index(
                fields=["plan_id", "-created_at"], name="llm_call_by_plan", condition=Q(plan_id__isnull=False)
            ),
            models.Index(fields=["task_id"], name="llm_call_by_task", condition=Q(task_id__isnull=False)),
            models.Index(fields=["atom_id"], name="llm_call_by_atom", condition=Q(atom_id__isnull=False)),
            models.Index(
                fields=["discovery_id"], name="llm_call_by_discovery", condition=Q(discovery_id__isnull=False)
            ),
            models.Index(fields=["created_at"], name="llm_call_in_flight", condition=Q(reservation="reserved")),
            models.Index(fields=["purpose", "-created_at"], name="llm_call_by_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.model} {self.cost} USD"


class CostLimit(UUIDModel):
    """The limits of one plan, or of everything (no plan), and the running totals that calls are reserved against.

    An empty limit means the default of the settings. ``spent`` and ``in_flight`` repeat sums over the ledger, kept
    here so that a reservation is one conditional update; ``integrations.llm.ledger`` alone writes them.
    """

    plan_id = models.UUIDField(null=True, blank=True, help_text="Empty: the limit of everything together.")
    soft = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, null=True, blank=True)
    hard = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, null=True, blank=True)
    spent = money_field()
    in_flight = money_field()
    warned_limit = models.DecimalField(
        max_digits=MONEY_DIGITS,
        decimal_places=MONEY_PLACES,
        null=True,
        blank=True,
        help_text="The soft limit whose crossing was told last; a higher one is told anew.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan_id"], nulls_distinct=False, name="cost_limit_unique_per_plan"),
            models.CheckConstraint(condition=Q(spent__gte=0, in_flight__gte=0), name="cost_limit_totals_not_negative"),
            models.CheckConstraint(
                condition=(Q(soft__isnull=True) | Q(soft__gte=0)) & (Q(hard__isnull=True) | Q(hard__gte=0)),
                name="cost_limit_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(soft__isnull=True) | Q(hard__isnull=True) | Q(soft__lte=F("hard")),
                name="cost_limit_soft_below_hard",
            ),
        ]

    def __str__(self) -> str:
        return f"limit of plan {self.plan_id}" if self.plan_id else "global limit"
