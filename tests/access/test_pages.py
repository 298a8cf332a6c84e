"""Every page and every button, found from the addresses: who gets what. It fails when one has no row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from execution.live import urls
from tests.access import making
from tests.access.people import PEOPLE, Answers, everybody, owner_of, person, traces, undone
from tests.factories import REQUEST

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Row:
    """A page or button and its answers; nobody is led to the login."""

    name: str
    method: str
    make: Callable[[Path], Any] | None
    answers: Answers
    body: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    """The key that comes first in the address, such as that of the plan."""
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.method, self.name, *self.more])

    def address(self, item: Any) -> str:
        own = [] if item is None else [getattr(item, self.parent), item.pk] if self.parent else [item.pk]
        return reverse(self.name, args=[*own, *self.more])


PAGE = Answers(owner=200, stranger=404, staff=200, nobody=302)
HOME = everybody(200, nobody=302)
BUTTON = Answers(owner=302, stranger=404, staff=403, nobody=302)
ENTRY = everybody(302, nobody=302)
LOGIN = everybody(302, nobody=200)

TABLE = [
    Row("login", "get", None, LOGIN),
    Row("login", "post", None, LOGIN, body={"username": "a", "password": "b"}),
    Row("logout", "post", None, ENTRY),
    Row("plans", "get", None, HOME),
    Row("plan-list", "get", None, HOME),
    Row("ask", "get", None, ENTRY),
    Row("ask", "post", None, ENTRY, body={"request": REQUEST}),
    Row("chats", "get", None, HOME),
    Row("chats", "post", None, ENTRY, body={"content": "Hello"}),
    Row("chat-page", "get", making.conversation, PAGE),
    Row("chat-state", "get", making.conversation, PAGE),
    Row("chat-earlier", "get", making.message, PAGE, parent="conversation_id"),
    Row("discovery-page", "get", making.discovery("awaiting_answers"), PAGE),
    Row("discovery-state", "get", making.discovery("awaiting_answers"), PAGE),
    Row("discovery-step", "post", making.discovery("awaiting_answers"), BUTTON, more=("answer",)),
    Row("discovery-step", "post", making.discovery("awaiting_answers"), BUTTON, more=("defaults",)),
    Row("discovery-step", "post", making.discovery("awaiting_validation"), BUTTON, more=("confirm",)),
    Row("discovery-step", "post", making.discovery("validated"), BUTTON, more=("plan",)),
    Row("discovery-step", "post", making.discovery("in_progress"), BUTTON, more=("retry",)),
    Row("discovery-step", "post", making.discovery("in_progress"), BUTTON, more=("cancel",)),
    Row("plan-page", "get", making.plan, PAGE),
    Row("plan-state", "get", making.plan, PAGE),
    Row("plan-control", "post", making.draft, BUTTON, more=("approve",)),
    Row("plan-control", "post", making.draft, BUTTON, more=("approve_and_build",)),
    Row("plan-control", "post", making.approved, BUTTON, more=("execute",)),
    Row("plan-control", "post", making.plan, BUTTON, more=("pause",)),
    Row("plan-control", "post", making.paused, BUTTON, more=("resume",)),
    Row("plan-control", "post", making.plan, BUTTON, more=("cancel",)),
    Row("atom-panel", "get", making.atom, PAGE, parent="plan_id"),
    Row("page-atom-retry", "post", making.atom, BUTTON, parent="plan_id"),
    Row("graph-layout", "get", making.graph, PAGE, parent="plan_id"),
    Row("task-panel", "get", making.task, PAGE, parent="plan_id"),
    Row("page-task-retry", "post", making.failed_task, BUTTON, parent="plan_id"),
    Row("page-task-skip", "post", making.task, BUTTON, parent="plan_id"),
    Row("choose-proposal", "post", making.failure, BUTTON, parent="plan_id", body={"proposal": "0"}),
]


def test_every_page_has_a_row() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == {row.name for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_table_of_pages_holds(row: Row, tmp_path: Path) -> None:
    item = row.make(tmp_path) if row.make else None
    owner = owner_of(item)
    for who in PEOPLE:
        with undone():
            check(row, who, item=item, user=person(who, owner=owner))


def check(row: Row, who: str, *, item: Any, user: User | None) -> None:
    before = traces(item)
    client = Client()
    if user is not None:
        client.force_login(user)
    answer = getattr(client, row.method)(row.address(item), row.body)
    expected = row.answers.to(who)
    assert answer.status_code == expected, (who, answer.content)
    if user is None and expected == 302:
        assert answer["Location"].startswith("/login/")
    if user is None or expected >= 400:
        assert traces(item) == before, f"{who} was refused, and yet something was done"
