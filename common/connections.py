"""Threads that wait for something else than the database leave its connections to others."""

from __future__ import annotations

from django.db import connection


def give_connection_back() -> None:
    """Before a wait that may be long: a hundred threads that wait would hold every connection of the pool.

    The next query takes one again. Inside a transaction, as in a test's own, the connection stays.
    """
    if not connection.in_atomic_block:
        connection.close()
