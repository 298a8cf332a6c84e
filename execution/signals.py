"""How execution tells what lies above it. Sent after commit; the listener's reconciler makes a lost signal good."""

from __future__ import annotations

from django.dispatch import Signal

reconciling = Signal()
"""The reconciler makes its round. Listeners make good what lost signals have left undone, and answer how much."""

atoms_settled = Signal()
"""``plan_id`` (UUID) and ``atom_ids`` (list of UUID): these atoms were accepted, or wait for a decision."""
