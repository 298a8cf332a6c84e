"""Every action of the socket, found from its registry: who gets what. It fails when one has no row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser, User
from django.db import connections

from common.errors import DevMatrixError
from execution.live.socket.actions import JOINS, PERFORMED, perform
from execution.live.socket.messages import ClientMessage
from tests.access import making
from tests.access.people import CHANGE, LIST, PEOPLE, READ, Answers, owner_of, person, traces, undone
from tests.live.test_socket import Peer

REQUEST = "Create a REST API for tasks with users and comments"


@dataclass(frozen=True)
class Row:
    """An action, the row it is about, and the answers: 200 for one that is done, else the status of the problem."""

    action: str
    make: Callable[[Path], Any] | None
    answers: Answers
    names: str = "masterplan_id"
    """The field of the message that names the row."""
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.action

    def message(self, item: Any) -> ClientMessage:
        own = {self.names: str(item.pk)} if item is not None else {}
        return ClientMessage.model_validate({"action": self.action, **own, **self.fields})


TABLE = [
    Row("join_masterplan", making.plan, READ),
    Row("join_chat", making.conversation, READ, "conversation_id"),
    Row("send_message", making.conversation, CHANGE, "conversation_id", {"content": "/help"}),
    Row("start_discovery", None, LIST, fields={"content": REQUEST}),
    Row("start_discovery", making.conversation, CHANGE, "conversation_id", {"content": REQUEST}),
    Row(
        "answer_discovery",
        making.discovery("awaiting_answers"),
        CHANGE,
        "discovery_id",
        {"answers": {"users": "all"}},
    ),
    Row("validate_discovery", making.discovery("awaiting_validation"), CHANGE, "discovery_id"),
    Row("get_masterplan", making.plan, READ),
    Row("get_masterplan_versions", making.draft, READ),
    Row("approve_masterplan", making.draft, CHANGE),
    Row("reject_masterplan", making.draft, CHANGE, fields={"reason": "Too large"}),
    Row("execute_masterplan", making.approved, CHANGE),
    Row("pause_execution", making.plan, CHANGE),
    Row("resume_execution", making.paused, CHANGE),
    Row("cancel_execution", making.plan, CHANGE, fields={"reason": "enough"}),
    Row("request_modification", making.plan, CHANGE, fields={"content": "Tasks have a color."}),
    *[
        Row("decide_modification", make, CHANGE, "modification_id", {"decision": decision, "content": "Later."})
        for decision, make in (
            ("approve", making.analysed_modification),
            ("reject", making.modification),
            ("adjust", making.modification),
        )
    ],
    Row("export_masterplan_to_jira", making.plan, CHANGE, fields={"format": "csv"}),
]


def test_every_action_has_a_row() -> None:
    assert {*PERFORMED, *JOINS} == {row.action for row in TABLE}


def status_of(user: User, message: ClientMessage) -> int:
    try:
        JOINS[message.action](user, message) if message.action in JOINS else perform(user, message)
    except DevMatrixError as error:
        return error.status
    return 200


@pytest.mark.django_db
@pytest.mark.parametrize("row", TABLE, ids=str)
def test_the_table_of_actions_holds(row: Row, tmp_path: Path) -> None:
    item = row.make(tmp_path) if row.make else None
    owner = owner_of(item)
    for who in PEOPLE:
        with undone():
            if user := person(who, owner=owner):
                before = traces(item)
                assert status_of(user, row.message(item)) == row.answers.to(who), who
                assert row.answers.to(who) == 200 or traces(item) == before, f"{who} was refused, and yet it was done"


@pytest.mark.django_db(transaction=True)
async def test_nobody_does_any_of_it(tmp_path: Path) -> None:
    plan = await sync_to_async(making.draft)(tmp_path)
    before = await sync_to_async(traces)(plan)
    async with Peer(AnonymousUser()) as peer:
        for row in TABLE:
            reply = await peer.ask(row.action, **{row.names: str(plan.pk)}, **row.fields)
            assert (reply["ok"], reply["error"]["status"]) == (False, row.answers.nobody), row.action
    assert await sync_to_async(traces)(plan) == before
    await sync_to_async(connections.close_all)()
