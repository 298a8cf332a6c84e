"""Remember what happened. Rows are the truth, the vector store an index of them: what could not be indexed follows."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.memory import store
from integrations.memory.choosing import embedding
from integrations.memory.collections import Collection
from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable
from integrations.memory.quietly import guarded
from integrations.memory.redaction import MAX_LESSON, MAX_TEXT, clean_metadata, fit
from integrations.models import LearningRecord

BATCH: Final = 100
LONGEST_FACT: Final = 100


@dataclass(frozen=True)
class Lesson:
    """One thing to remember. ``text`` is what it will be found by, ``lesson`` what prompts are given (or the text)."""

    collection: Collection
    text: str
    source_type: str
    source_id: uuid.UUID
    lesson: str = ""
    plan: uuid.UUID | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def remember(lessons: Iterable[Lesson]) -> int:
    """Put documents into memory, each in the place of an earlier one from the same source. Call it after commit.

    Secrets are taken out and long texts cut. How many were new or different: others cost nothing but a comparison.
    """
    wanted = {(lesson.collection, lesson.source_id): lesson for lesson in lessons}
    rows = [_row(lesson) for lesson in wanted.values() if lesson.text.strip()]
    known = _records_of(rows)
    changed = [row for row in rows if _differs(row, known.get((row.collection, row.source_id)))]
    LearningRecord.objects.bulk_create(
        changed,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["collection", "source_id"],
        update_fields=["source_type", "plan_id", "text", "lesson", "metadata", "digest", "embedding", "updated_at"],
    )
    index_quietly(list(_records_of(changed).values()))  # read again: a row that was there keeps its key
    return len(changed)


def _row(lesson: Lesson) -> LearningRecord:
    values = record_values(text=lesson.text, lesson=lesson.lesson, metadata=lesson.metadata)
    return LearningRecord(
        collection=lesson.collection,
        source_type=lesson.source_type,
        source_id=lesson.source_id,
        plan_id=lesson.plan,
        **values,
    )


def _records_of(rows: Sequence[LearningRecord]) -> dict[tuple[str, uuid.UUID], LearningRecord]:
    found = LearningRecord.objects.filter(source_id__in=[row.source_id for row in rows])
    wanted = {(row.collection, row.source_id) for row in rows}
    return {key: row for row in found if (key := (row.collection, row.source_id)) in wanted}


def _differs(row: LearningRecord, known: LearningRecord | None) -> bool:
    return known is None or (known.digest, known.plan_id) != (row.digest, row.plan_id)


def record_values(*, text: str, lesson: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a record that is not indexed yet."""
    kept = {
        "text": fit(text, limit=MAX_TEXT),
        "lesson": fit(lesson, limit=MAX_LESSON),
        "metadata": clean_metadata(dict(metadata)),
    }
    digest = hashlib.blake2b(json.dumps(kept, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()
    return {**kept, "digest": digest, "embedding": ""}


def forget_source(collection: Collection, source_id: uuid.UUID) -> None:
    """Unlearn what came from a source, where that turned out not to be so."""
    record = LearningRecord.objects.filter(collection=collection, source_id=source_id).first()
    if record is None:
        return
    key = record.pk
    record.delete()
    try:
        guarded(lambda: store.remove(collection, [key]), doing="forget")
    except (MemoryUnavailable, EmbeddingMismatch):
        return  # whoever finds it there finds no row, and the next re-index leaves it out


def index_quietly(records: Sequence[LearningRecord]) -> int:
    """Put records into the index; how many of them are there now. Memory being down stops nobody."""
    done = 0
    for collection in sorted({record.collection for record in records}):
        mine = [record for record in records if record.collection == collection]
        try:
            guarded(lambda mine=mine: index(mine), doing=f"remember in {collection}")  # type: ignore[misc]  # binds
        except (MemoryUnavailable, EmbeddingMismatch):
            continue
        done += len(mine)
    return done


def index_missing(*, limit: int = 500) -> int:
    """Index what could not be indexed when it was learned; how many records that were."""
    return index_quietly(list(LearningRecord.objects.filter(embedding="").order_by("created_at")[:limit]))


def index(records: Sequence[LearningRecord], *, into: str = "") -> None:
    """Put records of one collection into the store, and note it. Raises `MemoryUnavailable`, `EmbeddingMismatch`."""
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        collection: Collection = batch[0].collection  # type: ignore[assignment]  # constrained in the database
        store.put(collection, [document_of(record) for record in batch], into=into)
        if not into:
            note_indexed(batch)


def note_indexed(records: Sequence[LearningRecord]) -> None:
    """Say of each record that it is in the index, unless it was changed meanwhile."""
    name = embedding().name
    for record in records:
        LearningRecord.objects.filter(pk=record.pk, digest=record.digest).update(embedding=name)


def document_of(record: LearningRecord) -> store.Document:
    """What the store holds of a record: its vector, and small facts to filter by."""
    facts: dict[str, store.Fact] = {
        name: value
        for name, value in record.metadata.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= LONGEST_FACT)
    }
    fixed: dict[str, store.Fact] = {"source_type": record.source_type, "plan": str(record.plan_id or "")}
    return store.Document(record.pk, record.text, {**facts, **fixed}, record.digest)
