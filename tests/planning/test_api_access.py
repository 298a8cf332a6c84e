"""Who may do what: one table. It fails when an endpoint of planning has no row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from planning.api import urls
from planning.models import Conversation, DiscoveryDocument, MasterPlan, Task, Workspace
from planning.steps import Step
from tests.factories import (
    REQUEST,
    ConversationFactory,
    DiscoveryFactory,
    DiscoveryQuestionFactory,
    StaffFactory,
    UserFactory,
    WorkspaceFactory,
    make_plan,
)
from tests.unit.planning.test_plan_edits import NEW

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls")]

METHODS = ["get", "post", "put", "patch", "delete"]


def workspace(**fields: Any) -> Workspace:
    row: Workspace = WorkspaceFactory(**fields)
    return row


def conversation() -> Conversation:
    row: Conversation = ConversationFactory()
    return row


def discovery(status: str) -> Callable[[], DiscoveryDocument]:
    def make() -> DiscoveryDocument:
        row: DiscoveryDocument = DiscoveryFactory(status=status)
        DiscoveryQuestionFactory(discovery=row, key="users")
        return row

    return make


def plan() -> MasterPlan:
    return make_plan()


def task() -> Task:
    return Task.objects.select_related("plan").filter(plan=make_plan()).earliest("number")


def last_task() -> Task:
    return Task.objects.select_related("plan").filter(plan=make_plan()).latest("number")


@dataclass(frozen=True)
class Row:
    """An endpoint and method; what it is about; the answer to owner, stranger, staff who is not the owner, nobody."""

    name: str
    method: str
    make: Callable[[], Any] | None
    owner: int
    stranger: int
    staff: int
    nobody: int = 401
    body: dict[str, Any] = field(default_factory=dict)
    more: tuple[Any, ...] = ()


READ: dict[str, Any] = {"owner": 200, "stranger": 404, "staff": 200}
LIST: dict[str, Any] = {"owner": 200, "stranger": 200, "staff": 200}
CHANGE: dict[str, Any] = {"owner": 200, "stranger": 404, "staff": 403}
START: dict[str, Any] = {"owner": 202, "stranger": 404, "staff": 403}
MAKE: dict[str, Any] = {"owner": 201, "stranger": 201, "staff": 201}
OPEN: dict[str, Any] = {"owner": 200, "stranger": 200, "staff": 200, "nobody": 200}

TABLE = [
    Row("auth-token", "post", None, owner=401, stranger=401, staff=401, body={"username": "a", "password": "b"}),
    Row("health", "get", None, **OPEN),
    Row("ready", "get", None, **OPEN),
    Row("workspaces", "get", None, **LIST),
    Row("workspaces", "post", None, **MAKE, body={"name": "Shop"}),
    Row("workspace", "get", workspace, **READ),
    Row("workspace", "patch", workspace, **CHANGE, body={"name": "Shop"}),
    Row("workspace", "delete", workspace, owner=204, stranger=404, staff=403),
    Row("conversations", "get", None, **LIST),
    Row("conversations", "post", None, **MAKE),
    Row("conversation", "get", conversation, **READ),
    Row("conversation-messages", "get", conversation, **READ),
    Row("conversation-messages", "post", conversation, 201, 404, 403, body={"content": "/help"}),
    Row("conversation-events", "get", conversation, **READ),
    Row("discoveries", "get", None, **LIST),
    Row("discoveries", "post", None, 202, 202, 202, body={"request": REQUEST}),
    Row("discovery", "get", discovery("in_progress"), **READ),
    Row("discovery", "patch", discovery("awaiting_validation"), **CHANGE, body={"expected_volume": "small"}),
    Row("discovery-answers", "post", discovery("awaiting_answers"), **START, body={"answers": {"users": "all"}}),
    Row("discovery-validate", "post", discovery("awaiting_validation"), **CHANGE),
    Row("discovery-cancel", "post", discovery("in_progress"), **CHANGE),
    Row("discovery-retry", "post", discovery("in_progress"), **START),
    Row("masterplans", "get", None, **LIST),
    Row("masterplans", "post", None, 202, 202, 202, body={"request": REQUEST}),
    Row("masterplan", "get", plan, **READ),
    Row("masterplan", "patch", plan, **CHANGE, body={"description": "Better"}),
    Row("masterplan-approve", "post", plan, **CHANGE),
    Row("masterplan-reject", "post", plan, **CHANGE, body={"reason": "Too large"}),
    Row("masterplan-progress", "get", plan, **READ),
    Row("masterplan-executable-tasks", "get", plan, **READ),
    Row("masterplan-history", "get", plan, **READ),
    Row("masterplan-versions", "get", plan, **READ),
    Row("masterplan-version", "get", plan, **READ, more=(1,)),
    Row("masterplan-events", "get", plan, **READ),
    Row("task", "get", task, **READ),
    Row("task", "patch", task, **CHANGE, body={"title": "Better"}),
    Row("task", "delete", last_task, 204, 404, 403),
    Row("task-move", "post", task, **CHANGE, body={"milestone": "milestone_02_01"}),
    Row("masterplan-tasks", "post", plan, 201, 404, 403, body={**NEW, "milestone": "milestone_01_01"}),
    Row("masterplan-version-diff", "get", plan, **READ, more=(1, 1)),
    Row("masterplan-version-restore", "post", plan, **CHANGE, more=(1,)),
]


def test_every_endpoint_and_method_has_a_row() -> None:
    offered = set()
    for pattern in urls.urlpatterns:
        view = cast("Any", pattern.callback).view_class
        offered |= {(pattern.name, method) for method in METHODS if hasattr(view, method)}
    assert offered == {(row.name, row.method) for row in TABLE}


@pytest.mark.parametrize("who", ["owner", "stranger", "staff", "nobody", "superuser"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.name}")
def test_the_table_holds(
    row: Row, who: str, client_of: Callable[[User | None], APIClient], dispatched: list[tuple[Any, Step]]
) -> None:
    item = row.make() if row.make else None
    owner = getattr(item, "owner", None) or (item.plan.owner if item else UserFactory())
    people: dict[str, User | None] = {
        "owner": owner,
        "stranger": UserFactory(),
        "staff": StaffFactory(),
        "superuser": StaffFactory(is_superuser=True),
        "nobody": None,
    }
    address = reverse(row.name, args=[item.pk, *row.more] if item else [])

    answer = getattr(client_of(people[who]), row.method)(address, row.body or None)

    expected = row.owner if who == "superuser" else getattr(row, who)
    assert answer.status_code == expected, answer.content
    if expected >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == expected
    if expected == 401 and row.name != "auth-token":
        assert answer["WWW-Authenticate"].startswith("Token")


@pytest.mark.parametrize("name", ["workspaces", "conversations", "discoveries", "masterplans"])
def test_lists_show_ones_own_and_staff_see_all(name: str, client_of: Callable[[User | None], APIClient]) -> None:
    mine, other = make_plan(), make_plan()
    rows = {"workspaces": "workspace", "conversations": "conversation", "discoveries": "discovery"}

    def ids(user: User) -> set[str]:
        return {row["id"] for row in client_of(user).get(reverse(name)).json()["results"]}

    def item(plan: MasterPlan) -> str:
        return str(getattr(plan, f"{rows[name]}_id") if name in rows else plan.pk)

    assert ids(mine.owner) == {item(mine)}
    assert ids(StaffFactory()) == {item(mine), item(other)}
    assert ids(UserFactory()) == set()
