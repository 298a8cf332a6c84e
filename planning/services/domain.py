"""The domain model: made from request and answers, changed and confirmed by a person."""

from __future__ import annotations

import uuid
from typing import Any

from common.actors import Actor
from common.changes import change, emit
from common.transitions import transition
from integrations.llm.shapes import DomainModel, DomainModelInputs
from planning import dispatch
from planning.documents import answers_of, changed_domain_model, columns_of
from planning.models import DiscoveryDocument
from planning.services.asking import ask_for, spending_fields
from planning.services.claims import claimed
from planning.services.discovery import discovery_with, locked_discovery, remember_discovery, require_status
from planning.services.finding import Finder, Names, names_of_domain
from planning.services.patterns import patterns_of
from planning.states import DiscoveryStatus
from planning.steps import Step, next_step

S = DiscoveryStatus


def model_domain(discovery_id: uuid.UUID) -> DiscoveryDocument:
    """Make the domain model from the request and the answers. A second call changes nothing.

    Raises ``NotFound``, ``StepNotPossible``, ``StepUnderWay``, and the gateway's errors, which are kept on the row.
    """
    discovery = discovery_with(discovery_id)
    if discovery.status in {S.AWAITING_VALIDATION, S.VALIDATED, S.COMPLETED}:
        return discovery
    finder = Finder(discovery.event_stream(), "discovery_entity_discovered", names_of_domain)
    with claimed(discovery_id, status=S.IN_PROGRESS, analysed_at__isnull=False) as claim:
        reply = ask_for(
            discovery,
            "domain_model",
            DomainModelInputs(
                request=discovery.original_request,
                answers=answers_of(discovery),
                patterns=patterns_of(discovery, "domain_model"),
            ),
            event_type="discovery_tokens_progress",
            finder=finder,
        )
        model: DomainModel = reply.answer
        with change():
            held = claim.held()
            _tell_complete(held, finder.finish(model))
            transition(
                held,
                S.AWAITING_VALIDATION,
                actor=Actor("llm", reply.model, reply.model),
                not_understood=list(dict.fromkeys([*held.not_understood, *model.not_understood])),
                claim=None,
                claim_expires=None,
                **columns_of(model),
                **spending_fields(reply),
            )
    return discovery_with(discovery_id)


def change_domain_model(*, discovery_id: uuid.UUID, changes: dict[str, Any], actor: Actor) -> DiscoveryDocument:
    """Replace parts of the model that waits for validation.

    Raises ``NotFound``, ``InvalidInput``, ``StepNotPossible``.
    """
    with change():
        discovery = locked_discovery(discovery_id)
        require_status(discovery, S.AWAITING_VALIDATION, "changed")
        before = {name: getattr(discovery, name) for name in changes}
        columns = columns_of(changed_domain_model(discovery, changes))
        for name in changes:
            setattr(discovery, name, columns[name])
        discovery.save(update_fields=[*changes, "updated_at"])
        after = {name: columns[name] for name in changes}
        remember_discovery(discovery, "domain_model_changed", actor, before=before, after=after)
    return discovery


def validate_discovery(*, discovery_id: uuid.UUID, actor: Actor, dispatched: bool = True) -> DiscoveryDocument:
    """Confirm the domain model; the plan follows by itself where that was asked for.

    Raises ``NotFound`` and ``TransitionConflict``.
    """
    with change():
        discovery = transition(discovery_with(discovery_id), S.VALIDATED, actor=actor)
        if dispatched and next_step(discovery) is Step.PLAN:
            dispatch.discovery_step(discovery.pk, Step.PLAN)
        dispatch.learn_discovery(discovery.pk)
    return discovery


def _tell_complete(discovery: DiscoveryDocument, found: Names) -> None:
    totals = {f"{kind}s": len(names) for kind, names in found.items()}
    emit(
        discovery.event_stream(),
        "discovery_generation_complete",
        {"discovery_id": str(discovery.pk), "totals": totals},
    )
