"""Lets the test's own process read the database of private services through the ordinary models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import environ
import pytest
from django.db import connections

ALIAS = "default"


@contextmanager
def speaking_to(url: str) -> Iterator[None]:
    """Within the context every query of this thread goes to the database at ``url``."""
    usual = connections[ALIAS]
    usual.close()
    settings = {**usual.settings_dict, **environ.Env.db_url_config(url), "CONN_MAX_AGE": 0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connections.databases, ALIAS, settings)
        private = connections[ALIAS] = connections.create_connection(ALIAS)
        try:
            yield
        finally:
            private.close()
            connections[ALIAS] = usual
