"""Views of the queue that a reviewer keeps, and the one that was used last."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.http import QueryDict

from common.errors import InvalidInput
from review.models import SavedQueue

MOST = 20
NOT_KEPT = {"p", "_facets", "_popup", "_changelist_filters", "e"}
"""Parts of an address that are no filter."""


def kept_part(query: str) -> str:
    """The filters and the search of an address's query, always in the same order."""
    given = QueryDict(query)
    kept = QueryDict(mutable=True)
    for name in sorted(set(given) - NOT_KEPT):
        values = [value for value in given.getlist(name) if value != ""]
        if values:
            kept.setlist(name, values)
    return kept.urlencode()


def remember_last(*, user: User, query: str) -> None:
    """What ``user`` looks at now, to come back to. One query when nothing changed."""
    kept = kept_part(query)[:2_000]
    if not SavedQueue.objects.filter(user=user, name="", query=kept).exists():
        SavedQueue.objects.update_or_create(user=user, name="", defaults={"query": kept})


def last_query(user: User) -> str:
    return SavedQueue.objects.filter(user=user, name="").values_list("query", flat=True).first() or ""


def save_queue(*, user: User, name: str, query: str) -> SavedQueue:
    """Keep the filters under a name; one of the same name is replaced. Raises ``InvalidInput``."""
    name, kept = name.strip(), kept_part(query)
    if not name or len(name) > 60:
        raise InvalidInput("Give the view a name of at most 60 characters.", errors={"name": ["Give a name."]})
    if not kept:
        raise InvalidInput("There is no filter to keep.", hint="Narrow the queue first.")
    if len(kept) > 2_000:
        raise InvalidInput("This filter is too long to keep.")
    others = SavedQueue.objects.filter(user=user).exclude(name__in=["", name])
    if others.count() >= MOST:
        raise InvalidInput(f"{MOST} views are kept already.", hint="Remove one first.")
    saved, _ = SavedQueue.objects.update_or_create(user=user, name=name, defaults={"query": kept})
    return saved


def forget_queue(*, user: User, saved_id: uuid.UUID) -> None:
    """Remove one of ``user``'s views; harmless when it is gone."""
    SavedQueue.objects.filter(user=user, pk=saved_id).delete()
