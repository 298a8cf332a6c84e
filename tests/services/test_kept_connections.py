"""A worker's process keeps its connection to the database from task to task, and gets a new one when it is gone."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from devmatrix_project.celery import app, renew_connection


def backend() -> int:
    """The server's process behind this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_stands_is_kept_and_one_that_the_server_has_ended_is_made_anew() -> None:
    first = backend()
    renew_connection()
    assert backend() == first
    end(first)
    renew_connection()
    assert backend() != first


@pytest.mark.django_db(transaction=True)
def test_without_that_look_the_next_task_would_fail() -> None:
    first = backend()
    end(first)
    with pytest.raises(OperationalError):
        backend()
    connection.close()


def test_the_queues_library_keeps_connections_where_there_is_no_pool() -> None:
    assert app.conf.get("CELERY_DB_REUSE_MAX") == 500


def end(process: int) -> None:
    """As a restart of the server does."""
    known: dict[str, Any] = connection.get_connection_params()
    address = {name: known[name] for name in ("host", "port", "user", "password", "dbname") if name in known}
    with psycopg.connect(**address) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])
