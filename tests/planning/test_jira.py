"""A plan goes to a Jira over real HTTP: whole, again, changed, interrupted, refused; and never twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from common.actors import Actor
from common.configuration import JiraField, JiraSettings
from common.errors import NotFound
from common.models import PlanEvent, PlanHistory
from integrations.jira import adf
from integrations.jira.errors import JiraNotConfigured
from integrations.jira.issues import create_issues, link_issues
from integrations.models import JiraExport, JiraMapping
from planning.jira.asking import request_export
from planning.jira.exporting import continue_export
from planning.jira.status import export_status
from planning.jira.turns import ExportUnderWay, forget, resend_stuck_exports
from planning.jira.words import item_label, plan_label
from planning.models import MasterPlan, Phase, Task, TaskDependency
from tests.factories import make_plan, plan_answer
from tests.integrations.jira_server import TOKEN, JiraServer
from tests.integrations.jira_site import EPIC, KIND, NOTES, POINTS, SIZE, STORY, SUBTASK
from tests.planning.jira import configure

pytestmark = pytest.mark.django_db

PERSON = Actor("user", "", "ann")
CREATE = r"issue/bulk"


class Killed(BaseException):
    """The worker dies here."""


def plan_of(*, phases: int = 2, tasks: int = 2) -> MasterPlan:
    return make_plan(answer=plan_answer(phases=phases, tasks_per_phase=tasks))


def export(plan: MasterPlan) -> dict[str, Any]:
    request_export(plan=plan, actor=PERSON)
    continue_export(plan.pk)
    return export_status(plan)


def go_on(plan: MasterPlan) -> dict[str, Any]:
    """As the reconciler's message does, when a waiting export is due and the claims of the dead have lapsed."""
    JiraExport.objects.update(claim=None, claim_expires=None, resume_at=None)
    continue_export(plan.pk)
    return export_status(plan)


def change_task(plan: MasterPlan, number: int, **values: Any) -> None:
    Task.objects.filter(plan=plan, number=number).update(**values)


def counts(status: dict[str, Any]) -> tuple[str, int, int, int, int]:
    return tuple(status[name] for name in ("state", "created", "updated", "unchanged", "failed"))


def test_a_plan_goes_to_jira_whole(jira: JiraServer) -> None:
    plan = plan_of()
    change_task(plan, 2, priority="critical", story_points=5, estimated_minutes=90, labels=["api", "two words"])
    change_task(plan, 2, acceptance_criteria=[{"text": "It answers.", "priority": "must", "test": None}])
    status = export(plan)
    assert counts(status) == ("complete", 12, 0, 0, 0)
    assert (status["warnings"], status["failures"], status["error"]) == ([], [], None)
    story, epic = jira.site.of("Write file 2"), jira.site.of("Phase 1")
    assert (epic["issuetype"], story["issuetype"]) == ({"id": EPIC}, {"id": STORY})
    assert (story["parent"], story["priority"], story[POINTS]) == ({"key": epic["key"]}, {"id": "1"}, 5)
    assert story["timetracking"] == {"originalEstimate": "90m"}
    assert story["labels"] == ["api", "two-words", plan_label(plan.pk), item_label(plan.pk, "task_002")]
    assert (
        adf.text_of(story["description"])
        == "File 2 of the project.Acceptance criteriamust: It answers.Filesapp/file_2.py"
    )
    (version,) = [jira.site.versions[one["id"]] for one in story["fixVersions"]]
    assert version["name"] == "Task tracker: Milestone 1"
    steps = [issue["fields"] for issue in jira.site.issues.values() if issue["fields"]["issuetype"] == {"id": SUBTASK}]
    assert {"key": story["key"]} in [step["parent"] for step in steps]
    assert jira.site.blocked() == {
        ("Phase 1", "Phase 2"),
        *[(f"Write file {one}", f"Write file {one + 1}") for one in (1, 2, 3)],
    }
    assert Task.objects.get(plan=plan, number=2).jira_key == story["key"]
    plan.refresh_from_db()
    assert (plan.jira_key, plan.jira_state) == ("SHOP", "complete")


