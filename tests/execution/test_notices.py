"""Who is told that something waits, how, and how often."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache

from common.changes import emit
from common.errors import ServiceUnavailable
from common.models import PlanEvent
from execution import dispatch
from execution.notices.sending import send_notice
from integrations.notices.webhook import signature_of
from planning.models import MasterPlan
from tests.factories import MasterPlanFactory, StaffFactory

pytestmark = pytest.mark.django_db


class Receiver(HTTPServer):
    """Takes webhooks, and answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.status = 204
        self.taken: list[tuple[dict[str, Any], str, bytes]] = []


class Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((json.loads(body), self.headers.get("X-DevMatrix-Signature", ""), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    cache.clear()
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.DEVMATRIX = replace(
            settings.DEVMATRIX,
            notice_mail_from="devmatrix@example.com",
            notice_webhook_url=f"http://127.0.0.1:{server.server_port}/hook",
            notice_webhook_secret="s3cret",
            public_url="https://devmatrix.example/",
        )
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def plan() -> MasterPlan:
    made: MasterPlan = MasterPlanFactory(project_name="Garden\nshop")
    made.owner.email = "ana@example.com"
    made.owner.save()
    return made


def told(plan: MasterPlan, event_type: str, **data: object) -> PlanEvent:
    emit(("plan", plan.pk), event_type, data)
    return PlanEvent.objects.filter(stream_id=plan.pk).latest("seq")


def test_a_pause_is_told_by_mail_and_webhook_once(plan: MasterPlan, receiver: Receiver) -> None:
    MasterPlan.objects.filter(pk=plan.pk).update(status="paused", pause_reason="cost_limit")
    event = told(plan, "masterplan_paused", reason="cost_limit", detail="100 of 100 dollars are spent.")
    assert send_notice(event.pk) == ["mail", "webhook"]
    assert send_notice(event.pk) == [], "a message that comes twice tells nobody twice"
    (sent,) = mail.outbox
    assert (sent.subject, sent.to, sent.bcc) == ("DevMatrix: Garden shop is paused", [], ["ana@example.com"])
    assert sent.body == f"100 of 100 dollars are spent.\n\nhttps://devmatrix.example/plans/{plan.pk}/\n"
    ((content, signature, body),) = receiver.taken
    assert (content["kind"], content["about"]) == ("paused_cost_limit", str(plan.pk))
    assert content["url"] == f"https://devmatrix.example/plans/{plan.pk}/"
    assert signature == signature_of(body, "s3cret")


def test_what_was_not_taken_is_tried_again_and_only_that(plan: MasterPlan, receiver: Receiver) -> None:
    event = told(plan, "complete")
    receiver.status = 302
    with pytest.raises(ServiceUnavailable, match="did not take a notice \\(302\\)"):
        send_notice(event.pk)
    receiver.status = 200
    assert send_notice(event.pk) == ["webhook"]
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    ("status", "event_type", "data", "kinds"),
    [
        ("draft", "masterplan_created", {}, ["plan_to_approve"]),
        ("approved", "masterplan_created", {}, []),
        ("paused", "masterplan_paused", {"reason": "person"}, []),
        ("in_progress", "masterplan_modification_proposal", {}, ["modification_to_decide"]),
        ("in_progress", "cost_warning", {"current": "51", "hard_limit": "100"}, ["cost_warning"]),
        ("failed", "masterplan_status_changed", {"to": "failed"}, ["failed"]),
        ("paused", "masterplan_status_changed", {"to": "paused"}, []),
        ("in_progress", "atom_execution_complete", {}, []),
    ],
)
def test_only_what_waits_for_a_person_is_told(
    plan: MasterPlan, receiver: Receiver, status: str, event_type: str, data: dict[str, str], kinds: list[str]
) -> None:
    MasterPlan.objects.filter(pk=plan.pk).update(status=status)
    send_notice(told(plan, event_type, **data).pk)
    assert [content["kind"] for content, _, _ in receiver.taken] == kinds


def test_a_pause_that_is_over_when_its_turn_comes_is_not_told(plan: MasterPlan, receiver: Receiver) -> None:
    event = told(plan, "masterplan_paused", reason="provider_unavailable", detail="No answer.")
    assert send_notice(event.pk) == []


def test_reviews_are_gathered_and_staff_are_told(plan: MasterPlan, receiver: Receiver) -> None:
    StaffFactory(email="rita@example.com")
    for _ in range(5):
        send_notice(told(plan, "review_created", review_id="x").pk)
    assert [sent.bcc for sent in mail.outbox] == [["ana@example.com", "rita@example.com"]]
    assert len(receiver.taken) == 1


def test_questions_of_a_discovery_lead_to_its_conversation(plan: MasterPlan, receiver: Receiver) -> None:
    emit(("conversation", plan.conversation_id), "discovery_question", {"questions": [{"key": "roles"}]})
    send_notice(PlanEvent.objects.get(conversation_id=plan.conversation_id).pk)
    ((content, _, _),) = receiver.taken
    assert (content["kind"], content["url"]) == ("questions", f"https://devmatrix.example/chat/{plan.conversation_id}/")


def test_events_ask_for_notices_after_commit_and_only_where_somebody_wants_them(
    plan: MasterPlan,
    receiver: Receiver,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(dispatch, "send_notice", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        wanted = told(plan, "complete")
        told(plan, "cost_updated")
    assert asked == [wanted.pk]
    settings.DEVMATRIX = replace(settings.DEVMATRIX, notice_mail_from="", notice_webhook_url="")
    with django_capture_on_commit_callbacks(execute=True):
        told(plan, "complete")
    assert asked == [wanted.pk]
