from __future__ import annotations

from django.db import models


class Healing(models.Model):
    """How often the reconciler has mended something of one kind, since the beginning, whichever process did it."""

    kind = models.CharField(max_length=20, primary_key=True)
    times = models.PositiveBigIntegerField(default=0)
    last_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.times}"