def test_an_export_of_what_is_there_already_writes_nothing(jira: JiraServer) -> None:
    plan = plan_of()
    export(plan)
    jira.requests.clear()
    assert counts(export(plan)) == ("complete", 0, 0, 12, 0)
    assert jira.writes() == []
    assert "search/jql" not in [path for _, path in jira.requests]


def test_what_has_changed_is_changed_and_only_that(jira: JiraServer) -> None:
    plan = plan_of()
    export(plan)
    key = jira.site.of("Write file 2")["key"]
    mine = jira.site.issues[key]["fields"]
    mine["labels"].append("of-a-person")
    mine["priority"] = {"id": "4"}
    jira.requests.clear()
    change_task(plan, 2, title="Write it better", labels=["api"])
    assert counts(export(plan)) == ("complete", 0, 1, 11, 0)
    assert jira.writes() == [("PUT", f"issue/{key}")]
    assert (mine["summary"], mine["priority"]) == ("Write it better", {"id": "4"})
    assert set(mine["labels"]) == {"of-a-person", "api", plan_label(plan.pk), item_label(plan.pk, "task_002")}
    change_task(plan, 2, labels=[])
    export(plan)
    assert "api" not in mine["labels"]
    assert "of-a-person" in mine["labels"]


def test_a_milestone_that_has_changed_changes_its_version(jira: JiraServer) -> None:
    plan = plan_of()
    export(plan)
    plan.milestones.filter(short_id="milestone_01_01").update(name="Ground")
    jira.requests.clear()
    assert counts(export(plan)) == ("complete", 0, 1, 11, 0)
    assert [verb for verb, _ in jira.writes()] == ["PUT"]
    assert {one["name"] for one in jira.site.versions.values()} == {"Task tracker: Ground", "Task tracker: Milestone 2"}


def test_links_follow_the_plan(jira: JiraServer) -> None:
    plan = plan_of(phases=1, tasks=3)
    export(plan)
    first, third = Task.objects.get(plan=plan, number=1), Task.objects.get(plan=plan, number=3)
    TaskDependency.objects.filter(task=third).delete()
    TaskDependency.objects.create(task=third, needs=first)
    export(plan)
    assert jira.site.blocked() == {("Write file 1", "Write file 2"), ("Write file 1", "Write file 3")}
    assert len(jira.site.links) == 2


