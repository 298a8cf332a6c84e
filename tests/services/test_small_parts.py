"""Locks, secrets, ports, fingerprints and errors of the services."""

from __future__ import annotations

import errno
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_project.services import ports, processes
from devmatrix_project.services.application import DefaultWorker, ModelWorker, ProcessorWorker
from devmatrix_project.services.errors import CannotWrite, StartUnderWay, log_tail
from devmatrix_project.services.layout import Layout, plain_write_errors, read_json
from devmatrix_project.services.locking import exclusive
from devmatrix_project.services.processes import ProcessRecord
from devmatrix_project.services.sources import newest_source


def test_the_lock_keeps_a_second_starter_out_and_names_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    told = pytest.raises(StartUnderWay, match=r"Process \d+ has been starting")
    with exclusive(lock), told, exclusive(lock, patience=0.1):
        pytest.fail("two held the lock")
    with exclusive(lock, patience=0):
        assert int(lock.read_text()) > 0


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from devmatrix_project.services.locking import exclusive\n"
        "with exclusive(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(lock)], timeout=60).returncode == -9
    with exclusive(lock, patience=0):
        assert lock.exists()


def test_secrets_are_made_once_are_private_and_differ(layout: Layout) -> None:
    first = layout.secret("one")
    assert layout.secret("one") == first
    assert layout.secret("two") != first
    assert len(first) >= 40
    assert stat.S_IMODE((layout.root / "run" / "one.secret").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("number", "message"), [(errno.ENOSPC, "No space is left for /x."), (errno.EROFS, "/x cannot be written")]
)
def test_failed_writes_become_plain_words(number: int, message: str) -> None:
    with pytest.raises(CannotWrite, match=message), plain_write_errors(Path("/x")):
        raise OSError(number, "told by the kernel")


def test_other_errors_of_the_system_are_not_disguised() -> None:
    with pytest.raises(ConnectionRefusedError), plain_write_errors(Path("/x")):
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1', '["pid"]', '{"pid": 1, "surprise": 2}'])
def test_a_record_cut_short_by_a_crash_counts_as_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "record.json"
    path.write_text(text)
    assert ProcessRecord.load(path) is None


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = ProcessRecord(pid=7, born=12.5, port=None, fingerprint="f", log_offset=3)
    record.save(tmp_path / "record.json")
    assert ProcessRecord.load(tmp_path / "record.json") == record
    assert read_json(tmp_path / "missing.json") is None


def test_ports_in_use_are_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert ports.is_free(port) is False
        assert ports.first_free_from(port) != port
    assert ports.is_free(ports.free_port()) is True


def test_a_started_process_outlives_nothing_it_should_not(tmp_path: Path) -> None:
    pid = processes.spawn(
        ["sh", "-c", "echo hello; sleep 60 & wait"], log=tmp_path / "log", environment={"PATH": "/bin:/usr/bin"}
    )
    born = processes.born(pid)
    assert born is not None
    record = ProcessRecord(pid=pid, born=born, port=None, fingerprint="", log_offset=0)
    assert processes.wait_until(lambda: (tmp_path / "log").read_text() == "hello\n", patience=30)
    processes.stop(record)
    assert processes.is_alive(record) is False


def test_the_tail_of_a_log_is_short_and_says_when_there_is_none(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert log_tail(log) == "    (it wrote no log)"
    log.write_text("\n".join(str(number) for number in range(100)))
    assert log_tail(log, lines=2) == "    98\n    99"


def test_sources_are_told_apart_by_content_changes(tmp_path: Path) -> None:
    module = tmp_path / "common" / "new.py"
    before = newest_source(tmp_path)
    module.parent.mkdir()
    module.write_text("x = 1\n")
    changed = newest_source(tmp_path)
    (module.parent / "notes.txt").write_text("not code")
    assert before != changed == newest_source(tmp_path)


def test_all_queues_have_a_worker_and_pools_fit_the_servers_connections(layout: Layout) -> None:
    workers = [kind(layout, addresses={}) for kind in (DefaultWorker, ModelWorker, ProcessorWorker)]
    assert sorted(queue for worker in workers for queue in worker.queues) == ["cpu", "default", "llm", "maintenance"]
    assert [worker.settings()["DATABASE_POOL_SIZE"] for worker in workers] == ["4", "20", "0"]


def test_no_secret_is_on_a_command_line(layout: Layout) -> None:
    addresses = {"DATABASE_URL": "postgresql://user:very-secret@host/name"}
    for kind in (DefaultWorker, ModelWorker, ProcessorWorker):
        worker = kind(layout, addresses=addresses)
        assert not any("very-secret" in word for word in worker.command())
        assert worker.environment()["DATABASE_URL"] == addresses["DATABASE_URL"]
