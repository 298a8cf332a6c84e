"""What a streamed answer names is told while it comes, once, and completely when it is whole."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from common.models import PlanEvent
from integrations.llm import gateway
from integrations.llm.providers.base import Completion, Progress, Request, Watcher
from planning.services import asking
from planning.services.finding import Finder, names_of_domain, names_of_plan
from planning.services.intake import start_discovery
from planning.services.journey import walk_discovery
from tests.factories import REQUEST, UserFactory, domain_model, plan_answer
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

PIECE = 300


class StreamingProvider(ScriptedProvider):
    """Its answers come in pieces."""

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        completion = super().complete(request, None)
        text, parts = completion.text, list[str]()
        if watcher is not None:
            for begin in range(0, len(text), PIECE):
                parts.append(text[begin : begin + PIECE])
                watcher(Progress(begin // 4, len(text) // 4, parts))
        return completion


def told(stream: uuid.UUID, event_type: str = "found") -> list[dict[str, Any]]:
    return [event.data for event in PlanEvent.objects.filter(stream_id=stream, type=event_type).order_by("seq")]


def finder() -> tuple[Finder, uuid.UUID]:
    stream = uuid.uuid4()
    return Finder(("conversation", stream), "found", names_of_plan), stream


def test_what_a_plan_and_a_domain_name_is_told_before_they_are_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = StreamingProvider()
    monkeypatch.setattr(gateway, "current_provider", lambda: provider)
    monkeypatch.setattr(asking, "SECONDS_BETWEEN_PROGRESS", 0.0)
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True, dispatched=False)
    walk_discovery(discovery.pk)
    events = PlanEvent.objects.filter(stream_id=discovery.conversation_id).order_by("seq")
    for event_type, names, answer in (
        ("masterplan", names_of_plan, plan_answer()),
        ("discovery", names_of_domain, domain_model()),
    ):
        found = told(discovery.conversation_id, f"{event_type}_entity_discovered")
        wanted = names(answer.model_dump(mode="json"))
        for kind, expected in wanted.items():
            mine = [(one["name"], one["count"]) for one in found if one["entity_type"] == kind]
            assert mine == [(name, place) for place, name in enumerate(expected, start=1)]
        first = events.filter(type=f"{event_type}_entity_discovered").earliest("seq")
        last = events.filter(type=f"{event_type}_tokens_progress").latest("seq")
        assert first.seq < last.seq, "told while it came"


def test_at_every_letter_of_an_answer_what_was_told_is_the_beginning_of_what_it_names() -> None:
    looking, stream = finder()
    text = plan_answer().model_dump_json()
    for end in range(0, len(text), 7):
        looking.look(text[:end])
    assert [one["name"] for one in told(stream) if one["entity_type"] == "task"][:2] == ["Write file 1", "Write file 2"]
    before = len(told(stream))
    names = looking.finish(plan_answer())
    assert len(told(stream)) == sum(map(len, names.values())) >= before
    looking.finish(plan_answer())
    assert len(told(stream)) == sum(map(len, names.values()))


def test_a_name_that_takes_the_place_of_another_is_told_with_its_place() -> None:
    looking, stream = finder()
    looking.look('{"phases": [{"name": "Setup"}, {"name": "Core"}, {"na')
    looking.look('Sure: {"phases": [{"name": "Setup"}, {"name": "Middle"}]}')
    assert [(one["name"], one["count"]) for one in told(stream)] == [("Setup", 1), ("Core", 2), ("Middle", 2)]


@pytest.mark.parametrize(
    "received",
    [
        "",
        "no object",
        "{",
        '{"phases": 3}',
        '{"phases": [1, null, {"name": 5}, {"milestones": {"tasks": 1}}]}',
        '{"phases": [{"name": "a\\u0000b"}]}',
        '{"phases": [{"name": "\\ud800"}]}',
        "{]",
    ],
)
def test_what_is_no_answer_tells_nothing(received: str) -> None:
    looking, stream = finder()
    looking.look(received)
    assert told(stream) == []
