"""What planning asks of the apps above it, which it does not know."""

from __future__ import annotations

from django.dispatch import Signal

change_asked = Signal()
"""A person asked in a conversation for a change of a plan: ``plan``, ``requirement``, ``actor``; within a change.

The receiver proposes it; what it raises is told to the person.
"""
