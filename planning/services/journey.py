"""From request to plan: takes the steps that need a model, and those that nobody has to be waited for."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from common.actors import SYSTEM, set_trace_id
from common.claims import free
from common.errors import DevMatrixError
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.limits.recovery import may_go_on
from planning import dispatch
from planning.models import DiscoveryDocument
from planning.services.analysis import analyse_request
from planning.services.answering import answer_by_defaults
from planning.services.discovery import discovery_with
from planning.services.domain import model_domain, validate_discovery
from planning.services.planmaking import generate_plan
from planning.states import DiscoveryStatus
from planning.steps import Step, next_step

logger = logging.getLogger(__name__)

RESEND_AFTER = timedelta(seconds=60)


def continue_discovery(discovery_id: uuid.UUID, *, step: Step) -> None:
    """Take ``step`` and dispatch what is next. Foreseen failures are on the row by then and end here."""
    set_trace_id(discovery_with(discovery_id).trace_id)
    try:
        following = take_step(discovery_id, step)
    except DevMatrixError as error:
        logger.warning("Step %s of discovery %s was not taken: %s", step, discovery_id, error)
        return
    if following is not None:
        dispatch.discovery_step(discovery_id, following)


def walk_discovery(discovery_id: uuid.UUID) -> DiscoveryDocument:
    """Take every step in this process until a person is needed or the plan is made. Raises what a step raises."""
    set_trace_id(discovery_with(discovery_id).trace_id)
    step = next_step(discovery_with(discovery_id))
    while step is not None:
        step = take_step(discovery_id, step)
    return discovery_with(discovery_id)


def take_step(discovery_id: uuid.UUID, step: Step) -> Step | None:
    """Take one step, answer for those who are not there, and say which step is next."""
    if step is Step.ANALYSE:
        discovery = analyse_request(discovery_id)
        if discovery.unattended and discovery.status == DiscoveryStatus.AWAITING_ANSWERS:
            answer_by_defaults(discovery_id=discovery_id, actor=SYSTEM)
    elif step is Step.MODEL:
        discovery = model_domain(discovery_id)
        if discovery.unattended and discovery.status == DiscoveryStatus.AWAITING_VALIDATION:
            validate_discovery(discovery_id=discovery_id, actor=SYSTEM, dispatched=False)
    else:
        generate_plan(discovery_id)
    return next_step(discovery_with(discovery_id))


def resend_stuck_discoveries() -> int:
    """For the reconciler: dispatch again steps that are due for a minute, are held by nobody and did not fail."""
    stuck = _due().filter(error__isnull=True, updated_at__lt=timezone.now() - RESEND_AFTER)
    return _resend(stuck.order_by("updated_at")[:100])


def resume_discoveries_after_outage() -> int:
    """For the reconciler: dispatch again steps that failed because the provider was down, when it is back."""
    return _resend(may_go_on(_due().filter(error__code=ProviderUnavailable.code), since="updated_at"))


def _due() -> QuerySet[DiscoveryDocument]:
    """Those whose next step needs nobody but a model, and that nobody holds."""
    due = Q(status=DiscoveryStatus.IN_PROGRESS) | Q(status=DiscoveryStatus.VALIDATED, auto_plan=True)
    return DiscoveryDocument.objects.filter(due, free())


def _resend(discoveries: Iterable[DiscoveryDocument]) -> int:
    sent = 0
    for discovery in discoveries:
        if (step := next_step(discovery)) is not None:
            DiscoveryDocument.objects.filter(pk=discovery.pk).update(updated_at=timezone.now())
            dispatch.discovery_step(discovery.pk, step)
            sent += 1
    return sent