def test_a_hundred_and_more_are_made_fifty_at_a_time(jira: JiraServer) -> None:
    plan = make_plan(answer=plan_answer(phases=3, tasks_per_phase=20, subtasks=1))
    assert counts(export(plan)) == ("complete", 126, 0, 0, 0)
    assert len([path for _, path in jira.requests if path == "issue/bulk"]) == 1 + 2 + 2
    assert len(set(jira.site.summaries())) == 3 + 60 + 1


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_a_worker_that_dies_after_jira_has_made_them_makes_nothing_twice(jira: JiraServer, batch: int) -> None:
    plan = plan_of()
    request_export(plan=plan, actor=PERSON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planning.jira.exporting.create_issues", dying_after(batch))
        with pytest.raises(Killed):
            continue_export(plan.pk)
    assert export_status(plan)["state"] == "running"
    assert counts(go_on(plan)) == ("complete", 12, 0, 0, 0)
    assert_all_once(plan, jira)


def dying_after(batch: int) -> Callable[..., Any]:
    """The real one, and with the batch of this number the worker dies before it hears the answer."""
    left = iter(range(batch - 1, -1, -1))

    def create(*given: Any) -> Any:
        made = create_issues(*given)
        if next(left) == 0:
            raise Killed
        return made

    return create


def assert_all_once(plan: MasterPlan, jira: JiraServer) -> None:
    marks = [
        label
        for issue in jira.site.issues.values()
        for label in issue["fields"]["labels"]
        if label.startswith(plan_label(plan.pk)) and label != plan_label(plan.pk)
    ]
    wanted = {*Phase.objects.filter(plan=plan).values_list("short_id", flat=True)}
    wanted |= {*Task.objects.filter(plan=plan).values_list("short_id", flat=True)}
    wanted |= {*plan.subtasks.values_list("short_id", flat=True)}
    assert sorted(marks) == sorted(item_label(plan.pk, short_id) for short_id in wanted)
    assert len(jira.site.versions) == plan.milestones.count()
    assert len(jira.site.links) == len(set(jira.site.links.values()))
    assert len(jira.site.blocked()) == 4


@pytest.mark.parametrize("path", ["version", CREATE, "issueLink"])
def test_an_answer_that_was_lost_is_looked_for(jira: JiraServer, path: str) -> None:
    plan = plan_of()
    jira.fail(path, late=True)
    status = export(plan)
    assert (status["state"], status["error"]["code"]) == ("waiting", "jira_answer_lost")
    assert counts(go_on(plan)) == ("complete", 12, 0, 0, 0)
    assert_all_once(plan, jira)


def test_what_a_search_does_not_know_yet_is_waited_for(jira: JiraServer, settings: Settings) -> None:
    plan = plan_of()
    jira.site.searchable = False
    jira.fail(CREATE, late=True)
    export(plan)
    status = go_on(plan)
    assert (status["state"], len(jira.site.issues)) == ("waiting", 2)
    jira.site.index()
    assert counts(go_on(plan)) == ("complete", 12, 0, 0, 0)
    assert_all_once(plan, jira)


def test_what_a_search_would_know_by_now_was_never_made(jira: JiraServer, settings: Settings) -> None:
    plan = plan_of()
    jira.fail(CREATE)
    assert export(plan)["state"] == "waiting"
    configure(settings, search_delay=0)
    assert counts(go_on(plan)) == ("complete", 12, 0, 0, 0)
    assert_all_once(plan, jira)


def test_what_was_lost_here_is_found_there(jira: JiraServer) -> None:
    plan = plan_of()
    export(plan)
    JiraMapping.objects.all().delete()
    export(plan)
    assert_all_once(plan, jira)


def test_a_worker_that_dies_between_two_links_makes_none_twice(jira: JiraServer) -> None:
    plan = plan_of()
    request_export(plan=plan, actor=PERSON)

    def link_and_die(*given: Any, **named: Any) -> None:
        link_issues(*given, **named)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planning.jira.linking.link_issues", link_and_die)
        with pytest.raises(Killed):
            continue_export(plan.pk)
    assert len(jira.site.links) == 1
    assert go_on(plan)["state"] == "complete"
    assert_all_once(plan, jira)


def test_a_partial_failure_says_which_items_and_why_and_is_mended_by_the_next(jira: JiraServer) -> None:
    plan = plan_of()
    jira.site.cursed = {"Phase 2", "Write file 1"}
    status = export(plan)
    assert counts(status) == ("partial", 5, 0, 0, 7)
    reasons = {one["item"]: one["error"] for one in status["failures"]}
    assert reasons["phase_02"] == "summary: This summary is cursed."
    assert reasons["task_003"] == "phase_02, of which it is a part, could not be exported."
    below = {f"subtask_00{number}_01" for number in (1, 3, 4)}
    assert reasons.keys() == {"phase_02", "task_001", "task_003", "task_004"} | below
    complete = PlanEvent.objects.get(stream_id=plan.pk, type="jira_export_complete")
    assert complete.data["failures"] == status["failures"]
    jira.site.cursed = set()
    assert counts(export(plan))[0] == "complete"
    assert_all_once(plan, jira)


def test_an_issue_that_is_gone_fails_alone(jira: JiraServer) -> None:
    plan = plan_of()
    export(plan)
    key = jira.site.of("Write file 4")["key"]
    change_task(plan, 4, title="Write it better")
    change_task(plan, 3, title="And this")
    jira.site.delete(key)
    status = export(plan)
    assert (status["state"], status["updated"], status["failed"]) == ("partial", 1, 1)
    (failure,) = status["failures"]
    assert (failure["item"], failure["key"]) == ("task_004", key)
    assert "deleted there" in failure["error"]
    for short_id in ("task_004", "subtask_004_01"):
        forget(plan=plan, short_id=short_id)
    assert export(plan)["state"] == "complete"
    assert_all_once(plan, jira)


def test_what_is_being_exported_or_never_was_is_not_forgotten(jira: JiraServer) -> None:
    plan = plan_of()
    export(plan)
    with pytest.raises(NotFound):
        forget(plan=plan, short_id="task_099")
    JiraExport.objects.update(claim=plan.pk, claim_expires=Now() + timedelta(hours=1))
    with pytest.raises(ExportUnderWay):
        forget(plan=plan, short_id="task_001")
    assert JiraMapping.objects.filter(short_id="task_001").exists()


def test_too_many_requests_are_waited_out_as_long_as_jira_asks(jira: JiraServer, slept: list[float]) -> None:
    plan = plan_of()
    jira.fail(CREATE, 429, times=3, headers={"Retry-After": "7"})
    assert counts(export(plan)) == ("complete", 12, 0, 0, 0)
    assert [7 <= wait <= 8 for wait in slept] == [True] * 3
    assert_all_once(plan, jira)


def test_a_long_wait_gives_the_worker_back(jira: JiraServer, slept: list[float]) -> None:
    plan = plan_of()
    jira.fail(CREATE, 429, headers={"Retry-After": "900"})
    status = export(plan)
    assert (status["state"], status["error"]["code"], slept) == ("waiting", "jira_unavailable", [])
    row = JiraExport.objects.get(plan_id=plan.pk)
    assert row.resume_at is not None
    assert (row.resume_at - row.asked_at).total_seconds() == pytest.approx(900, abs=60)
    continue_export(plan.pk)
    assert export_status(plan)["state"] == "waiting", "it is not due yet"
    assert counts(go_on(plan)) == ("complete", 12, 0, 0, 0)


def test_faults_of_the_server_are_outlived(jira: JiraServer, slept: list[float]) -> None:
    plan = plan_of()
    jira.fail("myself", 503, times=2)
    jira.fail(r"issue/createmeta/.*", 502)
    jira.fail("search/jql", times=1)
    assert counts(export(plan)) == ("complete", 12, 0, 0, 0)
    assert len(slept) == 4


def test_an_outage_is_waited_out_and_given_up_in_the_end(jira: JiraServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planning.jira.turns.MOST_OUTAGES", 3)
    plan = plan_of()
    jira.fail("myself", 503, times=10_000)
    assert export(plan)["state"] == "waiting"
    assert [go_on(plan)["state"] for _ in range(2)] == ["waiting", "failed"]
    error = PlanEvent.objects.get(stream_id=plan.pk, type="error").data
    assert error["code"] == "jira_unavailable"
    jira.faults.clear()
    assert counts(export(plan)) == ("complete", 12, 0, 0, 0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"api_token": "another-token-0123456789"}, "JIRA_API_TOKEN"),
        ({"project_key": "NONE"}, "JIRA_PROJECT_KEY"),
    ],
)
def test_wrong_settings_say_how_to_mend_them(
    jira: JiraServer, settings: Settings, wrong: dict[str, str], says: str
) -> None:
    configure(settings, **wrong)
    status = export(plan_of())
    assert (status["state"], status["error"]["code"]) == ("failed", "jira_rejected")
    assert says in status["error"]["hint"]
    assert TOKEN not in str(status)
    assert jira.site.issues == {}


