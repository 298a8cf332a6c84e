"""A provider whose answers a test writes; everything before it (gateway, prompts, ledger, parsing) is real."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from integrations.llm import gateway
from integrations.llm.prices import Usage
from integrations.llm.providers.base import Completion, Progress, Request, Watcher
from integrations.llm.shapes import DiscoveryQuestions, Question, Shape
from planning import dispatch
from planning.steps import Step
from tests.factories import domain_model, plan_answer
from tests.planning.jira import jira, slept

__all__ = ["jira", "slept"]

Answer = Shape | Exception | Callable[[Request], Shape]


def questions(*keys: str) -> DiscoveryQuestions:
    """An analysis that asks these questions."""
    asked = [
        Question(id=key, category="users", question=f"What about {key}?", why="It matters.", default=f"usual {key}")
        for key in keys
    ]
    return DiscoveryQuestions(
        language="en", understood="An API for tasks.", not_understood=["a purple one"], questions=asked
    )


class ScriptedProvider:
    """Gives the scripted answers of a purpose in turn, the last one for ever; keeps the requests it got."""

    name = "offline"
    waits = False

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, list[Answer]] = {
            "discovery_questions": [questions("users", "scale")],
            "domain_model": [domain_model()],
            "masterplan": [plan_answer()],
        }

    @property
    def purposes(self) -> list[str]:
        return [request.purpose for request in self.requests]

    def answer(self, purpose: str, *answers: Answer) -> None:
        self.answers[purpose] = list(answers)

    def model(self, wanted: str) -> str:
        return "offline-1"

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        self.requests.append(request)
        script = self.answers[request.purpose]
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, Exception):
            raise answer
        if watcher is not None:
            watcher(Progress(50, 100))
        shape = answer if isinstance(answer, Shape) else answer(request)
        return Completion(shape.model_dump_json(), Usage(input=100, output=50), "end_turn")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    scripted = ScriptedProvider()
    monkeypatch.setattr(gateway, "current_provider", lambda: scripted)
    return scripted


@pytest.fixture
def dispatched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[uuid.UUID, Step]]:
    """What was dispatched; nothing reaches the broker."""
    sent: list[tuple[uuid.UUID, Step]] = []
    monkeypatch.setattr(dispatch, "discovery_step", lambda discovery_id, step: sent.append((discovery_id, step)))
    return sent
