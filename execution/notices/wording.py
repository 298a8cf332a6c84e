"""An event in the words of a notice, if it still waits for a person when that is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.models import PlanEvent
from execution.services.pausing import MODIFICATION
from planning.models import Conversation, MasterPlan
from planning.states import PlanStatus

BY_HAND = ("person", MODIFICATION)
"""Somebody knows already: they paused it, or a proposal tells of itself."""


@dataclass(frozen=True)
class Words:
    """``for_reviewers``: staff are told besides the owner."""

    kind: str
    title: str
    text: str
    for_reviewers: bool = False


Say = Callable[[MasterPlan, dict[str, Any]], Words | None]


def _draft(plan: MasterPlan, data: dict[str, Any]) -> Words | None:
    if plan.status != PlanStatus.DRAFT:
        return None
    text = (
        f"{plan.total_tasks} tasks, estimated {plan.estimated_cost:.2f} dollars. Nothing is built before you approve."
    )
    return Words("plan_to_approve", f"{plan.project_name} waits for your approval", text)


def _paused(plan: MasterPlan, data: dict[str, Any]) -> Words | None:
    reason = str(data.get("reason", ""))
    if not plan.pause_reason or reason in BY_HAND:
        return None
    return Words(
        f"paused_{reason}", f"{plan.project_name} is paused", str(data.get("detail") or "See why on its page.")
    )


def _proposal(plan: MasterPlan, data: dict[str, Any]) -> Words | None:
    return Words(
        "modification_to_decide", f"A change of {plan.project_name} waits for your decision", "It is on its page."
    )


def _review(plan: MasterPlan, data: dict[str, Any]) -> Words | None:
    text = "Atoms of it are less certain than they should be, and wait for a person."
    return Words("reviews", f"{plan.project_name} has code to review", text, for_reviewers=True)


def _failed(plan: MasterPlan, data: dict[str, Any]) -> Words | None:
    if data.get("to") != PlanStatus.FAILED:
        return None
    return Words(
        "failed", f"{plan.project_name} failed", plan.failure_reason or "Resume tries again from where it stood."
    )


def _warning(plan: MasterPlan, data: dict[str, Any]) -> Words | None:
    text = f"{data.get('current')} dollars are spent; it stops at {data.get('hard_limit')}."
    return Words("cost_warning", f"{plan.project_name} has passed its soft cost limit", text)


def _complete(plan: MasterPlan, data: dict[str, Any]) -> Words | None:
    return Words("complete", f"{plan.project_name} is finished", "Its files can be downloaded on its page.")


OF_PLANS: dict[str, Say] = {
    "masterplan_created": _draft,
    "masterplan_paused": _paused,
    "masterplan_modification_proposal": _proposal,
    "masterplan_status_changed": _failed,
    "review_created": _review,
    "cost_warning": _warning,
    "complete": _complete,
}
OF_CONVERSATIONS = ("discovery_question", "discovery_status_changed")
NOTABLE = frozenset([*OF_PLANS, *OF_CONVERSATIONS])


def words_of(event: PlanEvent, about: MasterPlan | Conversation) -> Words | None:
    """``None`` for what needs nobody, or not any more. No query."""
    if isinstance(about, MasterPlan):
        say = OF_PLANS.get(event.type)
        return say(about, event.data) if say else None
    if event.type == "discovery_question" and event.data.get("questions"):
        number = len(event.data["questions"])
        return Words("questions", "There are questions about your request", f"{number} of them; defaults are offered.")
    if event.type == "discovery_status_changed" and event.data.get("to") == "awaiting_validation":
        return Words("domain_to_confirm", "What was understood waits for you to confirm it", "It is on the page.")
    return None
