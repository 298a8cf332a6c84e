"""What memory holds, what it was asked, and whether it helped, in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, Q, QuerySet

from integrations.memory import store
from integrations.memory.choosing import embedding
from integrations.memory.clients import where_it_is
from integrations.memory.collections import COLLECTIONS
from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable
from integrations.memory.judging import Comparison, Share
from integrations.models import LearningLookup, LearningRecord, LearningUse
from integrations.models.learning import Outcome

PURPOSES: Final = ("discovery_questions", "domain_model", "masterplan", "task_code", "atom_retry")
AT_ONCE: Final = "done at once"
HIT: Final = {
    "discovery_questions": "confirmed unchanged, or its plan succeeded",
    "domain_model": "confirmed unchanged, or its plan succeeded",
    "masterplan": "80% of the plan's tasks were done",
    "task_code": "done with its first draft, nothing retried",
    "atom_retry": "the attempt was accepted",
}
"""What counts as success for an item of each purpose."""


@dataclass(frozen=True)
class CollectionState:
    """``indexed`` is unknown where the store does not answer, and ``trouble`` says why."""

    collection: str
    learned: int
    waiting: int
    indexed: int | None
    trouble: str
    used: int
    succeeded: int
    failed: int


@dataclass(frozen=True)
class Asked:
    """Look-ups of one purpose by answer, and the comparison of items with and without memory."""

    purpose: str
    hit: str
    lookups: int
    answers: dict[str, int] = field(default_factory=dict)
    comparison: Comparison = field(default_factory=lambda: Comparison(Share(0, 0), Share(0, 0)))
    randomised: bool = False


def collection_states() -> list[CollectionState]:
    """Three queries, and a question to the store for each collection."""
    records = LearningRecord.objects.values("collection").annotate(
        learned=Count("pk"), waiting=Count("pk", filter=Q(embedding=""))
    )
    learned = {row["collection"]: dict(row) for row in records.order_by()}
    uses = LearningUse.objects.values("lookup__collection").annotate(
        used=Count("pk"),
        succeeded=Count("pk", filter=Q(outcome=Outcome.SUCCEEDED)),
        failed=Count("pk", filter=Q(outcome=Outcome.FAILED)),
    )
    used = {row["lookup__collection"]: dict(row) for row in uses.order_by()}
    return [_state(name, learned.get(name, {}), used.get(name, {})) for name in COLLECTIONS]


def _state(collection: str, learned: dict[str, Any], used: dict[str, Any]) -> CollectionState:
    indexed: int | None = None
    trouble = ""
    try:
        indexed = store.count(collection)
    except (MemoryUnavailable, EmbeddingMismatch) as error:
        trouble = error.code
    return CollectionState(
        collection,
        learned.get("learned", 0),
        learned.get("waiting", 0),
        indexed,
        trouble,
        used.get("used", 0),
        used.get("succeeded", 0),
        used.get("failed", 0),
    )


def asked_by_purpose() -> list[Asked]:
    """Every purpose, in the order of the walk. Two queries."""
    answers: dict[str, dict[str, int]] = {purpose: {} for purpose in PURPOSES}
    counted = LearningLookup.objects.values("purpose", "answer").annotate(number=Count("pk")).order_by()
    for row in counted:
        answers.setdefault(row["purpose"], {})[row["answer"]] = row["number"]
    items = list(judged_items(LearningLookup.objects.all()))
    return [
        Asked(purpose, HIT.get(purpose, "succeeded"), sum(found.values()), found, *_compared(items, purpose))
        for purpose, found in answers.items()
    ]


@dataclass(frozen=True)
class Item:
    """One item that asked and has ended: what it was given, and whether it was a success."""

    purpose: str
    given: bool
    withheld: bool
    hit: bool


def judged_items(lookups: QuerySet[LearningLookup]) -> Iterable[Item]:
    """An item may ask several collections: it was given something when one of them had something. One query."""
    answer = LearningLookup.Answer
    judged = lookups.filter(outcome__in=[Outcome.SUCCEEDED, Outcome.FAILED], used_for_id__isnull=False)
    rows = judged.values("purpose", "used_for_id", "ended_at", "outcome", "ended_as").annotate(
        given=Count("pk", filter=Q(answer=answer.FOUND)),
        withheld=Count("pk", filter=Q(answer=answer.WITHHELD)),
    )
    for row in rows.order_by():
        succeeded = row["outcome"] == Outcome.SUCCEEDED
        hit = succeeded and (row["purpose"] != "task_code" or row["ended_as"] == AT_ONCE)
        yield Item(row["purpose"], bool(row["given"]), bool(row["withheld"]), hit)


def _compared(items: Iterable[Item], purpose: str) -> tuple[Comparison, bool]:
    """Against items from which it was withheld by lot, where there are any; else against all that had nothing."""
    mine = [item for item in items if item.purpose == purpose]
    given = [item for item in mine if item.given]
    withheld = [item for item in mine if item.withheld and not item.given]
    without = withheld or [item for item in mine if not item.given]
    return Comparison(_share(given), _share(without)), bool(withheld)


def _share(items: list[Item]) -> Share:
    return Share(sum(1 for item in items if item.hit), len(items))


def as_json() -> dict[str, Any]:
    """Everything above as one document."""
    return {
        "store": where_it_is(),
        "embedding": _embedding_name(),
        "collections": [vars(state) for state in collection_states()],
        "purposes": [asked_json(asked) for asked in asked_by_purpose()],
    }


def asked_json(asked: Asked) -> dict[str, Any]:
    compared = asked.comparison
    return {
        "purpose": asked.purpose,
        "success_means": asked.hit,
        "lookups": asked.lookups,
        "answers": asked.answers,
        "with_memory": share_json(compared.given),
        "without_memory": share_json(compared.without),
        "compared_by_lot": asked.randomised,
        "difference": compared.difference,
        "difference_interval": list(compared.interval),
        "verdict": compared.verdict,
    }


def share_json(share: Share) -> dict[str, Any]:
    return {"hits": share.hits, "cases": share.cases, "rate": share.rate, "interval": list(share.interval)}


def _embedding_name() -> str:
    try:
        return embedding().name
    except MemoryUnavailable as error:
        return f"unknown: {error.detail}"
