"""What connections to the database are given, by the environment."""

from __future__ import annotations

import pytest

from devmatrix_project.environment import database

URL = "postgresql://user:secret@127.0.0.1:5432/devmatrix"


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.delenv("DATABASE_IDLE_TRANSACTION_SECONDS", raising=False)
    monkeypatch.delenv("DATABASE_POOL_SIZE", raising=False)


def test_who_sleeps_in_a_transaction_loses_it_and_its_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert database()["OPTIONS"] == {"options": "-c idle_in_transaction_session_timeout=60s"}
    monkeypatch.setenv("DATABASE_IDLE_TRANSACTION_SECONDS", "0")
    assert database()["OPTIONS"] == {}


def test_options_of_the_address_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{URL}?options=-c%20statement_timeout%3D5s")
    assert database()["OPTIONS"]["options"] == "-c idle_in_transaction_session_timeout=60s -c statement_timeout=5s"


def test_statements_are_prepared_where_connections_are_kept_in_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "prepare_threshold" not in database()["OPTIONS"]
    monkeypatch.setenv("DATABASE_POOL_SIZE", "4")
    assert database()["OPTIONS"]["pool"]["max_size"] == 4
    assert database()["OPTIONS"]["prepare_threshold"] == 3
