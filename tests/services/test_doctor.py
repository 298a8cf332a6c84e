"""`manage.py doctor` and the checks behind it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from common import machine
from common.machine import Outcome
from devmatrix_project.services.layout import PROJECT
from devmatrix_project.services.ports import free_port


def test_an_old_python_is_wrong_and_how_to_mend_it_is_said() -> None:
    finding = machine.check_python((3, 10, 4))
    assert (finding.outcome, finding.detail) == (Outcome.FAILED, "Python 3.10.4")
    assert "3.11" in finding.mend
    assert machine.check_python().outcome is Outcome.PASSED


def test_a_missing_program_is_wrong_only_when_it_is_required() -> None:
    required = machine.check_program("no-such-program", use="all", mend="get it", required=True)
    assert (required.outcome, required.detail) == (Outcome.FAILED, "not found; needed for all")
    assert machine.check_program("no-such-program", use="x", mend="y", required=False).outcome is Outcome.NOT_RUN


def test_a_program_that_does_not_run_counts_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken-program"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert machine.check_program("broken-program", use="x", mend="y", required=True).outcome is Outcome.FAILED


def test_space_is_judged_by_what_is_needed(tmp_path: Path) -> None:
    assert machine.check_space(tmp_path / "not" / "yet", needed=1).outcome is Outcome.PASSED
    free = shutil.disk_usage(tmp_path).free
    assert machine.check_space(tmp_path, needed=free * 2).outcome is Outcome.WARNING
    assert machine.check_space(tmp_path, needed=free * 100).outcome is Outcome.FAILED


def test_writing_is_tried_and_leaves_nothing(tmp_path: Path) -> None:
    assert machine.check_writable(tmp_path / "not" / "yet").outcome is Outcome.PASSED
    assert list(tmp_path.iterdir()) == []
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert machine.check_writable(in_the_way / "state").outcome is Outcome.FAILED


def test_running_servers_are_examined(own_postgresql: str) -> None:
    finding = machine.check_postgresql(own_postgresql)
    assert (finding.outcome, finding.detail.endswith(" connections")) == (Outcome.PASSED, True)
    finding = machine.check_redis(os.environ["REDIS_URL"])
    assert (finding.outcome, "noeviction" in finding.detail) == (Outcome.PASSED, True)


def test_given_servers_that_do_not_answer_are_wrong_and_missing_ones_are_not_run() -> None:
    port = free_port()
    assert machine.check_postgresql(f"postgresql://a:b@127.0.0.1:{port}/c").outcome is Outcome.FAILED
    assert machine.check_redis(f"redis://127.0.0.1:{port}/0").outcome is Outcome.FAILED
    assert machine.check_redis("nonsense").outcome is Outcome.FAILED
    assert machine.check_postgresql("").outcome is machine.check_redis("").outcome is Outcome.NOT_RUN


def test_doctor_gives_one_json_document_and_fails_when_something_required_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(SystemExit, match="1"):
        call_command("doctor", "--json")
    report = json.loads(capsys.readouterr().out)
    outcomes = {check["name"]: check["outcome"] for check in report["checks"]}
    assert report["passed"] is False
    assert list(outcomes) == [
        "python", "git", "uv", "chromium", "node", "disk", "writing", "postgresql", "redis", "memory", "isolation",
        "settings",
        "prices",
    ]  # fmt: skip
    assert [name for name, outcome in outcomes.items() if outcome == "failed"] == ["redis"]


def test_doctor_says_in_words_how_to_mend(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("REDIS_URL", "")
    call_command("doctor")
    lines = capsys.readouterr().out.splitlines()
    assert "  not run  redis       not running" in lines
    assert lines[lines.index("  not run  redis       not running") + 1].strip() == "-> `make up` brings its own."


def test_a_setting_that_is_invalid_is_named_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=PROJECT,
        env=os.environ | {"SANDBOX_REQUIRED_LEVEL": "lots"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The settings cannot be used. SANDBOX_REQUIRED_LEVEL")
    assert len(done.stderr.splitlines()) == 1
