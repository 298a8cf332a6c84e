"""What connections to the database are given, by the environment."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from devmatrix_project.environment import DEAD_LINE, database

URL = "postgresql://user:secret@127.0.0.1:5432/devmatrix"


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.delenv("DATABASE_IDLE_TRANSACTION_SECONDS", raising=False)
    monkeypatch.delenv("DATABASE_POOL_SIZE", raising=False)


def test_who_sleeps_in_a_transaction_loses_it_and_its_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert database()["OPTIONS"]["options"] == "-c idle_in_transaction_session_timeout=60s"
    monkeypatch.setenv("DATABASE_IDLE_TRANSACTION_SECONDS", "0")
    assert database()["OPTIONS"] == DEAD_LINE


def test_a_network_that_swallows_everything_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{URL}?connect_timeout=3")
    options = database()["OPTIONS"]
    assert options["connect_timeout"] == 3
    assert options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"] == 50
    make_conninfo(**{name: options[name] for name in DEAD_LINE})  # raises for what libpq does not know


def test_options_of_the_address_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{URL}?options=-c%20statement_timeout%3D5s")
    assert database()["OPTIONS"]["options"] == "-c idle_in_transaction_session_timeout=60s -c statement_timeout=5s"


def test_statements_are_prepared_where_connections_are_kept_in_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "prepare_threshold" not in database()["OPTIONS"]
    monkeypatch.setenv("DATABASE_POOL_SIZE", "4")
    assert database()["OPTIONS"]["pool"]["max_size"] == 4
    assert database()["OPTIONS"]["prepare_threshold"] == 3
