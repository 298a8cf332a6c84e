"""Listens to execution. The work itself is in the services."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from execution.signals import atoms_settled, reconciling
from review.services.creation import create_reviews
from review.services.reconciling import reconcile_recent_plans


def connect() -> None:
    atoms_settled.connect(on_atoms_settled, dispatch_uid="review.create_reviews")
    reconciling.connect(on_reconciling, dispatch_uid="review.reconcile")


def on_atoms_settled(sender: Any, *, plan_id: uuid.UUID, atom_ids: Iterable[uuid.UUID], **_: Any) -> None:
    create_reviews(atom_ids=atom_ids)


def on_reconciling(sender: Any, **_: Any) -> int:
    return reconcile_recent_plans()