def test_missing_permissions_are_named(jira: JiraServer) -> None:
    jira.site.denied = {"CREATE_ISSUES"}
    status = export(plan_of())
    assert (status["state"], status["error"]["http_status"]) == ("failed", 403)
    assert "CREATE_ISSUES" in status["error"]["detail"]


def test_versions_that_may_not_be_made_stop_nothing_else(jira: JiraServer) -> None:
    jira.site.denied = {"ADMINISTER_PROJECTS"}
    plan = plan_of()
    status = export(plan)
    assert (counts(status), [one["type"] for one in status["failures"]]) == (
        ("partial", 10, 0, 0, 2),
        ["milestone"] * 2,
    )
    jira.site.denied = set()
    assert counts(export(plan)) == ("complete", 2, 4, 6, 0)


def test_a_redirect_is_not_followed(jira: JiraServer) -> None:
    jira.fail("myself", 302, headers={"Location": "https://evil.example/"})
    status = export(plan_of())
    assert (status["state"], "redirect" in status["error"]["detail"]) == ("failed", True)


def test_what_the_site_lacks_is_left_out_and_said(jira: JiraServer) -> None:
    site = jira.site
    del site.types[EPIC], site.types[SUBTASK]
    site.link_types = ("Relates",)
    for name in ("priority", "timetracking", "fixVersions", POINTS):
        del site.fields[STORY][name]
    plan = plan_of()
    status = export(plan)
    assert counts(status) == ("complete", 4, 0, 0, 0)
    assert {one["code"] for one in status["warnings"]} == {
        "no_epics",
        "no_subtasks",
        "no_links",
        "no_priority",
        "no_estimates",
        "no_fix_versions",
        "no_story_points",
    }
    assert adf.text_of(site.of("Write file 1")["description"]).endswith("StepsStep 1")
    assert counts(export(plan)) == ("complete", 0, 0, 4, 0)


