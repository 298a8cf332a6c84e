"""Remember what happened, recall what is like it, note how it helped. Memory being down never stops a caller.

Rows are the truth, the vector store an index of them: what could not be indexed is indexed by the next re-index.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from common.configuration import configuration
from integrations.memory import store
from integrations.memory.collections import COLLECTIONS, Collection
from integrations.memory.quietly import quietly
from integrations.models import LearningRecord, LearningUse

BATCH = 200


@dataclass(frozen=True)
class Recollection:
    """A document like the one asked about. ``similarity`` from 0 to 1, never below the minimum of the settings."""

    record_id: uuid.UUID
    collection: Collection
    text: str
    similarity: float
    metadata: Mapping[str, Any]


def remember(
    collection: Collection,
    *,
    text: str,
    source_type: str,
    source_id: uuid.UUID,
    plan: uuid.UUID | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> uuid.UUID:
    """Put a document into memory, replacing an earlier one from the same source. Call it after commit."""
    record, _ = LearningRecord.objects.update_or_create(
        collection=collection,
        source_id=source_id,
        defaults={
            "source_type": source_type,
            "plan_id": plan,
            "text": text,
            "metadata": dict(metadata or {}),
            "embedding": "",
        },
    )
    quietly(lambda: _index(collection, [record]), doing=f"remember in {collection}", instead=None)
    return record.pk


def recall(
    collection: Collection,
    *,
    text: str,
    purpose: str,
    limit: int = 3,
    used_for: uuid.UUID | None = None,
    plan: uuid.UUID | None = None,
) -> list[Recollection]:
    """What memory has that is like ``text``, nearest first, each noted as used; nothing when memory is down."""
    nothing: list[Recollection] = []
    found = quietly(
        lambda: search(collection, text=text, limit=limit), doing=f"recall from {collection}", instead=nothing
    )
    LearningUse.objects.bulk_create(
        LearningUse(
            record_id=item.record_id, similarity=item.similarity, purpose=purpose, used_for_id=used_for, plan_id=plan
        )
        for item in found
    )
    return found


def search(
    collection: Collection, *, text: str, limit: int, minimum_similarity: float | None = None
) -> list[Recollection]:
    """As `recall`, without noting a use. Raises `MemoryUnavailable`, `EmbeddingMismatch`. One query."""
    least = configuration().memory_minimum_similarity if minimum_similarity is None else minimum_similarity
    near = [item for item in store.nearest(collection, text, limit=limit) if item.similarity >= least]
    rows = LearningRecord.objects.in_bulk([item.id for item in near])
    return [
        Recollection(item.id, collection, rows[item.id].text, item.similarity, rows[item.id].metadata)
        for item in near
        if item.id in rows
    ]


def conclude_uses(*, used_for: uuid.UUID, succeeded: bool) -> int:
    """Say how the item ended whose prompts used memory. Returns how many uses were open."""
    outcome = LearningUse.Outcome.SUCCEEDED if succeeded else LearningUse.Outcome.FAILED
    uses = LearningUse.objects.filter(used_for_id=used_for, outcome=LearningUse.Outcome.OPEN)
    return uses.update(outcome=outcome, ended_at=timezone.now())


def reindex() -> dict[Collection, int]:
    """Build every collection anew from the rows, with the embedding in use. Raises `MemoryUnavailable`."""
    done: dict[Collection, int] = {}
    for collection in COLLECTIONS:
        store.drop(collection)
        records = LearningRecord.objects.filter(collection=collection).order_by("created_at", "id")
        batch: list[LearningRecord] = []
        for record in records.iterator(chunk_size=BATCH):
            batch.append(record)
            if len(batch) == BATCH:
                _index(collection, batch)
                batch = []
        _index(collection, batch)
        done[collection] = records.count()
    return done


def _index(collection: Collection, records: list[LearningRecord]) -> None:
    store.put(
        collection,
        [
            store.Document(
                record.pk, record.text, {"source_type": record.source_type, "plan": str(record.plan_id or "")}
            )
            for record in records
        ],
    )
    with transaction.atomic():
        LearningRecord.objects.filter(pk__in=[record.pk for record in records]).update(embedding=store.embedding().name)
