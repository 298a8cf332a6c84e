"""A real PostgreSQL is started, reused, killed and healed."""

from __future__ import annotations

import os
import signal
import socket
import stat

import psutil
import psycopg
import pytest

from devmatrix_project.services import processes
from devmatrix_project.services.errors import ServiceFailed
from devmatrix_project.services.postgresql import DATABASE, MAX_CONNECTIONS, ROLE, PostgreSQL
from devmatrix_project.services.service import State


def value(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def kill(postgresql: PostgreSQL) -> int:
    """SIGKILL the server and wait until it is gone; gives its pid."""
    record = postgresql.record
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not processes.is_alive(record), patience=30)
    return record.pid


def test_first_start_makes_a_database_whose_role_is_no_superuser(postgresql: PostgreSQL) -> None:
    assert postgresql.start() is True
    url = postgresql.url
    assert value(url, "SELECT current_user || ' ' || current_database()") == f"{ROLE} {DATABASE}"
    assert value(url, "SELECT rolsuper::text || rolcreatedb::text FROM pg_roles WHERE rolname = current_user") == (
        "falsetrue"
    )
    assert value(url, "SHOW server_encoding") == "UTF8"
    assert value(url, "SHOW max_connections") == str(MAX_CONNECTIONS)
    assert int(str(value(url, "SHOW server_version_num"))) >= 180000


def test_a_wrong_password_is_refused(postgresql: PostgreSQL) -> None:
    postgresql.start()
    wrong = postgresql.url.replace(postgresql.layout.secret("database-role"), "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_second_start_reuses_the_running_server(postgresql: PostgreSQL) -> None:
    postgresql.start()
    before = postgresql.record
    assert postgresql.start() is False
    assert postgresql.record == before


def test_it_comes_back_with_its_data_at_the_same_port_after_a_kill(postgresql: PostgreSQL) -> None:
    postgresql.start()
    url = postgresql.url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed = kill(postgresql)
    assert postgresql.status().state is State.DIED
    assert postgresql.start() is True
    assert postgresql.url == url
    assert postgresql.status().pid != killed
    assert value(url, "SELECT answer FROM kept") == 42


def test_a_lock_file_naming_a_strangers_process_does_not_stop_the_start(postgresql: PostgreSQL) -> None:
    postgresql.start()
    kill(postgresql)
    lock_file = postgresql.data / "postmaster.pid"
    lines = lock_file.read_text().splitlines()
    lock_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert postgresql.start() is True
    assert postgresql.is_ready()


def test_a_half_made_cluster_is_made_again(postgresql: PostgreSQL) -> None:
    half = postgresql.data.with_name("postgresql.new")
    (half / "base").mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert postgresql.start() is True
    assert not half.exists()


def test_a_server_whose_record_was_lost_is_replaced(postgresql: PostgreSQL) -> None:
    postgresql.start()
    record = postgresql.record
    assert record is not None
    postgresql.layout.record(postgresql.name).unlink()
    assert postgresql.start() is True
    assert not processes.is_alive(record)
    assert postgresql.is_ready()


def test_stop_leaves_no_process_and_keeps_the_data(postgresql: PostgreSQL) -> None:
    postgresql.start()
    record = postgresql.record
    assert record is not None
    family = [record.pid, *(child.pid for child in psutil.Process(record.pid).children(recursive=True))]
    postgresql.stop()
    assert [pid for pid in family if processes.born(pid) is not None] == []
    assert postgresql.status().state is State.STOPPED
    assert (postgresql.data / "PG_VERSION").read_text() == "18\n"
    assert not (postgresql.data / "postmaster.pid").exists()


def test_another_port_is_taken_when_the_remembered_one_is_in_use(postgresql: PostgreSQL) -> None:
    taken = postgresql.port
    with socket.create_server(("127.0.0.1", taken)):
        postgresql.start()
        assert postgresql.port != taken
        assert value(postgresql.url, "SELECT 1") == 1


def test_a_server_that_cannot_start_is_told_with_the_end_of_its_log(postgresql: PostgreSQL) -> None:
    postgresql.start()
    postgresql.stop()
    (postgresql.data / "global" / "pg_control").unlink()
    with pytest.raises(ServiceFailed, match=r"postgresql died while starting.*(?s:.)*could not .*pg_control"):
        postgresql.start()
    assert postgresql.status().state is State.STOPPED


def test_its_files_and_secrets_are_private(postgresql: PostgreSQL) -> None:
    postgresql.start()
    assert stat.S_IMODE(postgresql.data.stat().st_mode) == 0o700
    secrets = sorted((postgresql.layout.root / "run").glob("*.secret"))
    assert [path.name for path in secrets] == ["database-role.secret", "database-superuser.secret"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    record = postgresql.record
    assert record is not None
    command = " ".join(psutil.Process(record.pid).cmdline())
    assert all(path.read_text() not in command for path in secrets)
