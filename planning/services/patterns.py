"""What earlier discoveries of such a domain came to."""

from __future__ import annotations

from integrations.memory.recalling import recall
from planning.memory_texts import request_text
from planning.models import DiscoveryDocument

SHOWN = 2


def patterns_of(discovery: DiscoveryDocument, purpose: str) -> list[str]:
    """One look-up; nothing when memory is down. Never inside a transaction."""
    found = recall(
        "discovery_patterns",
        text=request_text(discovery.original_request),
        purpose=purpose,
        used_for=discovery.pk,
        limit=SHOWN,
    )
    return [item.lesson for item in found]
