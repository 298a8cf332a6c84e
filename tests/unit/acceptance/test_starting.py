from __future__ import annotations

from pathlib import Path

import pytest

from execution.acceptance.starting import StartReport, start_project
from execution.sandbox.isolation import Level, isolation
from execution.validation.environments import Environment
from tests.unit.acceptance.conftest import OURS, write

pytestmark = pytest.mark.skipif(isolation().level < Level.NAMESPACES, reason="no network of its own here")

ANSWERING = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        status = 200 if scope["path"] == "/health" else 404
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b'{"status":"ok"}'})
"""


def started(project: Path, text: str, **options: float | str) -> StartReport:
    write(project, "app/main.py", text)
    return start_project(project, OURS, **options)  # type: ignore[arg-type]  # options of it


def test_a_service_that_answers_passes(project: Path) -> None:
    report = started(project, ANSWERING)
    assert (report.status, report.reason, report.http_status) == ("passed", "", 200)
    assert report.body == '{"status":"ok"}'
    assert 0 < report.seconds < 30


def test_an_answer_other_than_200_fails(project: Path) -> None:
    report = started(project, ANSWERING, health="/other")
    assert (report.status, report.reason, report.http_status) == ("failed", "The answer was 404.", 404)


def test_a_service_that_does_not_import_fails_with_its_traceback(project: Path) -> None:
    report = started(project, "import no_such_module\n")
    assert (report.status, report.reason) == ("failed", "the server ended with exit code 1")
    assert "No module named 'no_such_module'" in report.output


def test_a_service_that_hangs_on_import_fails_in_time(project: Path) -> None:
    report = started(project, "import time\ntime.sleep(60)\n", seconds=1.0)
    assert (report.status, report.reason) == ("failed", "no answer in time")
    assert report.seconds < 5


def test_an_environment_without_uvicorn_is_not_run(project: Path, tmp_path: Path) -> None:
    environment = Environment(python=tmp_path / "bin" / "python", path=tmp_path, key="empty")
    assert start_project(project, environment).status == "not_run"
