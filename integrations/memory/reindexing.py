"""Build the index anew from the rows, beside the one in use, and put it in its place when it is whole.

Others go on reading meanwhile. What was built stays when it is broken off, and the next run goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from common.locks import try_advisory_lock
from integrations.memory import clients, store
from integrations.memory.collections import COLLECTIONS, Collection
from integrations.memory.errors import EmbeddingMismatch, ReindexUnderWay
from integrations.memory.learning import BATCH, document_of, note_indexed
from integrations.memory.quietly import end_pause
from integrations.models import LearningRecord

FRESH: Final = ".next"
"""Ends the name of a collection that is being built."""


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` records of a collection are in the new index; ``kept`` of them were there already."""

    collection: Collection
    done: int
    total: int
    kept: int


def reindex(
    *, collections: Sequence[Collection] = COLLECTIONS, tell: Callable[[Progress], None] = lambda progress: None
) -> dict[Collection, int]:
    """How many records each collection has now. Raises `MemoryUnavailable`, `ReindexUnderWay`."""
    with try_advisory_lock("memory reindex") as mine:
        if not mine:
            raise ReindexUnderWay("Somebody else is building the index.", hint="Wait until that is done.")
        with clients.patient():
            done = {collection: _rebuild(collection, tell) for collection in collections}
    end_pause()
    return done


def _rebuild(collection: Collection, tell: Callable[[Progress], None]) -> int:
    fresh = f"{collection}{FRESH}"
    _begin(fresh)
    records = LearningRecord.objects.filter(collection=collection).order_by("created_at", "id")
    total, done, kept = records.count(), 0, 0
    for batch in batches(records):
        changed = _changed(fresh, batch)
        store.put(collection, [document_of(record) for record in changed], into=fresh)
        done += len(batch)
        kept += len(batch) - len(changed)
        tell(Progress(collection, done, total, kept))
    if not done:
        store.drop(fresh)
        store.drop(collection)
        return 0
    _remove_forgotten(fresh, records)
    store.swap(fresh, collection)
    return _catch_up(collection, records)


def _begin(fresh: str) -> None:
    """Go on with what an earlier run has left, unless that was made with another embedding."""
    try:
        store.count(fresh)
    except EmbeddingMismatch:
        store.drop(fresh)


def _catch_up(collection: Collection, records: QuerySet[LearningRecord]) -> int:
    """What was learned or changed while the index was being built; says of every record that it is indexed."""
    done = 0
    for batch in batches(records):
        store.put(collection, [document_of(record) for record in _changed(collection, batch)])
        note_indexed(batch)
        done += len(batch)
    return done


def _changed(name: str, batch: Sequence[LearningRecord]) -> list[LearningRecord]:
    there = store.digests(name, [record.pk for record in batch])
    return [record for record in batch if there.get(record.pk) != record.digest]


def _remove_forgotten(fresh: str, records: QuerySet[LearningRecord]) -> None:
    gone = list(store.all_ids(fresh) - set(records.values_list("pk", flat=True)))
    for start in range(0, len(gone), BATCH):
        store.remove(fresh, gone[start : start + BATCH])


def batches(records: QuerySet[LearningRecord]) -> Iterator[list[LearningRecord]]:
    """The records in order, a batch at a time, each read by one query of its own: nothing is held open meanwhile."""
    last: LearningRecord | None = None
    while True:
        rest = records
        if last is not None:
            same_moment = Q(created_at=last.created_at, pk__gt=last.pk)
            rest = records.filter(Q(created_at__gt=last.created_at) | same_moment)
        batch = list(rest.order_by("created_at", "id")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1]
