"""The chat page without a browser: who sees what, what it starts from, and that nothing said becomes markup."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from common.changes import emit
from planning.models import Conversation, DiscoveryDocument, Message, Workspace
from planning.services.conversations import add_message
from tests.factories import (
    ConversationFactory,
    DiscoveryFactory,
    MasterPlanFactory,
    StaffFactory,
    UserFactory,
    WorkspaceFactory,
    make_plan,
)
from tests.live.test_pages import HOSTILE, document_in, signed_in

pytestmark = pytest.mark.django_db
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def talk(owner: User) -> Conversation:
    conversation: Conversation = ConversationFactory(workspace__owner=owner, title="About gardens")
    return conversation


def say(talk: Conversation, content: str, role: Message.Role = Message.Role.USER, **metadata: object) -> Message:
    return add_message(conversation=talk, role=role, content=content, metadata=metadata)


def part(talk: Conversation, message_id: str, delta: str) -> None:
    data = {"message_id": message_id, "role": "assistant", "delta": delta, "done": False}
    emit(("conversation", talk.pk), "message", data)


def test_a_first_message_begins_a_conversation(owner: User) -> None:
    response = signed_in(owner).post("/chat/", {"content": "/status"})
    conversation = Conversation.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/chat/{conversation.pk}/")
    assert (conversation.owner, conversation.title) == (owner, "/status")
    assert [row.content for row in conversation.messages.all()] == [
        "/status",
        "Nothing is under way in this conversation.",
    ]


def test_a_new_conversation_may_build_beside_an_unfinished_plan(owner: User) -> None:
    signed_in(owner).post("/chat/", {"content": "Create a REST API for plants"})
    signed_in(owner).post("/chat/", {"content": "Create a REST API for pots"})
    assert DiscoveryDocument.objects.count() == 2
    assert Workspace.objects.filter(owner=owner).count() == 2


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (" \n ", 400, "The message is empty."),
        ("x" * 2**20, 413, "The message has 1048576 characters; at most 20000 are read."),
        ("bell \x07", 400, "The message has a control character (U+0007) at position 6."),
    ],
)
def test_a_first_message_that_is_refused_is_shown_again(owner: User, text: str, status: int, words: str) -> None:
    response = signed_in(owner).post("/chat/", {"content": text})
    assert response.status_code == status
    assert words in response.content.decode()
    assert response.context["text"] == text
    assert Conversation.objects.count() == 0


def test_the_list_begins_with_where_one_spoke_last(owner: User, talk: Conversation) -> None:
    older = ConversationFactory(workspace=talk.workspace, title="About bread")
    say(older, "Which flour?")
    say(talk, "Which soil?")
    Message.objects.filter(conversation=older).update(created_at=timezone.now() - timedelta(days=1))
    DiscoveryFactory(conversation=older, status="awaiting_answers")
    MasterPlanFactory(discovery=DiscoveryFactory(conversation=talk, status="completed"), status="paused")
    html = signed_in(owner).get("/chat/").content.decode()
    assert html.index("About gardens") < html.index("About bread")
    assert "Which soil?" in html
    assert "has questions" in html
    assert "plan paused" in html


@pytest.mark.parametrize(("words", "found"), [("garden", True), ("SOIL which", True), ("soil bread", False)])
def test_conversations_are_found_by_title_and_by_what_was_said(
    owner: User, talk: Conversation, words: str, found: bool
) -> None:
    say(talk, "Which soil?")
    html = signed_in(owner).get("/chat/", {"q": words}).content.decode()
    assert ("About gardens" in html) is found
    assert ("No conversation fits." in html) is not found


def test_the_page_starts_from_what_was_said(owner: User, talk: Conversation) -> None:
    question = say(talk, "Which soil?", awaits_answer=True)
    part(talk, "one", "Any ")
    part(talk, "two", "Any s")
    part(talk, "two", "oil")
    document = document_in(signed_in(owner).get(f"/chat/{talk.pk}/").content.decode())
    assert [(row["role"], row["content"]) for row in document["messages"]] == [("user", "Which soil?")]
    assert document["awaits"] is True
    assert document["writing"] == {"id": "two", "text": "Any soil"}
    assert document["seq"] == 4
    answered = {"suggestions": ["/status"]}
    add_message(
        conversation=talk, role=Message.Role.ASSISTANT, content="Any soil.", metadata=answered, answers=question
    )
    state = signed_in(owner).get(f"/chat/{talk.pk}/state/").json()
    assert (state["awaits"], state["writing"]) == (False, None)
    assert state["messages"][1]["suggestions"] == ["/status"]


def test_a_question_that_nobody_answers_any_more_is_not_waited_for(owner: User, talk: Conversation) -> None:
    say(talk, "Which soil?", awaits_answer=True)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=2))
    assert signed_in(owner).get(f"/chat/{talk.pk}/state/").json()["awaits"] is False


def test_earlier_messages_are_asked_for(owner: User, talk: Conversation) -> None:
    now = timezone.now()
    rows = [Message(conversation=talk, role="user", content=str(number)) for number in range(250)]
    Message.objects.bulk_create(rows)
    for number, row in enumerate(rows):
        row.created_at = now + timedelta(seconds=number)
    Message.objects.bulk_update(rows, ["created_at"])
    client = signed_in(owner)
    latest = client.get(f"/chat/{talk.pk}/state/").json()
    assert ([row["content"] for row in latest["messages"]], latest["earlier"]) == (
        [str(n) for n in range(150, 250)],
        True,
    )
    before = client.get(f"/chat/{talk.pk}/earlier/{latest['messages'][0]['id']}/").json()
    assert ([row["content"] for row in before["messages"]], before["earlier"]) == (
        [str(n) for n in range(50, 150)],
        True,
    )
    first = client.get(f"/chat/{talk.pk}/earlier/{before['messages'][0]['id']}/").json()
    assert ([row["content"] for row in first["messages"]], first["earlier"]) == ([str(n) for n in range(50)], False)


def test_the_page_knows_discovery_and_plans(owner: User, talk: Conversation) -> None:
    plan = make_plan(discovery__conversation=talk)
    document = signed_in(owner).get(f"/chat/{talk.pk}/state/").json()
    assert document["plans"] == [
        {"id": str(plan.pk), "name": "Task tracker", "status": "draft", "version": 1, "change_waits": False}
    ]
    assert document["discovery"]["status"] == "completed"
    assert [box["name"] for box in document["discovery"]["domain"]["map"]["boxes"]] == ["Tasks"]


def test_a_conversation_is_read_in_a_fixed_number_of_queries(owner: User, talk: Conversation) -> None:
    make_plan(discovery__conversation=talk)
    client = signed_in(owner)
    client.get(f"/chat/{talk.pk}/state/")
    for _ in range(2):
        with assertNumQueries(15):
            client.get(f"/chat/{talk.pk}/state/")
        for number in range(20):
            say(talk, str(number))


def test_a_conversation_of_somebody_else_is_not_there(talk: Conversation) -> None:
    message = say(talk, "Mine")
    client = signed_in(UserFactory())
    for path in ("", "state/", f"earlier/{message.pk}/"):
        assert client.get(f"/chat/{talk.pk}/{path}").status_code == 404
    assert client.get(f"/chat/{uuid.uuid4()}/").status_code == 404
    assert "About gardens" not in client.get("/chat/").content.decode()


def test_staff_read_and_do_not_write(talk: Conversation) -> None:
    html = signed_in(StaffFactory()).get(f"/chat/{talk.pk}/").content.decode()
    assert "You are reading; only <bdi>ana</bdi> writes here." in html
    assert 'id="composer"' not in html
    assert 'id="composer"' in signed_in(StaffFactory(is_superuser=True)).get(f"/chat/{talk.pk}/").content.decode()


def test_a_script_that_is_signed_out_of_a_chat_is_told_so(talk: Conversation) -> None:
    response = Client().get(f"/chat/{talk.pk}/state/", headers=SCRIPT)
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_what_is_said_never_becomes_markup(owner: User) -> None:
    talk = ConversationFactory(workspace=WorkspaceFactory(owner=owner), title=HOSTILE[:150])
    say(talk, HOSTILE)
    say(talk, HOSTILE, Message.Role.ASSISTANT, suggestions=[HOSTILE])
    DiscoveryFactory(conversation=talk, status="awaiting_validation", understood=HOSTILE)
    client = signed_in(owner)
    for path in ("/chat/", f"/chat/{talk.pk}/"):
        html = client.get(path).content.decode()
        assert "<script>" not in html
        assert "<img src=x" not in html
        assert "unsafe-inline" not in client.get(path)["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_one_answer_leaves_the_other_questions_open(owner: User) -> None:
    discovery = DiscoveryFactory(conversation__workspace__owner=owner, status="awaiting_answers")
    for key in ("roles", "scale"):
        discovery.questions.create(key=key, position=0, category="users", question=key, default="usual")
    signed_in(owner).post(f"/discoveries/{discovery.pk}/answer/", {"answer.roles": "Cooks", "more": "1"})
    discovery.refresh_from_db()
    assert discovery.status == "awaiting_answers"
    assert dict(discovery.questions.values_list("key", "answer")) == {"roles": "Cooks", "scale": ""}
