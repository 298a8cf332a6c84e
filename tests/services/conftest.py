"""Private services for tests that kill them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_project.services.accounts import service_account
from devmatrix_project.services.layout import Layout
from devmatrix_project.services.postgresql import PostgreSQL
from devmatrix_project.services.redis_server import RedisServer


@pytest.fixture
def layout() -> Iterator[Layout]:
    """An empty state directory of this test alone; whatever still runs there is stopped afterwards."""
    # Not below pytest's own folder: every other run closes that one to the account of the data services.
    with tempfile.TemporaryDirectory(prefix="devmatrix-") as folder:
        made = Layout(Path(folder) / "state")
        made.create()
        yield made
        for kind in (PostgreSQL, RedisServer):
            kind(made).stop()


@pytest.fixture
def postgresql(layout: Layout) -> PostgreSQL:
    return PostgreSQL(layout, account=service_account(), throw_away=True)


@pytest.fixture
def redis_server(layout: Layout) -> RedisServer:
    """Keeps its data, as in `make up`."""
    return RedisServer(layout, account=service_account())