def test_a_priority_that_the_site_does_not_have_is_said(jira: JiraServer) -> None:
    jira.site.fields[STORY]["priority"]["allowedValues"] = [{"id": "3", "name": "Normal"}]
    plan = plan_of(phases=1, tasks=2)
    change_task(plan, 1, priority="critical")
    status = export(plan)
    assert [one["code"] for one in status["warnings"]] == ["no_such_priority"]
    assert "priority" not in jira.site.of("Write file 1")
    assert jira.site.of("Write file 2")["priority"] == {"id": "3"}


def test_assignees_and_custom_fields_follow_the_settings(jira: JiraServer, settings: Settings) -> None:
    configure(
        settings,
        assignees={"backend": "ann@example.com", "testing": "id-ann", "*": "nobody@example.com"},
        custom_fields={"complexity": JiraField("Size", {"low": "S", "high": "XXL"}), "type": JiraField(KIND)},
    )
    plan = plan_of(phases=1, tasks=3)
    change_task(plan, 1, assigned_agent="backend")
    change_task(plan, 2, type="testing", complexity="high")
    status = export(plan)
    first, second, third = (jira.site.of(f"Write file {number}") for number in (1, 2, 3))
    assert (first["assignee"], first[SIZE], first[KIND]) == ({"accountId": "id-ann"}, {"id": "20001"}, "implementation")
    assert (second["assignee"], second[KIND], SIZE in second) == ({"accountId": "id-ann"}, "testing", False)
    assert "assignee" not in third
    assert {one["code"] for one in status["warnings"]} == {"no_such_assignee", "no_such_value"}
    configure(settings, custom_fields={"complexity": JiraField("Notes"), "type": JiraField("No such field")})
    status = export(plan)
    assert jira.site.of("Write file 2")[NOTES] == adf.document(adf.paragraphs("high"))
    assert "no_custom_field" in {one["code"] for one in status["warnings"]}


def test_a_version_of_the_same_name_belongs_to_somebody_else(jira: JiraServer) -> None:
    jira.site.versions["1"] = {"id": "1", "name": "Task tracker: Milestone 1", "description": "Ours."}
    plan = plan_of(phases=1)
    assert export(plan)["state"] == "complete"
    names = [one["name"] for one in jira.site.versions.values()]
    assert names == ["Task tracker: Milestone 1", f"Task tracker: Milestone 1 ({plan.pk.hex[:8]})"]


def test_what_has_left_the_plan_is_left_to_people(jira: JiraServer) -> None:
    plan = plan_of(phases=1)
    export(plan)
    key = jira.site.of("Write file 2")["key"]
    change_task(plan, 2, left_in=1)
    jira.requests.clear()
    status = export(plan)
    assert (status["state"], jira.writes()) == ("complete", [])
    assert [one["key"] for one in status["left_over"]][-1] == key
    assert key not in [one["key"] for one in status["issues"]]


def test_another_project_gets_its_own_issues(jira: JiraServer, settings: Settings) -> None:
    plan = plan_of(phases=1)
    export(plan)
    jira.site.key = "MORE"
    jira.site.issues.clear()
    jira.site.versions.clear()
    configure(settings, project_key="MORE")
    assert counts(export(plan)) == ("complete", 6, 0, 0, 0)
    assert JiraMapping.objects.filter(plan_id=plan.pk).count() == 12


