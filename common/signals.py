"""How the kernel tells what lies above it."""

from __future__ import annotations

from django.dispatch import Signal

events_told = Signal()
"""``events`` (list of ``PlanEvent``), of one stream, after their transaction is committed."""
