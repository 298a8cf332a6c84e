"""The API as a client uses it, from a request to an approved plan."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from common import health
from planning.api.serializers.plans import PlanSerializer
from planning.models import DiscoveryDocument, MasterPlan, Task
from planning.selectors.plans import plan_with_tree
from planning.services.journey import continue_discovery, walk_discovery
from planning.steps import Step
from tests.factories import (
    REQUEST,
    ConversationFactory,
    MasterPlanFactory,
    StaffFactory,
    UserFactory,
    make_plan,
    plan_answer,
)
from tests.planning.conftest import ScriptedProvider

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls")]
ClientOf = Callable[[User | None], APIClient]
Dispatched = list[tuple[uuid.UUID, Step]]


def take_all(dispatched: Dispatched) -> None:
    """What the workers do."""
    while dispatched:
        discovery_id, step = dispatched.pop(0)
        continue_discovery(discovery_id, step=step)


def test_a_plan_from_a_request(provider: ScriptedProvider, dispatched: Dispatched, client_of: ClientOf) -> None:
    client = client_of(UserFactory())
    accepted = client.post(reverse("masterplans"), {"request": REQUEST, "stack": "django"})
    assert accepted.status_code == 202
    begun = accepted.json()
    assert (begun["status"], begun["masterplan"]) == ("in_progress", None)

    take_all(dispatched)

    watched = client.get(begun["links"]["events"]).json()
    made = next(event for event in watched["events"] if event["type"] == "masterplan_created")
    assert (watched["last_seq"], watched["more"]) == (watched["events"][-1]["seq"], False)
    assert client.get(begun["links"]["discovery"]).json()["masterplan"] == made["data"]["masterplan_id"]
    plan = client.get(reverse("masterplan", args=[made["data"]["masterplan_id"]])).json()
    assert (plan["status"], plan["unattended"]) == ("draft", True)
    assert [phase["short_id"] for phase in plan["phases"]] == ["phase_01", "phase_02", "phase_03"]
    task = plan["phases"][1]["milestones"][0]["tasks"][0]
    assert (task["short_id"], task["depends_on"], len(task["subtasks"])) == ("task_003", ["task_002"], 1)
    assert getattr(provider.requests[-1].inputs, "stack", None) == "django"


def test_a_plan_step_by_step(provider: ScriptedProvider, dispatched: Dispatched, client_of: ClientOf) -> None:
    client = client_of(UserFactory())
    discovery = client.post(reverse("discoveries"), {"request": REQUEST}).json()["id"]
    take_all(dispatched)
    read = client.get(reverse("discovery", args=[discovery])).json()
    assert (read["status"], [question["id"] for question in read["questions"]]) == (
        "awaiting_answers",
        ["users", "scale"],
    )

    answers = reverse("discovery-answers", args=[discovery])
    assert client.post(answers, {"answers": {"users": "Admins"}}).json()["status"] == "awaiting_answers"
    assert client.post(answers, {"defaults": True}).json()["status"] == "in_progress"
    take_all(dispatched)
    changed = client.patch(reverse("discovery", args=[discovery]), {"expected_volume": "ten a day"}).json()
    assert (changed["status"], changed["expected_volume"]) == ("awaiting_validation", "ten a day")
    assert client.post(reverse("discovery-validate", args=[discovery])).json()["status"] == "validated"
    assert dispatched == []
    under_way = client.post(reverse("masterplans"), {"discovery": discovery})
    assert (under_way.status_code, under_way.json()["masterplan"]) == (202, None)
    take_all(dispatched)

    plan = client.post(reverse("masterplans"), {"discovery": discovery}).json()["masterplan"]
    approved = client.post(reverse("masterplan-approve", args=[plan]))
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    history = client.get(reverse("masterplan-history", args=[plan])).json()["results"]
    assert [row["change_type"] for row in history] == ["status", "plan_created"]
    events = client.get(reverse("masterplan-events", args=[plan]), {"since": 1}).json()["events"]
    assert [event["type"] for event in events] == ["masterplan_status_changed", "masterplan_approved"]


def test_planning_alone_starts_no_build(client_of: ClientOf) -> None:
    plan = make_plan()
    answer = client_of(plan.owner).post(reverse("masterplan-approve", args=[plan.pk]), {"execute": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    plan.refresh_from_db()
    assert plan.status == "draft"


def test_detail_takes_a_fixed_number_of_queries(client_of: ClientOf, django_assert_num_queries: Any) -> None:
    owner = UserFactory()
    client = client_of(owner)
    for answer in [plan_answer(), plan_answer(phases=5, tasks_per_phase=24, subtasks=4)]:
        plan = make_plan(answer=answer, discovery__conversation__workspace__owner=owner)
        with django_assert_num_queries(8):  # the plan, four levels, three kinds of dependencies
            assert client.get(reverse("masterplan", args=[plan.pk])).status_code == 200


def test_detail_is_what_its_description_says_to_the_letter(client_of: ClientOf) -> None:
    plan = make_plan(answer=plan_answer(phases=4, tasks_per_phase=3, subtasks=2))
    Task.objects.filter(plan=plan, number__lt=4).update(
        status="in_progress", code_percent="33.33", started_at=timezone.now(), actual_minutes="12.5"
    )
    Task.objects.filter(plan=plan, number=5).update(status="done", labels=["é", "a"], last_error="\u2028")
    shown = client_of(plan.owner).get(reverse("masterplan", args=[plan.pk])).json()
    assert shown == json.loads(JSONRenderer().render(PlanSerializer(plan_with_tree(plan.pk)).data))


def test_a_list_takes_a_fixed_number_of_queries(client_of: ClientOf, django_assert_num_queries: Any) -> None:
    staff = StaffFactory()
    for _ in range(2):
        MasterPlanFactory.create_batch(3)
        with django_assert_num_queries(2):
            assert client_of(staff).get(reverse("masterplans")).status_code == 200


def test_plans_are_filtered_ordered_and_searched(client_of: ClientOf) -> None:
    owner = UserFactory()
    for name, status in [("Shop", "completed"), ("Blog", "draft"), ("Bank", "failed")]:
        MasterPlanFactory(project_name=name, status=status, discovery__conversation__workspace__owner=owner)
    client = client_of(owner)

    def names(**query: Any) -> list[str]:
        results = client.get(reverse("masterplans"), query).json()["results"]
        return [row["project_name"] for row in results]

    assert names() == ["Bank", "Blog", "Shop"]
    assert names(ordering="project_name") == ["Bank", "Blog", "Shop"]
    assert names(ordering="-project_name") == ["Shop", "Blog", "Bank"]
    assert names(status=["draft", "failed"]) == ["Bank", "Blog"]
    assert names(search="sho") == ["Shop"]
    assert names(created_after="2999-01-01T00:00:00Z") == []


def test_a_draft_is_edited_and_remembered(client_of: ClientOf) -> None:
    plan = make_plan()
    client = client_of(plan.owner)
    client.patch(reverse("masterplan", args=[plan.pk]), {"description": "Better", "conventions": ["Short names"]})
    task = plan.tasks.earliest("number")
    edited = client.patch(reverse("task", args=[task.pk]), {"estimated_minutes": 25, "priority": "high"}).json()

    assert (edited["estimated_minutes"], edited["priority"]) == (25, "high")
    plan.refresh_from_db()
    assert (plan.description, plan.conventions, plan.estimated_minutes) == ("Better", ["Short names"], 75)
    assert (task.milestone.estimated_minutes, str(task.milestone.phase.estimated_hours)) == (35, "0.58")
    rows = client.get(reverse("masterplan-history", args=[plan.pk])).json()["results"]
    assert [(row["change_type"], row["after"]["summary"], row["actor_name"]) for row in rows] == [
        ("plan_edited", "task_001 changed (priority, estimated minutes).", plan.owner.username),
        ("plan_edited", "description, conventions changed.", plan.owner.username),
    ]
    [field, _] = rows[0]["after"]["tasks"]["modified"][0]["fields"]
    assert (field["name"], field["before"], field["after"]) == ("priority", "medium", "high")


def test_what_is_not_a_draft_is_not_edited_but_rated(client_of: ClientOf) -> None:
    plan = make_plan(status="completed")
    client = client_of(plan.owner)
    for name, item in [("masterplan", plan), ("task", plan.tasks.earliest("number"))]:
        answer = client.patch(reverse(name, args=[item.pk]), {"description": "Late"})
        assert (answer.status_code, answer.json()["code"]) == (409, "plan_not_editable")
    assert client.patch(reverse("masterplan", args=[plan.pk]), {"rating": 5}).status_code == 200
    plan.refresh_from_db()
    assert plan.rating == 5


def test_progress_and_executable_tasks(client_of: ClientOf) -> None:
    plan = make_plan()
    client = client_of(plan.owner)
    progress = client.get(reverse("masterplan-progress", args=[plan.pk])).json()
    assert [(phase["short_id"], phase["total_tasks"]) for phase in progress["phases"]] == [
        ("phase_01", 2),
        ("phase_02", 2),
        ("phase_03", 2),
    ]
    tasks = client.get(reverse("masterplan-executable-tasks", args=[plan.pk])).json()
    assert [task["short_id"] for task in tasks] == ["task_001"]


def test_versions_hold_the_plan_as_it_was(client_of: ClientOf) -> None:
    plan = make_plan()
    client = client_of(plan.owner)
    (version,) = client.get(reverse("masterplan-versions", args=[plan.pk])).json()["results"]
    assert (version["number"], version["type"], version["parent"]) == (1, "initial", None)
    whole = client.get(reverse("masterplan-version", args=[plan.pk, 1])).json()
    assert whole["snapshot"] == plan_answer().model_dump(mode="json")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("/help", "/masterplan <request>"),
        ("/status", "Nothing is under way in this conversation."),
        ("/deploy", "I do not know the command /deploy."),
        ("go ahead", "nothing here that waits for a go-ahead"),
        ("/masterplan", "The request is empty."),
    ],
)
def test_messages_are_answered_honestly(content: str, words: str, client_of: ClientOf) -> None:
    conversation = ConversationFactory()
    client = client_of(conversation.owner)
    address = reverse("conversation-messages", args=[conversation.pk])
    reply = client.post(address, {"content": content})
    assert (reply.status_code, reply.json()["role"]) == (201, "assistant")
    assert words in reply.json()["content"]
    assert [row["role"] for row in client.get(address).json()["results"]] == ["user", "assistant"]
    assert not DiscoveryDocument.objects.exists()


@pytest.mark.parametrize("content", ["/masterplan Una API de tareas", "Crea una API de tareas", "/orchestrate An API"])
def test_a_wish_to_build_starts_a_discovery(content: str, dispatched: Dispatched, client_of: ClientOf) -> None:
    conversation = ConversationFactory()
    address = reverse("conversation-messages", args=[conversation.pk])
    reply = client_of(conversation.owner).post(address, {"content": content}).json()
    discovery = DiscoveryDocument.objects.get(conversation=conversation)
    assert reply["metadata"] == {"discovery_id": str(discovery.pk)}
    assert (discovery.unattended, discovery.auto_plan) == (False, True)
    assert dispatched == [(discovery.pk, Step.ANALYSE)]
    assert conversation.messages.count() == 2


def test_a_status_tells_of_failures_and_plans(client_of: ClientOf) -> None:
    plan = make_plan(project_name="Shop")
    DiscoveryDocument.objects.filter(pk=plan.discovery_id).update(
        status="validated", error={"code": "x", "detail": "The key is wrong."}
    )
    address = reverse("conversation-messages", args=[plan.conversation_id])
    text = client_of(plan.owner).post(address, {"content": "/status"}).json()["content"]
    assert text.splitlines() == [
        f'Discovery of "{REQUEST}": validated, failed: The key is wrong.',
        "Plan Shop: draft, 0 of 6 tasks done",
    ]


def test_a_token_is_given_for_the_right_password(client_of: ClientOf) -> None:
    user = UserFactory()
    user.set_password("correct horse battery")
    user.save()
    address = reverse("auth-token")
    wrong = client_of(None).post(address, {"username": user.username, "password": "wrong"})
    assert (wrong.status_code, wrong.json()["detail"]) == (401, "User name or password is wrong.")
    given = client_of(None).post(address, {"username": user.username, "password": "correct horse battery"}).json()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {given['token']}")
    assert client.get(reverse("masterplans")).status_code == 200


def test_guessing_passwords_is_throttled(client_of: ClientOf) -> None:
    client = client_of(None)
    answers = [client.post(reverse("auth-token"), {"username": "a", "password": "b"}) for _ in range(21)]
    assert [answer.status_code for answer in answers[:20]] == [401] * 20
    assert (answers[20].status_code, answers[20].json()["code"]) == (429, "throttled")
    assert int(answers[20]["Retry-After"]) > 0


def test_health_shows_registered_facts(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(health._facts, "isolation", lambda: "level 3")
    answer = client_of(None).get(reverse("health")).json()
    assert (answer["status"], answer["version"], answer["isolation"]) == ("ok", "0.1.0", "level 3")


def test_readiness_names_what_is_missing(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client_of(None).get(reverse("ready")).json()["checks"]["database"] == {"ok": True, "detail": ""}
    monkeypatch.setitem(health._checks, "redis", lambda: health.Health(ok=False, detail="Start Redis."))
    answer = client_of(None).get(reverse("ready"))
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["checks"]["redis"] == {"ok": False, "detail": "Start Redis."}


def test_the_offline_engine_makes_a_plan_that_passes_the_checks(client_of: ClientOf, dispatched: Dispatched) -> None:
    accepted = client_of(UserFactory()).post(reverse("masterplans"), {"request": REQUEST}).json()
    walk_discovery(uuid.UUID(accepted["discovery"]))
    plan = MasterPlan.objects.get(discovery_id=accepted["discovery"])
    assert plan.status == "draft"
    assert plan.total_tasks >= 25
    assert {entity["name"] for entity in plan.entities} >= {"Task", "User", "Comment"}
    assert (plan.estimated_cost, plan.generation_cost) == (Decimal(0), Decimal(0))
