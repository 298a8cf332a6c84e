"""Modifications of a plan, as watchers and the API see them."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from planning.models import ModificationProposal
from planning.states import ProposalStatus


def open_modification(plan_id: uuid.UUID) -> ModificationProposal | None:
    """The one that waits to be analysed or decided on. One query."""
    rows = ModificationProposal.objects.select_related("requested_by")
    return rows.filter(plan_id=plan_id, status=ProposalStatus.PROPOSED).first()


def modifications_of(plan_id: uuid.UUID) -> QuerySet[ModificationProposal]:
    """Latest first, without the whole plan that each proposes."""
    rows = ModificationProposal.objects.filter(plan_id=plan_id)
    return rows.select_related("requested_by", "plan").defer("proposed_plan").order_by("-created_at")


def modification_document(proposal: ModificationProposal, *, whole: bool = True) -> dict[str, Any]:
    """JSON-ready; without ``whole`` the field-by-field diff is left out, which may be long."""
    impact = proposal.impact if whole else {key: value for key, value in proposal.impact.items() if key != "diff"}
    return {
        "id": str(proposal.pk),
        "masterplan_id": str(proposal.plan_id),
        "status": proposal.status,
        "analysed": proposal.analysed_at is not None,
        "requirement": proposal.requirement,
        "adjustment": proposal.adjustment,
        "adjusts": str(proposal.adjusts_id) if proposal.adjusts_id else None,
        "base_version": proposal.base_version,
        "restores": proposal.restores,
        "made_version": proposal.made_version,
        "impact": impact,
        "requested_by": proposal.requested_by.get_username() if proposal.requested_by else "",
        "decided_by": proposal.decided_by,
        "reason": proposal.decision_reason,
        "error": proposal.error,
        "created_at": proposal.created_at.isoformat(),
        "analysed_at": proposal.analysed_at.isoformat() if proposal.analysed_at else None,
        "expires_at": proposal.expires_at.isoformat() if proposal.expires_at else None,
        "decided_at": proposal.decided_at.isoformat() if proposal.decided_at else None,
    }
