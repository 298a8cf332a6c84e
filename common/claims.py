"""Claims: who holds a piece of work, for how long, and the heartbeat that keeps a living holder's claim alive.

A claim is taken by a conditional update and carries a token; a result is stored only where the token still stands. A
process renews all its claims from one thread, so that the lease can be short although a model call may be long. Time is
the database's: machines whose clocks differ neither steal claims nor keep dead ones.
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from django.db import Error, close_old_connections, connection, models
from django.db.models.functions import Now

from common.configuration import configuration

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claimed:
    """One claim: the rows of ``model`` whose ``field`` holds ``token``."""

    model: type[models.Model]
    field: str
    token: uuid.UUID

    @property
    def place(self) -> tuple[str, str]:
        return (self.model._meta.label, self.field)


_held: set[Claimed] = set()
_lock = threading.Lock()
_thread_pid = 0


def lease_end() -> models.expressions.CombinedExpression:
    """When a claim that is taken or renewed now ends, for an update."""
    return Now() + timedelta(seconds=configuration().claim_lease)


def free(field: str = "claim") -> models.Q:
    """Rows whose claim nobody holds (any more)."""
    return models.Q(**{f"{field}__isnull": True}) | lost(field)


def lost(field: str = "claim") -> models.Q:
    """Rows whose claim was not renewed in time: its holder is dead."""
    return models.Q(**{f"{field}_expires__lt": Now()})


def alive(field: str = "claim") -> models.Q:
    """Rows that somebody works on."""
    return models.Q(**{f"{field}_expires__gte": Now()})


@contextmanager
def holding(model: type[models.Model], token: uuid.UUID, field: str = "claim") -> Iterator[None]:
    """Keep the claim alive while the body runs."""
    claimed = Claimed(model, field, token)
    with _lock:
        _held.add(claimed)
        _ensure_heart()
    try:
        yield
    finally:
        with _lock:
            _held.discard(claimed)


def take(queryset: models.QuerySet[Any], field: str = "claim", **values: Any) -> uuid.UUID | None:
    """Claim the one row of ``queryset`` if it is free; the token, or ``None`` when somebody else was faster.

    ``values`` are set with the claim.
    """
    token = uuid.uuid4()
    taken = queryset.filter(free(field)).update(**{field: token, f"{field}_expires": lease_end(), **values})
    return token if taken == 1 else None


def release(queryset: models.QuerySet[Any], token: uuid.UUID, field: str = "claim") -> None:
    queryset.filter(**{field: token}).update(**{field: None, f"{field}_expires": None})


def free_lost(queryset: models.QuerySet[Any], field: str = "claim") -> int:
    """Take the claims of dead holders from these rows; how many there were."""
    return queryset.filter(lost(field)).update(**{field: None, f"{field}_expires": None})


def _ensure_heart() -> None:
    global _thread_pid  # noqa: PLW0603 - one heart per process, and a forked child needs its own
    if _thread_pid != os.getpid():
        _thread_pid = os.getpid()
        threading.Thread(target=_beat, name="claims", daemon=True).start()


def _beat() -> None:
    while True:
        threading.Event().wait(configuration().claim_lease / 3)
        renew_held()


def renew(claims: Iterable[Claimed]) -> None:
    """One statement for all claims of a kind, however many there are."""
    for _, alike in groupby(sorted(claims, key=lambda claimed: claimed.place), key=lambda claimed: claimed.place):
        rows = list(alike)
        model, field = rows[0].model, rows[0].field
        held = {f"{field}__in": [claimed.token for claimed in rows]}
        model._default_manager.filter(**held).update(**{f"{field}_expires": lease_end()})


def renew_held() -> None:
    """Renew every claim that this process holds; a database that does not answer is asked again next time."""
    with _lock:
        claims = list(_held)
    if not claims:
        return
    try:
        close_old_connections()
        renew(claims)
    except Error as error:
        logger.warning("Claims could not be renewed this time: %s", error)
    finally:
        connection.close()
