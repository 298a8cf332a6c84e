"""Nothing that a client sends makes a 500; each refusal is a problem document with its code."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.exceptions import ParseError
from rest_framework.test import APIClient

from common.parsers import StrictJSONParser
from planning.models import DiscoveryDocument, Message
from tests.factories import (
    REQUEST,
    ConversationFactory,
    DiscoveryFactory,
    DiscoveryQuestionFactory,
    MasterPlanFactory,
    UserFactory,
    make_plan,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls"), pytest.mark.usefixtures("dispatched")]
ClientOf = Callable[[User | None], APIClient]

MIB = "a " * (512 * 1024)
CONTROL = "an API\x00 for tasks"


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.status_code == status, answer.content[:500]
    assert answer["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"urn:devmatrix:problem:{code}"
    assert document["detail"]
    return document


@pytest.mark.parametrize("name", ["discoveries", "masterplans"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"request": ""}, 400, "request_not_usable"),
        ({"request": " \n\t "}, 400, "request_not_usable"),
        ({"request": "?!"}, 400, "request_not_usable"),
        ({"request": CONTROL}, 400, "invalid_input"),
        ({"request": "an API \x1b[31m"}, 400, "invalid_input"),
        ({"request": "an API \ud800"}, 400, "invalid_input"),
        ({"request": MIB}, 413, "too_large"),
        ({}, 400, "invalid_input"),
        ({"request": None}, 400, "invalid_input"),
        ({"request": ["a"]}, 400, "invalid_input"),
        ({"request": {"a": 1}}, 400, "invalid_input"),
        ({"request": REQUEST, "stack": "cobol"}, 400, "invalid_input"),
        ({"request": REQUEST, "stack": ["fastapi"]}, 400, "invalid_input"),
        ({"request": REQUEST, "execution_mode": 3}, 400, "invalid_input"),
        ({"request": REQUEST, "workspace": "here"}, 400, "invalid_input"),
        ({"request": REQUEST, "workspace": str(uuid.uuid4())}, 404, "not_found"),
        ({"request": REQUEST, "engine_options": 3}, 400, "invalid_input"),
        ({"request": REQUEST, "engine_options": {"fault_rate": 2}}, 400, "invalid_input"),
        ({"request": REQUEST, "engine_options": {"fault_rate": "NaN"}}, 400, "invalid_input"),
        ({"request": REQUEST, "engine_options": {"seed": -1}}, 400, "invalid_input"),
        ([], 400, "invalid_input"),
        ("text", 400, "invalid_input"),
        (None, 400, "invalid_input"),
        (3, 400, "invalid_input"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_request_to_build_is_refused(name: str, body: Any, status: int, code: str, client_of: ClientOf) -> None:
    answer = client_of(UserFactory()).post(reverse(name), json.dumps(body), content_type="application/json")
    refused(answer, status, code)
    assert not DiscoveryDocument.objects.exists()


def test_the_limit_of_a_request_is_named(client_of: ClientOf) -> None:
    document = refused(client_of(UserFactory()).post(reverse("masterplans"), {"request": MIB}), 413, "too_large")
    assert document["detail"] == "The request has 1048576 characters; at most 20000 are read."
    assert document["limit"] == 20_000


@pytest.mark.parametrize("raw", ["{", "{'a': 1}", "\x00", '{"request": "a', b"\xff\xfe"])
def test_malformed_json_is_refused(raw: str | bytes, client_of: ClientOf) -> None:
    answer = client_of(UserFactory()).post(reverse("masterplans"), raw, content_type="application/json")
    refused(answer, 400, "parse_error")


def test_json_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ParseError, match="nested too deeply"):
        StrictJSONParser().parse(BytesIO(b"[" * 5000))


def test_another_content_type_is_refused(client_of: ClientOf) -> None:
    answer = client_of(UserFactory()).post(reverse("masterplans"), "request=x", content_type="text/plain")
    refused(answer, 415, "unsupported_media_type")


def test_a_method_that_is_not_offered_is_refused(client_of: ClientOf) -> None:
    refused(client_of(UserFactory()).put(reverse("masterplans"), {}), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "name",
    [
        "workspace",
        "conversation",
        "conversation-messages",
        "conversation-events",
        "discovery",
        "masterplan",
        "masterplan-progress",
        "masterplan-executable-tasks",
        "masterplan-history",
        "masterplan-versions",
        "masterplan-events",
        "task",
    ],
)
def test_an_unknown_id_is_not_found(name: str, client_of: ClientOf) -> None:
    refused(client_of(UserFactory()).get(reverse(name, args=[uuid.uuid4()])), 404, "not_found")


@pytest.mark.parametrize("number", [0, 2, 10**18, 10**30])
def test_an_unknown_version_is_not_found(number: int, client_of: ClientOf) -> None:
    plan = make_plan()
    answer = client_of(plan.owner).get(reverse("masterplan-version", args=[plan.pk, number]))
    refused(answer, 404, "not_found")


def test_a_plan_comes_from_a_request_or_a_discovery_not_both(client_of: ClientOf) -> None:
    discovery = DiscoveryFactory(status="validated")
    body = {"request": REQUEST, "discovery": str(discovery.pk)}
    document = refused(client_of(discovery.owner).post(reverse("masterplans"), body), 400, "invalid_input")
    assert document["errors"] == {"non_field_errors": ["Send either a discovery or a request."]}


@pytest.mark.parametrize(
    ("answers", "status", "code"),
    [
        ({}, 400, "invalid_input"),
        ({"answers": {}}, 400, "invalid_input"),
        ({"answers": {"colour": "red"}}, 400, "invalid_input"),
        ({"answers": {"users": ""}}, 400, "invalid_input"),
        ({"answers": {"users": CONTROL}}, 400, "invalid_input"),
        ({"answers": {"users": MIB}}, 400, "invalid_input"),
        ({"answers": ["users"]}, 400, "invalid_input"),
        ({"answers": {"users": {"a": 1}}}, 400, "invalid_input"),
        ({"defaults": "perhaps"}, 400, "invalid_input"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_bad_answers_are_refused(answers: Any, status: int, code: str, client_of: ClientOf) -> None:
    discovery = DiscoveryFactory(status="awaiting_answers")
    DiscoveryQuestionFactory(discovery=discovery, key="users")
    answer = client_of(discovery.owner).post(reverse("discovery-answers", args=[discovery.pk]), answers)
    refused(answer, status, code)


@pytest.mark.parametrize(
    "changes",
    [{}, {"entities": []}, {"entities": "Task"}, {"business_domain": []}, {"domain_events": [{"a": 1}]}, {"colour": 1}],
    ids=str,
)
def test_bad_changes_of_the_domain_model_are_refused(changes: Any, client_of: ClientOf) -> None:
    discovery = DiscoveryFactory(status="awaiting_validation")
    refused(client_of(discovery.owner).patch(reverse("discovery", args=[discovery.pk]), changes), 400, "invalid_input")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({}, 400, "invalid_input"),
        ({"rating": 6}, 400, "invalid_input"),
        ({"rating": "good"}, 400, "invalid_input"),
        ({"project_name": ""}, 400, "invalid_input"),
        ({"project_name": "a" * 121}, 400, "invalid_input"),
        ({"project_name": CONTROL}, 400, "invalid_input"),
        ({"conventions": "none"}, 400, "invalid_input"),
        ({"conventions": [CONTROL]}, 400, "invalid_input"),
        ({"status": "approved"}, 400, "invalid_input"),
        ({"execution_mode": "fast"}, 400, "invalid_input"),
    ],
    ids=str,
)
def test_bad_changes_of_a_plan_are_refused(changes: Any, status: int, code: str, client_of: ClientOf) -> None:
    plan = make_plan()
    refused(client_of(plan.owner).patch(reverse("masterplan", args=[plan.pk]), changes), status, code)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"priority": "urgent"},
        {"estimated_minutes": 0},
        {"estimated_minutes": 10**12},
        {"labels": "x"},
        {"title": ""},
    ],
    ids=str,
)
def test_bad_changes_of_a_task_are_refused(changes: Any, client_of: ClientOf) -> None:
    task = make_plan().tasks.earliest("number")
    answer = client_of(task.plan.owner).patch(reverse("task", args=[task.pk]), changes)
    refused(answer, 400, "invalid_input")


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": "a" * 2001}, {"reason": CONTROL}, {"reason": []}],
    ids=lambda value: str(value)[:40],
)
def test_a_rejection_needs_a_reason(body: Any, client_of: ClientOf) -> None:
    plan = make_plan()
    refused(client_of(plan.owner).post(reverse("masterplan-reject", args=[plan.pk]), body), 400, "invalid_input")


@pytest.mark.parametrize("since", ["-1", "x", "1.5", "٣", "9" * 20, "", "0x1"])
def test_since_is_a_whole_number(since: str, client_of: ClientOf) -> None:
    conversation = ConversationFactory()
    address = reverse("conversation-events", args=[conversation.pk])
    refused(client_of(conversation.owner).get(address, {"since": since}), 400, "invalid_input")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"status": "unknown"}, 400),
        ({"workspace": "x"}, 400),
        ({"created_after": "yesterday"}, 400),
        ({"page": "0"}, 404),
        ({"page": "x"}, 404),
        ({"page_size": "x"}, 200),
        ({"ordering": "password"}, 200),
        ({"search": "\x00"}, 400),
        ({"search": "%_'\""}, 200),
    ],
    ids=str,
)
def test_bad_filters_are_told_or_ignored(query: dict[str, str], status: int, client_of: ClientOf) -> None:
    assert client_of(UserFactory()).get(reverse("masterplans"), query).status_code == status


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        ("", 400, "invalid_input"),
        (CONTROL, 400, "invalid_input"),
        (MIB, 413, "too_large"),
        ({"a": 1}, 400, "invalid_input"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_bad_messages_are_refused(content: Any, status: int, code: str, client_of: ClientOf) -> None:
    conversation = ConversationFactory()
    address = reverse("conversation-messages", args=[conversation.pk])
    refused(client_of(conversation.owner).post(address, {"content": content}), status, code)
    assert not Message.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", CONTROL, "a" * 121, None, ["a"]], ids=lambda value: str(value)[:30])
def test_bad_names_of_workspaces_are_refused(name: Any, client_of: ClientOf) -> None:
    answer = client_of(UserFactory()).post(reverse("workspaces"), {"name": name})
    refused(answer, 400, "invalid_input")


def test_a_workspace_of_another_is_not_found_when_planning(client_of: ClientOf) -> None:
    other = MasterPlanFactory().workspace
    body = {"request": REQUEST, "workspace": str(other.pk)}
    refused(client_of(UserFactory()).post(reverse("masterplans"), body), 404, "not_found")


def test_a_busy_workspace_is_a_conflict_that_names_the_plan(client_of: ClientOf) -> None:
    plan = MasterPlanFactory(project_name="Old shop")
    body = {"request": REQUEST, "workspace": str(plan.workspace_id)}
    document = refused(client_of(plan.owner).post(reverse("masterplans"), body), 409, "workspace_busy")
    assert document["masterplan"] == str(plan.pk)
    assert "Old shop" in document["detail"]


@pytest.mark.parametrize(
    "status", ["approved", "in_progress", "paused", "completed", "failed", "rejected", "cancelled"]
)
@pytest.mark.parametrize("name", ["masterplan-approve", "masterplan-reject"])
def test_a_wrong_transition_names_the_status_and_the_legal_ones(name: str, status: str, client_of: ClientOf) -> None:
    plan = MasterPlanFactory(status=status)
    answer = client_of(plan.owner).post(reverse(name, args=[plan.pk]), {"reason": "no"})
    document = refused(answer, 409, "transition_conflict")
    assert document["current"] == status
    assert document["legal"] == plan.machine.targets(status)


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"username": "a"},
        {"username": "a\x00", "password": "b"},
        {"username": "a" * 151, "password": "b"},
        {"username": [], "password": {}},
    ],
    ids=str,
)
def test_bad_credentials_are_refused(credentials: Any, client_of: ClientOf) -> None:
    refused(client_of(None).post(reverse("auth-token"), credentials), 400, "invalid_input")
