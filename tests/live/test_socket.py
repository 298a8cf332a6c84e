"""The socket: who may join, what is sent, what is answered, and when it closes."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import AnonymousUser, User
from django.db import connections
from django.test import Client
from knox.models import AuthToken

from common.models import PlanEvent
from devmatrix_project.asgi import application
from execution.live.routing import websocket_urlpatterns
from execution.live.socket import consumer as consumers
from execution.live.socket import sharing
from execution.live.socket.consumer import LiveConsumer
from planning import dispatch
from planning.models import MasterPlan
from planning.steps import Step
from tests.factories import MasterPlanFactory, StaffFactory, UserFactory
from tests.live.building import started, tell

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def _no_connection_is_left() -> AsyncIterator[None]:
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
async def plan() -> MasterPlan:
    made: MasterPlan = await sync_to_async(MasterPlanFactory)()
    return made


class Peer:
    """A client of the socket. Channels' own communicator would bring a second web server with it."""

    def __init__(self, user: Any, *, headers: list[tuple[bytes, bytes]] | None = None, **more: Any) -> None:
        scope = {"type": "websocket", "path": "/ws/", "headers": headers or [], "user": user, **more}
        communicator: Any = ApplicationCommunicator  # has no types
        self.line = communicator(LiveConsumer.as_asgi(), scope)

    async def __aenter__(self) -> Peer:
        await self.line.send_input({"type": "websocket.connect"})
        assert (await self.line.receive_output(timeout=30))["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.line.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.line.wait(timeout=30)

    async def send(self, **message: Any) -> None:
        await self.send_raw(text=json.dumps(message))

    async def send_raw(self, **content: Any) -> None:
        await self.line.send_input({"type": "websocket.receive", **content})

    async def next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads((await self.line.receive_output(timeout=30))["text"])
        return message

    async def silent(self, seconds: float) -> bool:
        return bool(await self.line.receive_nothing(seconds))

    async def ask(self, action: str, **fields: Any) -> dict[str, Any]:
        await self.send(action=action, id="x", **fields)
        return await self.next()

    async def join(self, plan: MasterPlan, since: int = 0) -> dict[str, Any]:
        return await self.ask("join_masterplan", masterplan_id=str(plan.pk), since=since)

    async def events(self, number: int) -> list[tuple[int, str]]:
        return [(event["seq"], event["type"]) for event in [await self.next() for _ in range(number)]]

    async def close_code(self) -> int:
        while True:
            output = await self.line.receive_output(timeout=30)
            if output["type"] == "websocket.close":
                return int(output["code"])


def user_of(plan: MasterPlan) -> User:
    return plan.owner


@sync_to_async
def write(plan: MasterPlan, *types: str) -> None:
    for event_type in types:
        tell(plan, event_type)


async def test_a_watcher_gets_what_is_in_the_log_and_then_what_comes(plan: MasterPlan) -> None:
    await write(plan, "one", "two")
    async with Peer(user_of(plan)) as peer:
        assert await peer.join(plan) == {"reply_to": "x", "ok": True, "stream": str(plan.pk), "last_seq": 2}
        assert await peer.events(2) == [(1, "one"), (2, "two")]
        await write(plan, "three", "four")
        assert await peer.events(2) == [(3, "three"), (4, "four")]


async def test_a_watcher_that_comes_back_gets_what_it_missed_only(plan: MasterPlan) -> None:
    await write(plan, *"abcde")
    async with Peer(user_of(plan)) as peer:
        await peer.join(plan, since=3)
        assert await peer.events(2) == [(4, "d"), (5, "e")]
        assert await peer.silent(0.2)


async def test_what_is_on_the_socket_is_what_is_in_the_log(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        await peer.join(plan)
        await sync_to_async(tell)(plan, "cost_updated", spent="0.10")
        event = await peer.next()
    assert event.pop("ts")
    assert event == {
        "type": "cost_updated",
        "seq": 1,
        "trace_id": event["trace_id"],
        "masterplan_id": str(plan.pk),
        "conversation_id": None,
        "data": {"spent": "0.10"},
    }


async def test_many_events_in_haste_arrive_in_order(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        await peer.join(plan)
        writing = asyncio.create_task(write(plan, *(f"e{number}" for number in range(1, 81))))
        seen = await peer.events(80)
        await writing
    assert seen == [(number, f"e{number}") for number in range(1, 81)]


async def test_who_wants_it_gets_events_together(plan: MasterPlan) -> None:
    await write(plan, "one", "two")
    async with Peer(user_of(plan)) as peer:
        await peer.ask("join_masterplan", masterplan_id=str(plan.pk), since=0, batch=True)
        first = await peer.next()
        await write(plan, "three")
        second = await peer.next()
    assert [[(event["seq"], event["type"]) for event in sent["events"]] for sent in (first, second)] == [
        [(1, "one"), (2, "two")],
        [(3, "three")],
    ]


async def test_watchers_in_one_process_share_a_reader_that_ends_with_the_last(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as first:
        await first.join(plan)
        async with Peer(user_of(plan)) as second:
            await second.join(plan)
            readers = sharing._shared[asyncio.get_running_loop()]
            assert [len(shared.reader.listeners) for shared in readers.values()] == [2]
            await write(plan, "one")
            assert [await first.events(1), await second.events(1)] == [[(1, "one")]] * 2
        await write(plan, "two")
        assert await first.events(1) == [(2, "two")]
    assert not readers


async def test_who_watches_a_plan_that_is_deleted_is_told(plan: MasterPlan) -> None:
    key = str(plan.pk)
    async with Peer(user_of(plan)) as peer:
        await peer.join(plan)
        await sync_to_async(plan.delete)()
        message = await peer.next()
        assert (message["type"], message["stream"], message["error"]["code"]) == ("gone", key, "not_found")
        assert (await peer.ask("heartbeat"))["ok"] is True, "the socket stays for other streams"


async def test_who_may_not_see_a_plan_any_more_is_told(monkeypatch: pytest.MonkeyPatch, plan: MasterPlan) -> None:
    monkeypatch.setattr(consumers, "HEARTBEAT", 0.1)
    staff = await sync_to_async(StaffFactory)()
    async with Peer(staff) as peer:
        await peer.join(plan)
        staff.is_staff = False
        while (message := await peer.next())["type"] == "heartbeat":
            pass
    assert (message["type"], message["stream"]) == ("gone", str(plan.pk))


async def test_who_leaves_hears_no_more(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        await peer.join(plan)
        assert (await peer.ask("leave_masterplan", masterplan_id=str(plan.pk)))["ok"] is True
        await write(plan, "unheard")
        assert await peer.silent(0.3)


async def test_a_conversation_is_followed_by_its_owner(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        reply = await peer.ask("join_chat", conversation_id=str(plan.conversation_id))
        assert (reply["ok"], reply["stream"]) == (True, str(plan.conversation_id))


@pytest.mark.parametrize(
    "action", ["join_masterplan", "get_masterplan", "approve_masterplan", "execute_masterplan", "pause_execution",
               "resume_execution", "cancel_execution"]
)  # fmt: skip
async def test_what_belongs_to_others_does_not_exist(plan: MasterPlan, action: str) -> None:
    stranger = await sync_to_async(UserFactory)()
    async with Peer(stranger) as peer:
        reply = await peer.ask(action, masterplan_id=str(plan.pk))
        unknown = await peer.ask(action, masterplan_id=str(uuid.uuid4()))
    assert (reply["ok"], reply["error"]["status"], reply["error"]["code"]) == (False, 404, "not_found")
    assert unknown == reply
    await sync_to_async(plan.refresh_from_db)()
    assert plan.status == "draft"


async def test_a_conversation_of_others_does_not_exist(plan: MasterPlan) -> None:
    async with Peer(await sync_to_async(UserFactory)()) as peer:
        reply = await peer.ask("join_chat", conversation_id=str(plan.conversation_id))
    assert reply["error"]["code"] == "not_found"


async def test_staff_watch_everything_and_control_nothing(plan: MasterPlan) -> None:
    async with Peer(await sync_to_async(StaffFactory)()) as peer:
        assert (await peer.join(plan))["ok"] is True
        reply = await peer.ask("approve_masterplan", masterplan_id=str(plan.pk))
    assert (reply["error"]["status"], reply["error"]["code"]) == (403, "not_permitted")


async def test_nobody_does_anything_before_signing_in(plan: MasterPlan) -> None:
    async with Peer(AnonymousUser()) as peer:
        reply = await peer.join(plan)
        assert (reply["ok"], reply["error"]["code"], reply["error"]["status"]) == (False, "not_authenticated", 401)
        wrong = await peer.ask("authenticate", token="wrong")
        assert wrong["error"]["code"] == "not_authenticated"
        _, token = await sync_to_async(AuthToken.objects.create)(user_of(plan))
        assert await peer.ask("authenticate", token=token) == {
            "reply_to": "x",
            "ok": True,
            "user": user_of(plan).username,
        }
        assert (await peer.join(plan))["ok"] is True


async def test_a_token_in_the_header_signs_in_and_a_wrong_one_closes(plan: MasterPlan) -> None:
    _, token = await sync_to_async(AuthToken.objects.create)(user_of(plan))
    async with Peer(AnonymousUser(), headers=[(b"authorization", f"Token {token}".encode())]) as peer:
        assert (await peer.join(plan))["ok"] is True
    async with Peer(AnonymousUser(), headers=[(b"authorization", b"Token wrong")]) as peer:
        assert await peer.close_code() == 4401


async def test_who_never_signs_in_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "SIGN_IN_LIMIT", 0.1)
    async with Peer(AnonymousUser()) as peer:
        assert await peer.close_code() == 4401


async def test_who_may_not_sign_in_any_more_is_dropped(monkeypatch: pytest.MonkeyPatch, plan: MasterPlan) -> None:
    monkeypatch.setattr(consumers, "HEARTBEAT", 0.1)
    async with Peer(user_of(plan)) as peer:
        assert await peer.next() == {"type": "heartbeat"}
        await User.objects.filter(pk=plan.owner_id).aupdate(is_active=False)
        assert await peer.close_code() == 4401


async def test_whose_session_ended_is_dropped(monkeypatch: pytest.MonkeyPatch, plan: MasterPlan) -> None:
    monkeypatch.setattr(consumers, "HEARTBEAT", 0.1)
    client = Client()
    await sync_to_async(client.force_login)(user_of(plan))
    async with Peer(user_of(plan), session=client.session) as peer:
        assert await peer.next() == {"type": "heartbeat"}
        await sync_to_async(client.logout)()
        assert await peer.close_code() == 4401


async def test_a_token_that_is_taken_back_counts_no_more(monkeypatch: pytest.MonkeyPatch, plan: MasterPlan) -> None:
    monkeypatch.setattr(consumers, "HEARTBEAT", 0.1)
    _, token = await sync_to_async(AuthToken.objects.create)(user_of(plan))
    async with Peer(AnonymousUser(), headers=[(b"authorization", f"Token {token}".encode())]) as peer:
        assert (await peer.join(plan))["ok"] is True
        await AuthToken.objects.all().adelete()
        assert await peer.close_code() == 4401


async def test_hearts_beat_both_ways_and_a_silent_peer_is_dropped(
    monkeypatch: pytest.MonkeyPatch, plan: MasterPlan
) -> None:
    monkeypatch.setattr(consumers, "HEARTBEAT", 0.1)
    monkeypatch.setattr(consumers, "IDLE_LIMIT", 0.35)
    async with Peer(user_of(plan)) as peer:
        assert await peer.ask("heartbeat") == {"reply_to": "x", "ok": True}
        assert await peer.close_code() == 4408


async def test_an_unknown_or_malformed_message_is_answered_and_the_socket_stays(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        unknown = await peer.ask("explode")
        assert (unknown["ok"], unknown["reply_to"], unknown["error"]["code"]) == (False, "x", "unknown_action")
        for text in ("", "no json", "[]", '{"id": 1}', '{"action": 5}', '{"action": "join_masterplan"}'):
            await peer.send_raw(text=text)
            reply = await peer.next()
            assert (reply["ok"], reply["error"]["status"]) == (False, 400)
        await peer.send_raw(bytes=b"\x00\x01")
        assert (await peer.next())["error"]["code"] == "bad_message"
        await peer.send_raw(text='{"action": "' + "x" * 70_000 + '"}')
        assert (await peer.next())["error"]["code"] == "too_large"
        assert (await peer.join(plan))["ok"] is True


async def test_a_conversation_is_led_over_the_socket(monkeypatch: pytest.MonkeyPatch, plan: MasterPlan) -> None:
    sent: list[tuple[uuid.UUID, Step]] = []
    monkeypatch.setattr(dispatch, "discovery_step", lambda discovery_id, step: sent.append((discovery_id, step)))
    await sync_to_async(finish)(plan)
    async with Peer(user_of(plan)) as peer:
        said = await peer.ask("send_message", conversation_id=str(plan.conversation_id), content="/status")
        assert (said["ok"], said["reply"]["role"]) == (True, "assistant")
        begun = await peer.ask("start_discovery", content="Create a REST API for tasks with users and comments")
        assert (begun["ok"], begun["status"]) == (True, "in_progress")
        early = await peer.ask("answer_discovery", discovery_id=begun["discovery_id"], answers={"users": "Me"})
        assert (early["ok"], early["error"]["code"]) == (False, "step_not_possible")
        unconfirmed = await peer.ask("validate_discovery", discovery_id=begun["discovery_id"])
        assert (unconfirmed["ok"], unconfirmed["error"]["status"]) == (False, 409)
    assert sent == [(uuid.UUID(begun["discovery_id"]), Step.ANALYSE)]


async def test_a_draft_is_rejected_and_its_versions_are_listed(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        listed = await peer.ask("get_masterplan_versions", masterplan_id=str(plan.pk))
        assert (listed["ok"], listed["versions"]) == (True, [])
        refused = await peer.ask("reject_masterplan", masterplan_id=str(plan.pk), reason=" ")
        assert (refused["ok"], refused["error"]["status"]) == (False, 400)
        rejected = await peer.ask("reject_masterplan", masterplan_id=str(plan.pk), reason="Too large")
        assert (rejected["ok"], rejected["status"]) == (True, "rejected")


def finish(plan: MasterPlan) -> None:
    """So that its workspace is free for another."""
    MasterPlan.objects.filter(pk=plan.pk).update(status="completed")


async def test_an_export_to_jira_is_asked_for_or_a_csv_offered(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        refused = await peer.ask("export_masterplan_to_jira", masterplan_id=str(plan.pk))
        unknown = await peer.ask("export_masterplan_to_jira", masterplan_id=str(plan.pk), format="xml")
        await peer.join(plan)
        offered = await peer.ask("export_masterplan_to_jira", masterplan_id=str(plan.pk), format="csv")
    assert (refused["error"]["code"], unknown["error"]["code"]) == ("jira_not_configured", "invalid_input")
    assert (offered["ok"], offered["export"]["state"]) == (True, "never")
    ready = await PlanEvent.objects.aget(stream_id=plan.pk, type="jira_csv_ready")
    assert ready.data["url"] == offered["export"]["links"]["csv"]


async def test_too_many_messages_close_the_socket(plan: MasterPlan) -> None:
    async with Peer(user_of(plan)) as peer:
        for _ in range(100):
            await peer.send(action="heartbeat")
        assert await peer.close_code() == 4429


async def test_a_socket_follows_so_many_streams_and_no_more(monkeypatch: pytest.MonkeyPatch, plan: MasterPlan) -> None:
    monkeypatch.setattr(consumers, "MAX_STREAMS", 1)
    async with Peer(user_of(plan)) as peer:
        await peer.join(plan)
        refused = await peer.ask("join_chat", conversation_id=str(plan.conversation_id))
        assert refused["error"]["code"] == "limit_reached"
        assert (await peer.join(plan))["ok"] is True


async def test_a_plan_is_approved_paused_and_cancelled_through_the_socket(plan: MasterPlan) -> None:
    key = str(plan.pk)
    async with Peer(user_of(plan)) as peer:
        unread = await peer.ask("approve_masterplan", masterplan_id=key, version=2)
        assert (unread["ok"], unread["error"]["code"]) == (False, "invalid_input")
        malformed = await peer.ask("approve_masterplan", masterplan_id=key, version=0)
        assert malformed["error"]["code"] == "bad_message"
        approved = await peer.ask("approve_masterplan", masterplan_id=key, version=1)
        assert (approved["ok"], approved["status"]) == (True, "approved")
        again = await peer.ask("approve_masterplan", masterplan_id=key)
        assert (again["error"]["code"], again["error"]["current"]) == ("transition_conflict", "approved")
        wrong = await peer.ask("execute_masterplan", masterplan_id=key, mode="nonsense")
        assert wrong["error"]["code"] == "invalid_input"
        cancelled = await peer.ask("cancel_execution", masterplan_id=key, reason="Enough.")
        assert (cancelled["ok"], cancelled["status"]) == (True, "cancelled")
    await sync_to_async(plan.refresh_from_db)()
    assert plan.cancellation_reason == "Enough."


async def test_a_run_is_paused_and_resumed_through_the_socket(plan: MasterPlan) -> None:
    owner = user_of(plan)
    run = await sync_to_async(started)(plan)
    async with Peer(owner) as peer:
        paused = await peer.ask("pause_execution", masterplan_id=str(plan.pk))
        assert (paused["paused"], paused["status"]) == (True, "paused")
        resumed = await peer.ask("resume_execution", masterplan_id=str(plan.pk))
        assert (resumed["run_id"], resumed["status"]) == (str(run.pk), "in_progress")


async def test_the_plan_comes_as_one_document(plan: MasterPlan) -> None:
    await write(plan, "one")
    async with Peer(user_of(plan)) as peer:
        reply = await peer.ask("get_masterplan", masterplan_id=str(plan.pk))
    assert (reply["masterplan"]["plan"]["name"], reply["masterplan"]["seq"]) == ("Task tracker", 1)


@pytest.mark.parametrize(
    ("origin", "answer"),
    [
        (None, "websocket.accept"),
        (b"http://localhost", "websocket.accept"),
        (b"https://evil.example", "websocket.close"),
    ],
)
async def test_programs_and_our_own_pages_open_a_socket_and_no_other_page(origin: bytes | None, answer: str) -> None:
    headers = [(b"origin", origin)] if origin else []
    scope = {"type": "websocket", "path": "/ws/", "headers": headers, "query_string": b"", "subprotocols": []}
    communicator: Any = ApplicationCommunicator  # has no types
    line = communicator(application, scope)
    await line.send_input({"type": "websocket.connect"})
    assert (await line.receive_output(timeout=30))["type"] == answer
    if answer == "websocket.accept":
        await line.send_input({"type": "websocket.disconnect", "code": 1000})
        await line.wait(timeout=30)


def test_the_socket_has_its_address() -> None:
    assert [str(route.pattern) for route in websocket_urlpatterns] == ["ws/"]
