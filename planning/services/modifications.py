"""The rows of modifications: proposed, analysed, decided on, lapsed. What that does to a run is for ``execution``."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.actors import Actor
from common.changes import change, emit, remember
from common.claims import holding, release, take
from common.configuration import configuration
from common.errors import NotFound
from common.transitions import transition
from planning.errors import ModificationWaits
from planning.models import MasterPlan, ModificationProposal
from planning.selectors.modifications import modification_document, open_modification
from planning.services.impact import Analysed
from planning.states import ProposalStatus

EVENTS: dict[str, str] = {
    ProposalStatus.PROPOSED: "masterplan_modification_proposal",
    ProposalStatus.APPROVED: "modification_approved",
    ProposalStatus.REJECTED: "modification_rejected",
    ProposalStatus.ADJUSTED: "modification_rejected",
    ProposalStatus.EXPIRED: "modification_rejected",
}


def propose(
    *,
    plan: MasterPlan,
    requirement: str,
    actor: Actor,
    adjustment: str = "",
    adjusts: ModificationProposal | None = None,
    restores: int | None = None,
) -> ModificationProposal:
    """A new proposal, to be analysed. Raises ``ModificationWaits`` when another one waits. Call it in a change."""
    require_no_modification(plan.pk)
    try:
        with transaction.atomic():
            proposal = ModificationProposal.objects.create(
                plan=plan,
                requirement=requirement,
                adjustment=adjustment,
                adjusts=adjusts,
                restores=restores,
                base_version=plan.version,
                requested_by_id=actor.user_id,
                expires_at=_lapses_at(),
            )
    except IntegrityError:
        require_no_modification(plan.pk)
        raise
    remember(
        plan_id=plan.pk,
        change_type="modification_requested",
        actor=actor,
        item_type="modification",
        item_id=proposal.pk,
        item_label=proposal.label(),
        after={"requirement": requirement, "adjustment": adjustment},
    )
    tell(proposal)
    return proposal


def require_no_modification(plan_id: uuid.UUID) -> None:
    """Raises ``ModificationWaits``. One query."""
    waiting = open_modification(plan_id)
    if waiting is not None:
        raise ModificationWaits(
            f"A modification waits for a decision: {waiting.requirement[:120]}",
            hint="Approve, adjust or reject that one first.",
            modification=str(waiting.pk),
        )


def modification_with(proposal_id: uuid.UUID) -> ModificationProposal:
    """Raises ``NotFound``."""
    proposal = ModificationProposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound("There is no such modification.")
    return proposal


@contextmanager
def claimed_analysis(proposal_id: uuid.UUID) -> Iterator[uuid.UUID | None]:
    """The right to analyse a proposal: a token, or ``None`` when somebody else has it, or did it."""
    mine = ModificationProposal.objects.filter(pk=proposal_id, status=ProposalStatus.PROPOSED, analysed_at__isnull=True)
    token = take(mine)
    if token is None:
        yield None
        return
    with holding(ModificationProposal, token):
        try:
            yield token
        finally:
            release(ModificationProposal.objects.filter(pk=proposal_id), token)


def store_analysis(proposal_id: uuid.UUID, token: uuid.UUID, analysed: Analysed, impact: dict[str, Any]) -> bool:
    """``False`` when the claim was lost, or the proposal was decided on meanwhile: the result is dropped."""
    with change():
        stored = ModificationProposal.objects.filter(
            pk=proposal_id, claim=token, status=ProposalStatus.PROPOSED, analysed_at__isnull=True
        ).update(
            impact=impact,
            proposed_plan=analysed.plan.model_dump(mode="json"),
            analysed_at=timezone.now(),
            expires_at=_lapses_at(),
            error=None,
        )
        if stored:
            tell(modification_with(proposal_id))
    return bool(stored)


def keep_failure(proposal: ModificationProposal, document: dict[str, Any]) -> None:
    """What kept the proposal from being analysed for now; told once while it stays the same."""
    with change():
        ModificationProposal.objects.filter(pk=proposal.pk, status=ProposalStatus.PROPOSED).update(error=document)
        if (proposal.error or {}).get("code") != document["code"]:
            data = {"code": document["code"], "message": document["detail"], "hint": document.get("hint", "")}
            emit(proposal.event_stream(), "error", {**data, "modification_id": str(proposal.pk)})


def conclude(
    proposal: ModificationProposal, to: ProposalStatus, *, actor: Actor, reason: str = "", **fields: Any
) -> ModificationProposal:
    """Decide on a proposal, and tell. Raises ``TransitionConflict`` when that was done before."""
    with change():
        transition(proposal, to, actor=actor, reason=reason, decided_by=actor.name, decision_reason=reason, **fields)
        tell(proposal)
    return proposal


def drop_modification(plan_id: uuid.UUID, *, actor: Actor) -> None:
    """The plan is given up, and with it what was to be changed in it. Call it in the plan's change."""
    waiting = open_modification(plan_id)
    if waiting is not None:
        conclude(waiting, ProposalStatus.EXPIRED, actor=actor, reason="The plan was cancelled.")


def tell(proposal: ModificationProposal) -> None:
    """One event for the state that it is in; only a person's own words and short facts go into it."""
    emit(
        proposal.event_stream(),
        EVENTS[proposal.status],
        {"proposal": modification_document(proposal, whole=False), "by": proposal.decided_by},
    )


def _lapses_at() -> datetime:
    return timezone.now() + timedelta(seconds=configuration().modification_expires_after)
