"""A discovery as its page starts from: one JSON document, and the ``seq`` of the conversation that it stands for."""

from __future__ import annotations

from typing import Any

from common.models import Stream
from integrations.llm.shapes import BoundedContext
from planning.context_map import context_map
from planning.models import DiscoveryDocument, MasterPlan
from planning.selectors.events import events_since
from planning.states import DiscoveryStatus

EVENTS_READ = 500


def discovery_document(discovery: DiscoveryDocument) -> dict[str, Any]:
    """JSON-ready, in a fixed number of queries."""
    stream = discovery.conversation_id
    seq = Stream.objects.filter(pk=stream).values_list("last_seq", flat=True).first() or 0
    discovery.refresh_from_db()
    plan = MasterPlan.objects.filter(discovery=discovery).order_by("-created_at").values_list("pk", flat=True).first()
    return {
        "seq": seq,
        "id": str(discovery.pk),
        "conversation": str(stream),
        "status": discovery.status,
        "understood": discovery.understood,
        "not_understood": discovery.not_understood,
        "questions": _questions(discovery),
        "domain": _domain(discovery) if discovery.status != DiscoveryStatus.IN_PROGRESS else None,
        "error": _error(discovery),
        "tokens": discovery.tokens,
        "cost": str(discovery.cost),
        "plan": str(plan) if plan else None,
        "events": events_since(stream, max(seq - EVENTS_READ, 0)).events,
    }


def _questions(discovery: DiscoveryDocument) -> list[dict[str, Any]]:
    columns = ("key", "category", "question", "why", "examples", "options", "default", "answer", "answered_by")
    return list(discovery.questions.order_by("position").values(*columns))


def _domain(discovery: DiscoveryDocument) -> dict[str, Any]:
    contexts = [BoundedContext.model_validate(context) for context in discovery.bounded_contexts]
    return {
        "map": context_map(contexts).model_dump(mode="json"),
        "entities": [
            {"name": entity.get("name", ""), "fields": [field.get("name", "") for field in entity.get("fields", [])]}
            for entity in discovery.entities
        ],
    }


def _error(discovery: DiscoveryDocument) -> dict[str, str] | None:
    if not discovery.error:
        return None
    return {"detail": str(discovery.error.get("detail", "")), "hint": str(discovery.error.get("hint", ""))}
