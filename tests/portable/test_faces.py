"""How a plan is exported and imported by people: the two commands, and the download."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from execution.api.streaming import StreamedFile
from planning.models import MasterPlan
from tests.execution.test_commands import run
from tests.portable.rich import exported, forget, rich_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(tmp_path: Path) -> MasterPlan:
    return rich_plan(tmp_path / "workspace")


def test_from_file_to_file(plan: MasterPlan, tmp_path: Path) -> None:
    file, again = tmp_path / "plan.json", tmp_path / "again.json"
    status, out, err = run("export_plan", str(plan.pk)[:13], "--out", str(file))
    assert (status, err) == (0, "")
    assert out.startswith("Task tracker: ")
    assert f"{file.stat().st_size:,} bytes in {file}" in out
    forget(plan, people=True)
    status, out, err = run("import_plan", str(file))
    assert (status, err) == (0, "")
    assert out.startswith(f"Task tracker ({plan.pk}) is here: paused, ")
    assert "users made, inactive and without a password: " in out
    assert run("export_plan", str(plan.pk), "--out", str(again), "--quiet") == (0, "", "")
    assert again.read_bytes() == file.read_bytes()


def test_from_standard_output_to_standard_input(plan: MasterPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, _ = run("export_plan", str(plan.pk))
    assert (status, out.encode()) == (0, exported(plan))
    forget(plan)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(out.encode())))
    status, said, _ = run("import_plan", "-", "--json")
    found = json.loads(said)
    assert (status, found["plan"], found["status"], found["users_made"]) == (0, str(plan.pk), "paused", [])
    assert found["rows"]["atom"] == 3


def test_what_a_script_reads_of_an_export(plan: MasterPlan, tmp_path: Path) -> None:
    status, out, _ = run("export_plan", str(plan.pk), "--out", str(tmp_path / "plan.json"), "--json")
    found = json.loads(out)
    assert (status, found["plan"], found["rows"]["plan"]) == (0, str(plan.pk), 1)
    assert found["bytes"] == (tmp_path / "plan.json").stat().st_size


def test_exit_status_says_what_kind_of_error_it_is(plan: MasterPlan, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    assert run("export_plan", str(plan.pk), "--out", str(tmp_path))[0] == 2
    assert run("export_plan", "nonsense")[0] == 2
    assert run("import_plan", str(tmp_path / "none.json"))[0] == 2
    file.write_bytes(exported(plan))
    status, out, err = run("import_plan", str(file))
    assert (status, out) == (1, "")
    assert f"The plan {plan.pk} is there already." in err
    file.write_bytes(b"{}")
    status, out, err = run("import_plan", str(file), "--json")
    assert (status, out) == (2, "")
    assert err.startswith("error: The document has no sections.")
    plan.runs.update(status="running")
    status, out, err = run("export_plan", str(plan.pk), "--out", str(tmp_path / "other.json"))
    assert (status, out) == (1, "")
    assert "Pause it" in err
    assert not (tmp_path / "other.json").exists()


def test_the_download_is_the_document(plan: MasterPlan, client_of: Callable[[User | None], APIClient]) -> None:
    answer: Any = client_of(plan.owner).get(f"/api/v1/masterplans/{plan.pk}/export/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="task-tracker-{plan.pk}.json"'
    document = answer.getvalue()
    assert (document, answer["Content-Length"]) == (exported(plan), str(len(document)))


def test_what_runs_is_not_exported(plan: MasterPlan, client_of: Callable[[User | None], APIClient]) -> None:
    plan.runs.update(status="running")
    answer = client_of(plan.owner).get(f"/api/v1/masterplans/{plan.pk}/export/")
    assert (answer.status_code, answer.json()["code"], answer.json()["section"]) == (409, "under_way", "run")
    assert "Pause it" in answer.json()["hint"]


def test_an_asynchronous_server_sends_it_piece_by_piece() -> None:
    async def sent() -> list[int]:
        return [len(piece) async for piece in StreamedFile(io.BytesIO(b"x" * 600_000))]

    assert async_to_sync(sent)() == [262_144, 262_144, 75_712]


def test_the_admin_links_to_it(plan: MasterPlan, admin_client: Any) -> None:
    page = admin_client.get(f"/admin/planning/masterplan/{plan.pk}/change/").content.decode()
    assert f'<a href="/api/v1/masterplans/{plan.pk}/export/">Export as JSON</a>' in page