def test_an_export_under_way_is_joined_and_goes_through_the_plan_again(jira: JiraServer) -> None:
    plan = plan_of()
    request_export(plan=plan, actor=PERSON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planning.jira.exporting.link_all", lambda work, issues: asked_meanwhile(plan))
        continue_export(plan.pk)
    status = export_status(plan)
    assert (status["state"], status["created"], jira.site.links) == ("requested", 0, {})
    JiraExport.objects.update(asked_at=JiraExport.objects.get().created_at)
    continue_export(plan.pk)
    assert counts(export_status(plan)) == ("complete", 0, 0, 12, 0)
    assert len(jira.site.links) == 4


def asked_meanwhile(plan: MasterPlan) -> None:
    """Time stands still in the transaction of a test."""
    row = request_export(plan=plan, actor=PERSON)
    assert row.state == "running"
    JiraExport.objects.filter(pk=row.pk).update(asked_at=row.began_at.replace(year=row.began_at.year + 1))  # type: ignore[union-attr]  # it runs


def test_two_workers_do_not_export_one_plan(jira: JiraServer) -> None:
    plan = plan_of()
    request_export(plan=plan, actor=PERSON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planning.jira.exporting.export_versions", lambda work: continue_export(plan.pk))
        continue_export(plan.pk)
    assert len([path for _, path in jira.requests if path == "myself"]) == 1


def test_who_has_lost_the_claim_stores_nothing_more(jira: JiraServer) -> None:
    plan = plan_of()
    request_export(plan=plan, actor=PERSON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "planning.jira.exporting.find_labelled", lambda *given: JiraExport.objects.update(claim=None) and {}
        )
        continue_export(plan.pk)
    assert jira.site.issues == {}
    assert export_status(plan)["state"] == "running"
    assert counts(go_on(plan)) == ("complete", 12, 0, 0, 0)


def test_the_reconciler_sends_what_nobody_works_on(jira: JiraServer, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("planning.dispatch.export_to_jira", sent.append)
    plan = plan_of()
    row = request_export(plan=plan, actor=PERSON)
    sent.clear()
    assert resend_stuck_exports() == 0, "it was asked for just now"
    JiraExport.objects.update(asked_at=row.asked_at.replace(year=2020))
    assert (resend_stuck_exports(), sent) == (1, [plan.pk])
    assert resend_stuck_exports() == 0, "it was sent just now"
    continue_export(plan.pk)
    JiraExport.objects.update(resent_at=None)
    assert resend_stuck_exports() == 0, "it is complete"
    JiraExport.objects.update(state="running")
    assert resend_stuck_exports() == 1, "its worker is dead"


def test_watchers_are_told(jira: JiraServer) -> None:
    plan = plan_of()
    export(plan)
    told = list(PlanEvent.objects.filter(stream_id=plan.pk).values_list("type", "data"))
    assert [kind for kind, _ in told[-2:]] == ["jira_export_progress", "jira_export_complete"]
    last = told[-1][1]
    assert (last["created"], last["updated"], last["failed"]) == (12, 0, 0)
    assert last["board_url"] == f"{jira.url}/browse/SHOP"
    assert PlanHistory.objects.filter(plan_id=plan.pk, change_type="jira_export_requested").count() == 1


def test_without_a_jira_an_export_says_what_to_set() -> None:
    with pytest.raises(JiraNotConfigured) as refused:
        request_export(plan=make_plan(), actor=PERSON)
    assert "JIRA_ENABLED" in refused.value.hint


def test_a_jira_that_was_switched_off_meanwhile_ends_the_export(jira: JiraServer, settings: Settings) -> None:
    plan = plan_of()
    request_export(plan=plan, actor=PERSON)
    settings.DEVMATRIX = replace(settings.DEVMATRIX, jira=JiraSettings())
    continue_export(plan.pk)
    status = export_status(plan)
    assert (status["state"], status["error"]["code"]) == ("failed", "jira_not_configured")
