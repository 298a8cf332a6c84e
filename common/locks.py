"""Locks among processes, held by a database session; a process that dies lets go by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def _number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


@contextmanager
def try_advisory_lock(name: str) -> Iterator[bool]:
    """Yield ``True`` while holding the session lock ``name``, ``False`` at once when somebody else has it.

    The connection stays in use until the end, so this is for short or rare work only.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_number(name)])
        got = bool(cursor.fetchone()[0])
        try:
            yield got
        finally:
            if got:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_number(name)])


def lock_in_transaction(name: str) -> None:
    """Wait for the lock ``name`` and hold it until the transaction under way ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(name)])
