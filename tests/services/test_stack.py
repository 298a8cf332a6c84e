"""The command line of the services, with real processes in a folder of its own."""

from __future__ import annotations

import errno
import json
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from devmatrix_project.services import processes
from devmatrix_project.services.__main__ import main
from devmatrix_project.services.application import Web
from devmatrix_project.services.layout import PROJECT, Layout


@dataclass(frozen=True)
class Answer:
    """What a command line gave back."""

    status: int
    output: str
    errors: str


Services = Callable[..., Answer]


@pytest.fixture
def state(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory of this test, and no service given from outside."""
    for name in ("DATABASE_URL", "REDIS_URL", "CHROMA_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DEVMATRIX_STATE_DIR", str(layout.root))
    monkeypatch.setattr("devmatrix_project.services.__main__.load_dotenv", lambda path: None)
    return layout.root


@pytest.fixture
def services(state: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Services]:
    """The command line `python -m devmatrix_project.services ...`; afterwards everything is stopped."""

    def run(*arguments: str) -> Answer:
        capfd.readouterr()
        status = main(arguments)
        return Answer(status, *capfd.readouterr())

    yield run
    assert run("down") == Answer(0, "  everything is stopped; data stay\n", "")


def states(services: Services) -> dict[str, tuple[str, int | None]]:
    rows = json.loads(services("status", "--json").output)
    return {row["name"]: (row["state"], row["pid"]) for row in rows}


def test_two_starters_at_once_start_one_of_each(services: Services, state: Path) -> None:
    command = [sys.executable, "-m", "devmatrix_project.services", "up", "--data-only"]
    both = [subprocess.Popen(command, cwd=PROJECT, text=True, stderr=subprocess.PIPE) for _starter in range(2)]
    assert [process.communicate(timeout=240)[1] for process in both] == ["", ""]
    assert [process.returncode for process in both] == [0, 0]
    found = states(services)
    assert found["postgresql"][0] == found["redis"][0] == "running"
    assert [process.pid for process in processes.marked(f"redis@{state}")] == [found["redis"][1]]


def test_run_gives_a_command_the_addresses_and_its_exit_status(services: Services, state: Path, tmp_path: Path) -> None:
    script = tmp_path / "show.py"
    script.write_text("import os, sys; print(os.environ['DATABASE_URL']); sys.exit(3)")
    answer = services("run", "--", str(script))
    assert (answer.status, answer.errors) == (3, "")
    with psycopg.connect(answer.output.strip()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert f"DATABASE_URL={answer.output.strip()}\n" in (state / "env").read_text()
    assert stat.S_IMODE((state / "env").stat().st_mode) == 0o600


def test_services_given_from_outside_are_used_and_not_started(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://given/one")
    monkeypatch.setenv("REDIS_URL", "redis://given/2")
    assert services("up", "--data-only") == Answer(0, "", "")
    answer = services("env")
    assert answer.status == 0
    assert "export DATABASE_URL='postgresql://given/one'\nexport REDIS_URL='redis://given/2'\n" in answer.output
    assert {"postgresql", "redis"} & set(states(services)) == set()


def test_a_place_that_cannot_be_written_is_told_plainly(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with monkeypatch.context() as patch:
        patch.setenv("DEVMATRIX_STATE_DIR", str(tmp_path / "file" / "state"))
        answer = services("up", "--data-only")
    assert answer == Answer(
        1,
        "",
        f"{tmp_path}/file/state cannot be written (Not a directory).\n"
        "Give yourself the permission, or choose another place with DEVMATRIX_STATE_DIR.\n",
    )


def test_a_full_disk_is_told_plainly(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(layout: Layout) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/file")

    with monkeypatch.context() as patch:
        patch.setattr(Layout, "create", full)
        answer = services("up", "--data-only")
    assert (answer.status, answer.errors) == (
        1,
        "No space is left for /somewhere/file.\nFree some space and start again.\n",
    )


def test_a_command_that_does_not_exist_is_told_plainly(services: Services) -> None:
    answer = services("run", "no-such-program")
    assert (answer.status, answer.errors) == (1, "no-such-program was not found.\nIs it the name of a program?\n")
    assert services("run").status == 2


def test_down_ends_type_checkers_that_stayed(services: Services, state: Path) -> None:
    checker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", f"{state}/caches/types/status"])
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", f"{state}/logs/web.log"])
    try:
        assert services("down").status == 0
        assert processes.born(checker.pid) is None
        assert bystander.poll() is None
    finally:
        for process in (checker, bystander):
            process.kill()
            process.wait()


def test_a_page_port_in_use_is_replaced_by_the_next_free_one(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = taken.getsockname()[1]
        web = Web(Layout(tmp_path / "state"), addresses={}, wanted_port=wanted)
        assert wanted < web.port <= wanted + 50
