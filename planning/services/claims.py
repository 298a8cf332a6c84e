"""A step of a discovery is claimed by a conditional update; its result is stored by the holder, once."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from common.changes import change, emit
from common.claims import holding, take
from common.errors import DevMatrixError, NotFound
from common.problems import problem
from planning.errors import StepNotPossible, StepUnderWay
from planning.models import DiscoveryDocument

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """The right to store the result of a step. ``discovery`` is as it was when claimed."""

    id: uuid.UUID
    discovery: DiscoveryDocument

    def held(self) -> DiscoveryDocument:
        """The row, locked, while the claim still holds. Raises ``StepUnderWay`` when it was lost: drop the result."""
        row = (
            DiscoveryDocument.objects.select_for_update(no_key=True).filter(pk=self.discovery.pk, claim=self.id).first()
        )
        if row is None:
            raise StepUnderWay("The claim on this step was lost; somebody else takes it.")
        return row


@contextmanager
def claimed(discovery_id: uuid.UUID, **at_step: Any) -> Iterator[Claim]:
    """Claim the step that the conditions describe, for the time of a lease; failures within are kept on the row.

    Raises ``NotFound``, ``StepNotPossible``, ``StepUnderWay``, and whatever the step raises.
    """
    claim = _take(discovery_id, at_step)
    try:
        with holding(DiscoveryDocument, claim.id):
            yield claim
    except StepUnderWay:
        raise
    except DevMatrixError as error:
        _keep_failure(claim, problem(error))
        raise
    except Exception as error:  # a bug or a lost service: kept for the person who waits, then told as it is
        _keep_failure(
            claim,
            problem(DevMatrixError("The step failed unexpectedly.", hint="Try again."))
            | {"kind": type(error).__name__},
        )
        raise


def _take(discovery_id: uuid.UUID, at_step: dict[str, Any]) -> Claim:
    claim_id = take(DiscoveryDocument.objects.filter(pk=discovery_id, **at_step), error=None, updated_at=timezone.now())
    discovery = DiscoveryDocument.objects.select_related("conversation", "workspace").filter(pk=discovery_id).first()
    if discovery is None:
        raise NotFound("There is no such discovery.")
    if claim_id is not None:
        return Claim(claim_id, discovery)
    if DiscoveryDocument.objects.filter(pk=discovery_id, **at_step).exists():
        raise StepUnderWay("This step of the discovery is under way.", hint="Wait for it; its events tell.")
    raise StepNotPossible(f"The discovery is {discovery.status}; this is not its next step.", current=discovery.status)


def _keep_failure(claim: Claim, document: dict[str, Any]) -> None:
    """Only the holder's failure counts; the claim is given back, so that the step can be tried again at once."""
    discovery = claim.discovery
    with change():
        kept = DiscoveryDocument.objects.filter(pk=discovery.pk, claim=claim.id).update(
            error=document, claim=None, claim_expires=None, updated_at=timezone.now()
        )
        if kept:
            emit(
                discovery.event_stream(),
                "error",
                {
                    "discovery_id": str(discovery.pk),
                    "code": document["code"],
                    "message": document["detail"],
                    "hint": document.get("hint", ""),
                },
            )
    logger.warning("A step of discovery %s failed: %s", discovery.pk, document["code"])
