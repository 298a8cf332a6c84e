"""Export to Jira by REST and by command, what doctor says of it, and the CSV."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import AsyncRequestFactory
from django.urls import reverse
from pytest_django import Settings
from rest_framework.test import APIClient, force_authenticate

from common.machine import Outcome
from common.models import PlanEvent
from execution.management.commands.doctor import check_export
from integrations.jira.errors import JiraNotConfigured
from integrations.models import JiraExport
from planning.api.views.jira import JiraCSV, without_blocking
from planning.jira.exporting import continue_export
from planning.models import MasterPlan
from tests.factories import make_plan
from tests.integrations.jira_server import TOKEN, JiraServer
from tests.planning.jira import configure

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan() -> MasterPlan:
    return make_plan()


@pytest.fixture
def api(plan: MasterPlan) -> APIClient:
    client = APIClient()
    client.force_authenticate(plan.owner)
    return client


def address(plan: MasterPlan) -> str:
    return reverse("masterplan-jira", args=[plan.pk])


def test_an_export_is_asked_for_watched_and_done(jira: JiraServer, plan: MasterPlan, api: APIClient) -> None:
    assert api.get(address(plan)).json()["state"] == "never"
    asked = api.post(address(plan), {}, format="json", headers={"Idempotency-Key": "once"})
    again = api.post(address(plan), {}, format="json", headers={"Idempotency-Key": "once"})
    assert (asked.status_code, asked.json()["state"]) == (202, "requested")
    assert (again.status_code, again["Idempotent-Replay"], again.json()) == (202, "true", asked.json())
    continue_export(plan.pk)
    told = api.get(asked.json()["links"]["status"]).json()
    assert (told["state"], told["created"], told["board_url"]) == ("complete", 18, f"{jira.url}/browse/SHOP")
    issue = next(one for one in told["issues"] if one["item"] == "task_001")
    assert issue["url"] == f"{jira.url}/browse/{issue['key']}"
    version = next(one for one in told["issues"] if one["type"] == "milestone")
    assert version["url"] == f"{jira.url}/projects/SHOP/versions/{version['key']}"


def test_a_worker_is_sent_after_the_commit(
    jira: JiraServer, plan: MasterPlan, api: APIClient, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    sent: list[str] = []
    monkeypatch.setattr("planning.tasks.export_to_jira.delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        api.post(address(plan), {}, format="json")
    assert sent == [str(plan.pk)]


def test_without_a_jira_the_answer_says_what_to_set(plan: MasterPlan, api: APIClient) -> None:
    refused = api.post(address(plan), {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "jira_not_configured")
    assert "CSV" in refused.json()["hint"]
    assert not JiraExport.objects.exists()


def test_an_unknown_format_is_refused(plan: MasterPlan, api: APIClient) -> None:
    assert api.post(address(plan), {"format": "xml"}, format="json").status_code == 400


def test_a_status_takes_a_fixed_number_of_queries(
    jira: JiraServer, plan: MasterPlan, api: APIClient, django_assert_max_num_queries: Any
) -> None:
    api.post(address(plan), {}, format="json")
    continue_export(plan.pk)
    with django_assert_max_num_queries(9):
        api.get(address(plan))


def test_a_csv_needs_no_settings(plan: MasterPlan, api: APIClient) -> None:
    offered = api.post(address(plan), {"format": "csv"}, format="json")
    assert offered.status_code == 202
    answer = api.get(offered.json()["links"]["csv"])
    assert (answer.streaming, answer["Content-Type"]) == (True, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="task-tracker-jira.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))
    assert [row["Issue Type"] for row in rows] == ["Epic"] * 3 + ["Story"] * 6 + ["Sub-task"] * 6
    told = PlanEvent.objects.get(stream_id=plan.pk, type="jira_csv_ready").data
    assert (told["created"], told["url"]) == (15, offered.json()["links"]["csv"])


def test_the_server_of_the_pages_gets_a_stream_that_does_not_block_it(plan: MasterPlan) -> None:
    request = AsyncRequestFactory().get("/")
    force_authenticate(request, plan.owner)
    answer: Any = JiraCSV.as_view()(request, pk=plan.pk)
    assert answer.is_async


async def test_a_stream_that_does_not_block_has_every_piece() -> None:
    assert [piece async for piece in without_blocking(iter(["a", "b", "c"]))] == ["a", "b", "c"]


def test_the_command_exports_and_waits(jira: JiraServer, plan: MasterPlan, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_jira", str(plan.pk), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["created"]) == ("complete", 18)
    call_command("export_jira", str(plan.pk)[:8])
    assert capsys.readouterr().out.startswith("complete: 0 made, 0 changed, 18 as they were, 0 failed.")


def test_the_command_says_what_failed(jira: JiraServer, plan: MasterPlan, capsys: pytest.CaptureFixture[str]) -> None:
    jira.site.cursed = {"Write file 6"}
    jira.site.link_types = ()
    with pytest.raises(SystemExit) as ended:
        call_command("export_jira", str(plan.pk))
    out = capsys.readouterr().out
    assert ended.value.code == 1
    assert "failed task_006: summary: This summary is cursed." in out
    assert "note   The site has no links of type Blocks" in out


def test_the_command_forgets_only_what_was_exported(
    jira: JiraServer, plan: MasterPlan, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("export_jira", str(plan.pk), "--forget", "task_001")
    assert (ended.value.code, jira.requests) == (2, [])
    assert "task_001" in capsys.readouterr().err


def test_the_command_writes_a_csv(plan: MasterPlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_jira", str(plan.pk), "--csv", str(tmp_path / "plan.csv"), "--json")
    assert json.loads(capsys.readouterr().out) == {"plan": str(plan.pk), "csv": str(tmp_path / "plan.csv")}
    call_command("export_jira", str(plan.pk), "--csv", "-")
    assert capsys.readouterr().out.splitlines() == (tmp_path / "plan.csv").read_text().splitlines()
    with pytest.raises(SystemExit):
        call_command("export_jira", str(plan.pk), "--csv", str(tmp_path / "no" / "folder.csv"))


def test_doctor_asks_the_site_and_says_what_is_wrong(jira: JiraServer, settings: Settings) -> None:
    (found,) = check_export()
    assert (found.outcome, found.mend) == (Outcome.PASSED, "")
    assert found.detail == f"{jira.url}, project SHOP, exports as Epic, Story, Subtask"
    jira.site.denied = {"ADMINISTER_PROJECTS"}
    (found,) = check_export()
    assert (found.outcome, "make versions" in found.mend) == (Outcome.WARNING, True)
    configure(settings, api_token="another-token-0123456789")
    (found,) = check_export()
    assert (found.outcome, found.mend) == (Outcome.FAILED, "Check JIRA_EMAIL and JIRA_API_TOKEN.")
    assert TOKEN not in str(found)
    configure(settings, base_url="http://example.com")
    assert check_export()[0].outcome is Outcome.FAILED
    assert jira.writes() == []


def test_doctor_asks_nobody_where_jira_is_switched_off() -> None:
    assert check_export() == []


def test_settings_that_came_by_another_way_are_refused_too(
    jira: JiraServer, plan: MasterPlan, settings: Settings, api: APIClient
) -> None:
    configure(settings, base_url="http://example.com")
    refused = api.post(address(plan), {}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, JiraNotConfigured.code)
    assert "https" in refused.json()["detail"]
