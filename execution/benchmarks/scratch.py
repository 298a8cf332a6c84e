"""A database, limits and settings of a benchmark's own: nothing of it is left, and nothing of yours is touched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import connection, connections

from integrations.llm.limits import shared

POOL = {"min_size": 4, "max_size": 20, "timeout": 60}
"""As the worker that waits on models has it."""


@contextmanager
def scratch_database() -> Iterator[None]:
    """A migrated, empty database on the server of the settings, with pooled connections. Takes some seconds to make."""
    before = {key: connection.settings_dict[key] for key in ("NAME", "CONN_MAX_AGE", "OPTIONS", "TEST")}
    connection.close()
    connection.settings_dict["TEST"] = {**before["TEST"], "NAME": f"bench_{os.getpid()}"}
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict.update(CONN_MAX_AGE=0, OPTIONS={**before["OPTIONS"], "pool": POOL})
    try:
        yield
    finally:
        connections.close_all()
        connection.close_pool()  # type: ignore[attr-defined]  # of the PostgreSQL backend
        connection.settings_dict.update({key: value for key, value in before.items() if key != "NAME"})
        connection.creation.destroy_test_db(str(before["NAME"]), verbosity=0)


@contextmanager
def configured(**values: Any) -> Iterator[None]:
    """These settings, and shared limits apart from those of real work."""
    before, prefix = settings.DEVMATRIX, shared.PREFIX
    settings.DEVMATRIX = replace(before, **values)
    shared.PREFIX = f"devmatrix:bench:{os.getpid()}:"
    try:
        yield
    finally:
        settings.DEVMATRIX, shared.PREFIX = before, prefix
