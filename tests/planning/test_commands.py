"""``plan`` and ``status`` on the command line."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from planning.models import DiscoveryDocument, MasterPlan
from tests.factories import REQUEST, DiscoveryFactory, MasterPlanFactory, plan_answer
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_plan_prints_the_plan(provider: ScriptedProvider) -> None:
    lines = run("plan", REQUEST, "--owner", "ada").splitlines()
    plan = MasterPlan.objects.get()
    assert lines[:2] == ["Task tracker: Tasks with comments", "6 tasks, about 60 minutes, stack fastapi"]
    assert "    task_004  Write file 4  (app/file_4.py)" in lines
    assert lines[-1] == f"Draft {plan.pk} waits for approval."
    assert plan.owner == User.objects.get(username="ada")
    assert not plan.owner.has_usable_password()


def test_plan_prints_one_document(provider: ScriptedProvider) -> None:
    document = json.loads(run("plan", REQUEST, "--json"))
    plan = MasterPlan.objects.get()
    assert (document["id"], document["status"], document["total_tasks"]) == (str(plan.pk), "draft", 6)
    assert document["plan"] == plan_answer().model_dump(mode="json")


def test_plan_takes_a_workspace_of_its_own_each_time(provider: ScriptedProvider) -> None:
    for _ in range(2):
        run("plan", REQUEST, "--json")
    first, second = MasterPlan.objects.all()
    assert first.workspace != second.workspace


@pytest.mark.parametrize(("text", "message"), [("", "The request is empty."), ("a\x00b", "control character")])
def test_a_wrong_request_ends_with_status_2(text: str, message: str) -> None:
    with pytest.raises(CommandError, match=message) as ended:
        run("plan", text)
    assert ended.value.returncode == 2


def test_a_failed_plan_ends_with_status_1_and_a_problem_document(provider: ScriptedProvider) -> None:
    provider.answer("masterplan", plan_answer(phases=2))
    out = StringIO()
    with pytest.raises(CommandError, match="still has 2 problems") as ended:
        call_command("plan", REQUEST, "--json", stdout=out)
    assert ended.value.returncode == 1
    assert json.loads(out.getvalue())["code"] == "plan_invalid"


def test_status_of_nothing() -> None:
    assert run("status") == "Nothing is under way.\n"
    assert json.loads(run("status", "--json")) == {"discoveries": [], "plans": []}


def test_status_shows_what_is_under_way() -> None:
    failed = DiscoveryFactory(error={"code": "x", "detail": "The key is wrong."})
    plan = MasterPlanFactory(status="paused", pause_reason="cost_limit", total_tasks=6, completed_tasks=2)
    done = MasterPlanFactory(status="completed")
    assert DiscoveryDocument.objects.count() == 3

    text, document = run("status"), json.loads(run("status", "--json"))

    assert "failed: The key is wrong." in text
    assert "2/6 tasks  Task tracker" in text
    assert [row["id"] for row in document["discoveries"]] == [str(failed.pk)]
    assert [(row["id"], row["pause_reason"]) for row in document["plans"]] == [(str(plan.pk), "cost_limit")]
    assert str(done.pk) in run("status", "--all")
