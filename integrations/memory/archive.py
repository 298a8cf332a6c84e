"""Memory as a file of JSON lines, in and out; and forgetting, which is for good."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from common.errors import InvalidInput
from integrations.memory import store
from integrations.memory.collections import COLLECTIONS, Collection
from integrations.memory.errors import ArchiveInvalid, EmbeddingMismatch, MemoryUnavailable
from integrations.memory.learning import BATCH, Lesson, remember
from integrations.memory.quietly import guarded
from integrations.memory.redaction import MAX_LESSON, MAX_TEXT
from integrations.memory.reindexing import batches
from integrations.models import LearningRecord

MAX_LINE = 200_000


class ArchivedRecord(BaseModel):
    """One line: a record, without its key and its place in the index, which are made anew."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    collection: Collection
    source_type: str = Field(min_length=1, max_length=40)
    source_id: uuid.UUID
    plan_id: uuid.UUID | None = None
    text: str = Field(min_length=1, max_length=4 * MAX_TEXT)
    lesson: str = Field(default="", max_length=4 * MAX_LESSON)
    metadata: dict[str, Any] = {}


def exported(records: QuerySet[LearningRecord]) -> Iterator[str]:
    """A line of JSON for each record, oldest first."""
    for batch in batches(records):
        for record in batch:
            line = ArchivedRecord(
                collection=record.collection,  # type: ignore[arg-type]  # constrained in the database
                source_type=record.source_type,
                source_id=record.source_id,
                plan_id=record.plan_id,
                text=record.text,
                lesson=record.lesson,
                metadata=record.metadata,
            )
            yield line.model_dump_json()


def import_lines(lines: Iterable[str]) -> tuple[int, int]:
    """Remember what the lines hold: how many were read, and how many of them were new or different.

    Read whole before anything is stored, so that a bad line changes nothing. Raises `ArchiveInvalid`.
    """
    read = [_lesson(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    changed = sum(remember(read[start : start + BATCH]) for start in range(0, len(read), BATCH))
    return len(read), changed


def _lesson(number: int, line: str) -> Lesson:
    if len(line) > MAX_LINE:
        raise ArchiveInvalid(f"Line {number} has {len(line)} characters.", hint=f"At most {MAX_LINE} are read.")
    try:
        row = ArchivedRecord.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise ArchiveInvalid(f"Line {number} is not JSON: {error.msg}.", hint="Nothing was imported.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the record"
        raise ArchiveInvalid(f"Line {number}: {place}: {first['msg']}.", hint="Nothing was imported.") from error
    return Lesson(
        row.collection,
        text=row.text,
        lesson=row.lesson,
        source_type=row.source_type,
        source_id=row.source_id,
        plan=row.plan_id,
        metadata=row.metadata,
    )


def chosen(
    *,
    ids: Iterable[uuid.UUID] = (),
    plan: uuid.UUID | None = None,
    older_than_days: int | None = None,
    collection: Collection | None = None,
) -> QuerySet[LearningRecord]:
    """The records that all of these conditions name. Raises `InvalidInput` when there is no condition at all."""
    wanted = list(ids)
    if not wanted and plan is None and older_than_days is None:
        raise InvalidInput("Nothing says what is to be forgotten.", hint="Name ids, a plan, or an age in days.")
    records = LearningRecord.objects.all()
    if wanted:
        records = records.filter(pk__in=wanted)
    if plan is not None:
        records = records.filter(plan_id=plan)
    if older_than_days is not None:
        records = records.filter(updated_at__lt=timezone.now() - timedelta(days=older_than_days))
    return records.filter(collection=collection) if collection else records


def forget(records: QuerySet[LearningRecord]) -> int:
    """Delete records for good; how many. That they were used, and how it ended, stays on record.

    What the store cannot delete now is never found again, since its row is gone; a re-index removes it.
    """
    keys: dict[Collection, list[uuid.UUID]] = {
        collection: list(records.filter(collection=collection).values_list("pk", flat=True))
        for collection in COLLECTIONS
    }
    for collection, mine in keys.items():
        for start in range(0, len(mine), BATCH):
            part = mine[start : start + BATCH]
            LearningRecord.objects.filter(pk__in=part).delete()
            try:
                guarded(lambda name=collection, part=part: store.remove(name, part), doing="forget")  # type: ignore[misc]  # binds the loop's values
            except (MemoryUnavailable, EmbeddingMismatch):
                continue
    return sum(len(mine) for mine in keys.values())
