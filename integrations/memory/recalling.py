"""Ask memory what is like a text. Every question is noted, with its answer: uses are judged by them later."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.configuration import configuration
from integrations.memory import store
from integrations.memory.collections import Collection
from integrations.memory.errors import EmbeddingMismatch, MemoryOff, MemoryUnavailable
from integrations.memory.quietly import guarded
from integrations.memory.redaction import MAX_TEXT
from integrations.models import LearningLookup, LearningRecord, LearningUse

Answer = LearningLookup.Answer
MORE: Final = 4
"""So many times more documents are asked for than wanted, since some say the same or are left out."""


@dataclass(frozen=True)
class Recollection:
    """A document like the one asked about. ``similarity`` from 0 to 1, never below the minimum of the settings."""

    record_id: uuid.UUID
    collection: Collection
    text: str
    lesson: str
    similarity: float
    metadata: Mapping[str, Any]


def recall(
    collection: Collection,
    *,
    text: str,
    purpose: str,
    limit: int = 3,
    used_for: uuid.UUID | None = None,
    plan: uuid.UUID | None = None,
    where: Mapping[str, store.Fact | list[str]] | None = None,
) -> list[Recollection]:
    """What memory has that is like ``text``, nearest first, noted as used; nothing when memory is down.

    ``used_for`` is the item whose prompt it goes into; what was learned from that very item is left out.
    """
    started = time.monotonic()
    found: list[Recollection] = []
    trouble = ""
    try:
        found = guarded(
            lambda: search(collection, text=text, limit=limit, where=where, leave_out=used_for),
            doing=f"recall from {collection}",
        )
        answer = Answer.FOUND if found else Answer.NOTHING
    except MemoryOff as error:
        answer, trouble = Answer.OFF, error.code
    except (MemoryUnavailable, EmbeddingMismatch) as error:
        answer, trouble = Answer.UNAVAILABLE, error.code
    if found and is_held_out(used_for):
        answer = Answer.WITHHELD
    lookup = LearningLookup.objects.create(
        collection=collection,
        purpose=purpose,
        used_for_id=used_for,
        plan_id=plan,
        answer=answer,
        found=len(found),
        similarity=found[0].similarity if found else None,
        milliseconds=round((time.monotonic() - started) * 1000),
        trouble=trouble,
    )
    if answer != Answer.FOUND:
        return []
    _note_uses(lookup, found)
    return found


def search(
    collection: Collection,
    *,
    text: str,
    limit: int,
    minimum_similarity: float | None = None,
    where: Mapping[str, store.Fact | list[str]] | None = None,
    leave_out: uuid.UUID | None = None,
) -> list[Recollection]:
    """As `recall`, noting nothing. One query. Raises `MemoryUnavailable`, `EmbeddingMismatch`.

    Of documents that say the same only one is given.
    """
    least = configuration().memory_minimum_similarity if minimum_similarity is None else minimum_similarity
    near = store.nearest(collection, text[:MAX_TEXT], limit=MORE * limit, where=where)
    near = [item for item in near if item.similarity >= least]
    rows = LearningRecord.objects.in_bulk([item.id for item in near])
    found: list[Recollection] = []
    said: set[str] = set()
    for item in near:
        row = rows.get(item.id)
        if row is None or row.source_id == leave_out or (row.lesson or row.text) in said:
            continue
        said.add(row.lesson or row.text)
        found.append(Recollection(item.id, collection, row.text, row.lesson or row.text, item.similarity, row.metadata))
    return found[:limit]


def is_held_out(item: uuid.UUID | None) -> bool:
    """Whether what memory finds is withheld from this item: the same answer for an item every time."""
    share = configuration().memory_holdout_share
    if not share or item is None:
        return False
    drawn = int.from_bytes(hashlib.blake2b(item.bytes, digest_size=8, key=b"holdout").digest(), "big")
    return drawn / 2**64 < share


def _note_uses(lookup: LearningLookup, found: list[Recollection]) -> None:
    LearningUse.objects.bulk_create(
        LearningUse(
            record_id=item.record_id,
            lookup=lookup,
            similarity=item.similarity,
            purpose=lookup.purpose,
            used_for_id=lookup.used_for_id,
            plan_id=lookup.plan_id,
        )
        for item in found
    )
