"""Every endpoint of the API, found from the addresses: who gets what. It fails when one has no row."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from tests.access import making
from tests.access.people import (
    ADD,
    CHANGE,
    DECIDE,
    LIST,
    MAKE,
    OPEN,
    PEOPLE,
    READ,
    REMOVE,
    START,
    Answers,
    everybody,
    owner_of,
    person,
    traces,
    undone,
)
from tests.factories import REQUEST, StaffFactory
from tests.review.conftest import FakeExecution
from tests.unit.planning.test_plan_edits import NEW

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
Body = dict[str, Any] | Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """A method of an endpoint, the row it is about, and the answers."""

    name: str
    method: str
    make: Callable[[Path], Any] | None
    answers: Answers
    body: Body = field(default_factory=dict)
    more: tuple[Any, ...] = ()
    about: str = "pk"
    """The attribute of the row that is in the address; empty where the body names it."""

    def __str__(self) -> str:
        return f"{self.method} {self.name}"

    def address(self, item: Any) -> str:
        own = [getattr(item, self.about)] if item is not None and self.about else []
        return reverse(self.name, args=[*own, *self.more])

    def send(self, client: APIClient, item: Any) -> Any:
        body = self.body(item) if callable(self.body) else self.body
        if self.method == "get":
            return client.get(self.address(item), body)
        return getattr(client, self.method)(self.address(item), body, format="json")


def the_review(**more: Any) -> Callable[[Any], dict[str, Any]]:
    return lambda item: {"review": str(item.pk), **more}


BULK = Answers(owner=403, reviewer=200, stranger=403, reviewing_stranger=404, staff=200, superuser=200)
ADMINISTRATORS = Answers(owner=403, stranger=403, staff=403, superuser=200)
LIMITS = Answers(owner=403, stranger=404, staff=200, superuser=200)

TABLE = [
    Row("schema", "get", None, OPEN),
    Row("docs", "get", None, OPEN),
    Row("auth-token", "post", None, everybody(401), body={"username": "a", "password": "b"}),
    Row("health", "get", None, OPEN),
    Row("ready", "get", None, OPEN),
    Row("workspaces", "get", None, LIST),
    Row("workspaces", "post", None, MAKE, body={"name": "Shop"}),
    Row("workspace", "get", making.workspace, READ),
    Row("workspace", "patch", making.workspace, CHANGE, body={"name": "Shop"}),
    Row("workspace", "delete", making.workspace, REMOVE),
    Row("conversations", "get", None, LIST),
    Row("conversations", "post", None, MAKE),
    Row("conversation", "get", making.conversation, READ),
    Row("conversation-messages", "get", making.conversation, READ),
    Row("conversation-messages", "post", making.conversation, ADD, body={"content": "/help"}),
    Row("conversation-events", "get", making.conversation, READ),
    Row("discoveries", "get", None, LIST),
    Row("discoveries", "post", None, everybody(202), body={"request": REQUEST}),
    Row("discovery", "get", making.discovery("in_progress"), READ),
    Row("discovery", "patch", making.discovery("awaiting_validation"), CHANGE, body={"expected_volume": "small"}),
    Row("discovery-answers", "post", making.discovery("awaiting_answers"), START, body={"answers": {"users": "all"}}),
    Row("discovery-validate", "post", making.discovery("awaiting_validation"), CHANGE),
    Row("discovery-cancel", "post", making.discovery("in_progress"), CHANGE),
    Row("discovery-retry", "post", making.discovery("in_progress"), START),
    Row("masterplans", "get", None, LIST),
    Row("masterplans", "post", None, everybody(202), body={"request": REQUEST}),
    Row("masterplan", "get", making.draft, READ),
    Row("masterplan", "patch", making.draft, CHANGE, body={"description": "Better"}),
    Row("masterplan-approve", "post", making.draft, CHANGE),
    Row("masterplan-approve", "post", making.draft, START, body={"execute": True}),
    Row("masterplan-reject", "post", making.draft, CHANGE, body={"reason": "Too large"}),
    Row("masterplan-execute", "post", making.approved, START),
    Row("masterplan-pause", "post", making.plan, CHANGE),
    Row("masterplan-resume", "post", making.paused, START),
    Row("masterplan-cancel", "post", making.plan, CHANGE, body={"reason": "enough"}),
    Row("masterplan-progress", "get", making.plan, READ),
    Row("masterplan-executable-tasks", "get", making.draft, READ),
    Row("masterplan-history", "get", making.draft, READ),
    Row("masterplan-snapshots", "get", making.paused, READ),
    Row("masterplan-events", "get", making.draft, READ),
    Row("masterplan-cost", "get", making.plan, READ),
    Row("masterplan-cost-limit", "put", making.plan, LIMITS, body={"soft": "60", "hard": "120"}),
    Row("masterplan-report", "get", making.plan, everybody(404)),
    Row("masterplan-versions", "get", making.draft, READ),
    Row("masterplan-version", "get", making.draft, READ, more=(1,)),
    Row("masterplan-version-diff", "get", making.draft, READ, more=(1, 1)),
    Row("masterplan-version-restore", "post", making.draft, CHANGE, more=(1,)),
    Row("masterplan-version-restore", "post", making.changed_since, START, more=(1,)),
    Row("masterplan-download", "get", making.plan, READ),
    Row("masterplan-export", "get", making.paused, READ),
    Row("masterplan-export", "get", making.plan, Answers(owner=409, stranger=404, staff=409)),
    Row("masterplan-files", "get", making.plan, READ),
    Row("masterplan-file", "get", making.plan, READ, more=("app/a.py",)),
    Row("masterplan-jira", "get", making.draft, READ),
    Row("masterplan-jira", "post", making.draft, START, body={"format": "csv"}),
    Row("masterplan-jira-csv", "get", making.draft, READ),
    Row("masterplan-tasks", "post", making.draft, ADD, body={**NEW, "milestone": "milestone_01_01"}),
    Row("task", "get", making.first_task, READ),
    Row("task", "patch", making.first_task, CHANGE, body={"title": "Better"}),
    Row("task", "delete", making.last_task, REMOVE),
    Row("task-move", "post", making.first_task, CHANGE, body={"milestone": "milestone_02_01"}),
    Row("masterplan-modifications", "get", making.plan, READ),
    Row("masterplan-modifications", "post", making.plan, START, body={"requirement": "Tasks have a color."}),
    Row("modification", "get", making.modification, READ),
    Row("modification-approve", "post", making.analysed_modification, START),
    Row("modification-reject", "post", making.modification, CHANGE, body={"reason": "Later."}),
    Row("modification-adjust", "post", making.modification, START, body={"adjustment": "And a size."}),
    Row("task-retry", "post", making.failed_task, START, body={"hint": "try a list"}),
    Row("task-skip", "post", making.task, CHANGE, body={"reason": "not needed"}),
    Row("task-fix", "post", making.undrafted_task, START, body={"files": making.CODE_BY_HAND}),
    Row("task-attempts", "get", making.task, READ),
    Row("task-dod", "get", making.task, READ),
    Row("acceptance-tests", "get", None, LIST),
    Row("acceptance-test", "get", making.acceptance_test, READ),
    Row("acceptance-test", "put", making.acceptance_test, CHANGE, body={"requirement": "A", "node_id": "t.py::t"}),
    Row("acceptance-test", "delete", making.acceptance_test, REMOVE),
    Row("acceptance-generate", "post", making.plan, START),
    Row("acceptance-run", "post", making.plan, START),
    Row("acceptance-run-wave", "post", making.wave, START),
    Row("acceptance-results", "get", making.plan, READ),
    Row("gate", "get", making.plan, READ),
    Row("gate-override", "post", making.gated, LIMITS, body={"reason": "The criterion was wrong."}),
    Row("validate-atom", "post", making.atom, START, about="", body=lambda item: {"atom": str(item.pk)}),
    Row("validate-module", "post", making.task, START, about="", body=lambda item: {"task": str(item.pk)}),
    Row("validate-component", "post", making.milestone, START, about="", body=lambda item: {"milestone": str(item.pk)}),
    Row("validate-system", "post", making.plan, START, about="", body=lambda item: {"masterplan_id": str(item.pk)}),
    Row("validate-all", "post", making.plan, START, about="", body=lambda item: {"masterplan_id": str(item.pk)}),
    Row("validation-results", "get", making.atom, READ),
    Row("validation-plan", "get", making.plan, READ),
    Row("failure", "get", making.failure, READ),
    Row("failure-choose", "post", making.failure, START, body={"proposal": 0}),
    Row("atoms", "get", None, LIST),
    Row("atom", "get", making.atom, READ),
    Row("atom-attempts", "get", making.atom, READ),
    Row("atom-retry", "post", making.atom, START, body={"hint": "try a list"}),
    Row("graph", "get", making.graph, READ),
    Row("graph-waves", "get", making.graph, READ),
    Row("graph-visualize", "get", making.graph, READ),
    Row("execution-start", "post", making.approved, START, about="", body=lambda item: {"masterplan_id": str(item.pk)}),
    Row("execution-status", "get", making.plan, READ),
    Row("execution-waves", "post", making.plan, READ, about="", body=lambda item: {"masterplan_id": str(item.pk)}),
    Row("wave-execute", "post", making.wave, START),
    Row("wave-retry", "post", making.wave, START, body={"hint": "try a list"}),
    Row("metrics-json", "get", None, Answers(owner=403, stranger=403, staff=200, superuser=200)),
    Row("flags", "get", None, ADMINISTRATORS),
    Row("flags", "patch", None, ADMINISTRATORS, body={"flags": {"FF_V2_PERCENTAGE": 50}}),
    # No test of this module has a vector store; what each finds is in test_memory_api.py.
    Row("memory-search", "get", None, everybody(503), body={"q": "orders"}),
    Row("memory-stats", "get", None, LIST),
    Row("review:queue", "get", None, LIST),
    Row("review:detail", "get", making.review, READ),
    Row("review:statistics", "get", making.review, READ, about="plan_id"),
    Row("review:approve", "post", making.review, DECIDE, about="", body=the_review()),
    Row("review:reject", "post", making.review, DECIDE, about="", body=the_review(reason="No.")),
    # Nothing was decided yet: who may decide is told so.
    Row(
        "review:undo",
        "post",
        making.review,
        Answers(owner=403, reviewer=409, stranger=404, staff=409, superuser=409),
        about="",
        body=the_review(),
    ),
    Row("review:edit", "post", making.review, DECIDE, about="", body=the_review(code="x = 1\n")),
    Row("review:assign", "post", making.review, DECIDE, about="", body=the_review()),
    Row("review:release", "post", making.review, DECIDE, about="", body=the_review()),
    Row(
        "review:regenerate",
        "post",
        making.review,
        Answers(owner=403, reviewer=202, stranger=404, staff=202, superuser=202),
        about="",
        body=the_review(feedback="Again."),
    ),
    Row(
        "review:create",
        "post",
        making.review,
        Answers(owner=403, reviewer=201, stranger=404, staff=201, superuser=201),
        about="atom_id",
    ),
    Row(
        "review:bulk-create",
        "post",
        making.review,
        Answers(owner=403, reviewer=201, stranger=404, staff=201, superuser=201),
        about="plan_id",
    ),
    Row(
        "review:bulk",
        "post",
        making.review,
        BULK,
        about="",
        body=lambda item: {"decision": "approve", "ids": [str(item.pk)]},
    ),
    Row(
        "review:bulk",
        "post",
        making.review,
        BULK,
        about="",
        body=lambda item: {"decision": "approve", "filter": {"plan": str(item.plan_id)}},
    ),
]


def endpoints() -> dict[str, tuple[str, set[str]]]:
    """Address (below ``api/``, the first pattern wins) to its name and methods."""
    found: dict[str, tuple[str, set[str]]] = {}
    for address, name, pattern in _patterns(get_resolver().url_patterns):
        if address.startswith("api/") and name:
            view = cast("Any", pattern.callback).view_class
            found.setdefault(address, (name, {method for method in METHODS if hasattr(view, method)}))
    return found


def _patterns(
    patterns: list[Any], before: str = "", namespace: str = ""
) -> Iterator[tuple[str, str | None, URLPattern]]:
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _patterns(pattern.url_patterns, address, inner)
        else:
            yield address, pattern.name and namespace + pattern.name, pattern


def test_every_endpoint_and_method_has_a_row() -> None:
    offered = {(name, method) for name, methods in endpoints().values() for method in methods}
    assert len(offered) > 70, "the addresses were not found"
    assert offered == {(row.name, row.method) for row in TABLE}


def test_every_endpoint_and_method_is_described() -> None:
    described = cast("Any", SchemaGenerator)().get_schema(request=None, public=True)["paths"]
    offered = {name: methods for name, methods in endpoints().values() if name not in ("schema", "docs")}
    assert sum(len(set(METHODS) & set(calls)) for calls in described.values()) == sum(map(len, offered.values()))


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_table_of_endpoints_holds(row: Row, execution: FakeExecution, tmp_path: Path) -> None:
    item = row.make(tmp_path) if row.make else None
    owner = owner_of(item)
    for who in PEOPLE:
        cache.clear()  # nobody is throttled for what others did
        execution.calls.clear()
        with undone():
            check(row, who, item=item, user=person(who, owner=owner), calls=execution.calls)


def check(row: Row, who: str, *, item: Any, user: User | None, calls: list[Any]) -> None:
    before = traces(item)
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(user)
    answer = row.send(client, item)
    expected = row.answers.to(who)
    if answer.streaming:
        answer.getvalue()  # which closes it
    assert answer.status_code == expected, (who, getattr(answer, "content", b""))
    if expected >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == expected
        assert (traces(item), calls) == (before, []), f"{who} was refused, and yet something was done"
    if expected == 401 and row.name != "auth-token":
        assert answer["WWW-Authenticate"].startswith("Token")


@pytest.mark.parametrize("row", [row for row in TABLE if row.make and row.about], ids=str)
def test_what_does_not_exist_is_404(row: Row) -> None:
    address = reverse(row.name, args=[uuid.uuid4(), *row.more])
    client = APIClient()
    client.force_authenticate(StaffFactory(is_superuser=True))
    answer = getattr(client, row.method)(address, row.body if isinstance(row.body, dict) else {}, format="json")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
