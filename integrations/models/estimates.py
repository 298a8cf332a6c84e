"""What a build was expected to cost, kept beside the ledger so that the error can be told afterwards."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.models import UUIDModel
from integrations.models.ledger import money_field


class CostEstimate(UUIDModel):
    """Expected calls of one purpose in the build of one plan, as seen when it was made and when it was approved."""

    class Moment(models.TextChoices):
        MADE = "made", "when the plan was made"
        APPROVED = "approved", "when it was approved"

    plan_id = models.UUIDField()
    moment = models.CharField(max_length=10, choices=Moment.choices)
    purpose = models.CharField(max_length=40)
    calls = models.DecimalField(max_digits=10, decimal_places=2, help_text="Expected; a share of a call is a chance.")
    cost = money_field()
    unpriced = models.BooleanField(default=False, help_text="A model has no price; the highest known one was taken.")

    class Meta:
        ordering = ["plan_id", "moment", "purpose"]
        constraints = [
            models.UniqueConstraint(fields=["plan_id", "moment", "purpose"], name="cost_estimate_once_a_moment"),
            models.CheckConstraint(condition=Q(cost__gte=0, calls__gte=0), name="cost_estimate_not_negative"),
            models.CheckConstraint(condition=Q(moment__in=["made", "approved"]), name="cost_estimate_moment_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.cost} USD ({self.moment})"
