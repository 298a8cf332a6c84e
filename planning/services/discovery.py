"""A discovery as a whole: found, planned, tried again, cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from common.actors import Actor
from common.changes import change, remember
from common.errors import NotFound
from common.transitions import transition
from integrations.memory.concluding import conclude_uses
from integrations.models.learning import Outcome
from planning import dispatch
from planning.errors import StepNotPossible
from planning.models import DiscoveryDocument
from planning.services.workspaces import require_free
from planning.states import DiscoveryStatus
from planning.steps import Step, next_step

S = DiscoveryStatus


def discovery_with(discovery_id: uuid.UUID) -> DiscoveryDocument:
    """Raises ``NotFound``. One query."""
    discovery = DiscoveryDocument.objects.select_related("conversation", "workspace").filter(pk=discovery_id).first()
    if discovery is None:
        raise NotFound("There is no such discovery.")
    return discovery


def locked_discovery(discovery_id: uuid.UUID) -> DiscoveryDocument:
    discovery = DiscoveryDocument.objects.select_for_update(of=("self",), no_key=True).filter(pk=discovery_id).first()
    if discovery is None:
        raise NotFound("There is no such discovery.")
    return discovery


def require_status(discovery: DiscoveryDocument, status: DiscoveryStatus, verb: str) -> None:
    if discovery.status != status:
        raise StepNotPossible(
            f"The discovery is {discovery.status} and cannot be {verb} now.",
            hint=f"This is possible while it is {status.value}.",
            current=discovery.status,
            legal=discovery.machine.targets(discovery.status),
        )


def request_plan(*, discovery_id: uuid.UUID) -> DiscoveryDocument:
    """Have a worker make the plan of a validated discovery.

    Raises ``NotFound``, ``StepNotPossible``, ``WorkspaceBusy``.
    """
    with change():
        discovery = locked_discovery(discovery_id)
        if discovery.status == S.COMPLETED:
            return discovery
        require_status(discovery, S.VALIDATED, "planned")
        require_free(discovery.workspace)
        discovery.auto_plan, discovery.error = True, None
        discovery.save(update_fields=["auto_plan", "error", "updated_at"])
        dispatch.discovery_step(discovery.pk, Step.PLAN)
    return discovery


def retry_discovery(*, discovery_id: uuid.UUID) -> DiscoveryDocument:
    """Dispatch the step that is next again, for instance after a failure. Raises ``NotFound``, ``StepNotPossible``."""
    with change():
        discovery = locked_discovery(discovery_id)
        step = next_step(discovery)
        if step is None:
            raise StepNotPossible(
                f"The discovery is {discovery.status}; no step of a model is due.", current=discovery.status
            )
        discovery.error = None
        discovery.save(update_fields=["error", "updated_at"])
        dispatch.discovery_step(discovery.pk, step)
    return discovery


def cancel_discovery(*, discovery_id: uuid.UUID, actor: Actor, reason: str = "") -> DiscoveryDocument:
    """Stop for good; the result of a step under way is dropped. Raises ``NotFound``, ``TransitionConflict``."""
    discovery = discovery_with(discovery_id)
    with change():
        cancelled = transition(discovery, S.CANCELLED, actor=actor, reason=reason, claim=None, claim_expires=None)
        conclude_uses(used_for=discovery_id, outcome=Outcome.UNJUDGED, ended_as="cancelled")
    return cancelled


def remember_discovery(
    discovery: DiscoveryDocument,
    change_type: str,
    actor: Actor,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    remember(
        plan_id=None,
        change_type=change_type,
        actor=actor,
        item_type="discovery",
        item_id=discovery.pk,
        item_label=discovery.original_request[:80],
        before=before,
        after=after,
        reason=reason,
    )
