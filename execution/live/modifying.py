"""What watchers may do about modifications, for socket and pages alike: who may, and which service does it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User

from common.actors import Actor
from common.errors import InvalidInput
from execution.services.modifying import (
    adjust_modification,
    approve_modification,
    reject_modification,
    request_modification,
)
from planning.models import ModificationProposal
from planning.selectors.access import modification_for, plan_for
from planning.selectors.modifications import modification_document


def ask_for_change(*, user: User, plan_id: uuid.UUID, words: str) -> dict[str, Any]:
    """Raises ``NotFound``, ``NotPermitted``, and what the service raises."""
    plan = plan_for(user, plan_id, control=True)
    return _shown(request_modification(plan=plan, requirement=words, actor=Actor.of(user)))


def decide_on_change(*, user: User, proposal_id: uuid.UUID, decision: str, words: str = "") -> dict[str, Any]:
    """``words`` are the reason of a rejection, or what is to be adjusted. Raises as ``ask_for_change``."""
    decide = DECISIONS.get(decision)
    if decide is None:
        known = ", ".join(DECISIONS)
        raise InvalidInput(f"There is no decision {decision[:40]!r}.", hint=f"Known: {known}.")
    return _shown(decide(modification_for(user, proposal_id, control=True).pk, Actor.of(user), words))


def _shown(proposal: ModificationProposal) -> dict[str, Any]:
    return {"modification": modification_document(proposal, whole=False)}


DECISIONS: dict[str, Callable[[uuid.UUID, Actor, str], ModificationProposal]] = {
    "approve": lambda proposal_id, actor, _: approve_modification(proposal_id=proposal_id, actor=actor),
    "reject": lambda proposal_id, actor, words: reject_modification(proposal_id=proposal_id, actor=actor, reason=words),
    "adjust": lambda proposal_id, actor, words: adjust_modification(proposal_id=proposal_id, actor=actor, words=words),
}
