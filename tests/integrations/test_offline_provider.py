"""The offline engine behind the gateway: free, counted approximately, and honest that it is no model."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

import integrations.llm.offline
from common.errors import InvalidInput
from integrations.llm.gateway import About, Progress, ask
from integrations.llm.offline.options import EngineOptions
from integrations.llm.purposes import DISCOVERY_QUESTIONS
from integrations.llm.shapes import DiscoveryQuestions, Shape
from integrations.models import LLMCall
from tests.integrations.conftest import REQUEST

pytestmark = pytest.mark.django_db

NOTHING = Decimal(0)
ANSWER = DiscoveryQuestions(language="en", understood="A list of tasks.", questions=[])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., Any]) -> list[tuple[str, Shape, int, Any]]:
    """What an engine of the same contract was asked."""
    seen: list[tuple[str, Shape, int, Any]] = []

    def answer(purpose: str, inputs: Shape, *, attempt: int, options: Any) -> Shape:
        seen.append((purpose, inputs, attempt, options))
        if attempt > 1:
            raise InvalidInput("It names nothing that records could be kept of.")
        return ANSWER

    engine = SimpleNamespace(answer=answer, EngineOptions=EngineOptions)
    monkeypatch.setitem(sys.modules, "integrations.llm.offline.engine", engine)
    monkeypatch.setattr(integrations.llm.offline, "engine", engine, raising=False)
    configure(llm_provider="offline")
    return seen


def test_the_engine_answers_from_the_inputs_themselves(asked: list[tuple[str, Shape, int, Any]]) -> None:
    reply = ask(DISCOVERY_QUESTIONS, REQUEST, about=About())
    assert reply.answer == ANSWER
    assert (reply.provider, reply.model, reply.cost, reply.requests) == ("offline", "offline-1", NOTHING, 1)
    assert (reply.temperature, reply.effort) == (None, None)
    assert asked == [("discovery_questions", REQUEST, 1, EngineOptions())]


def test_its_tokens_are_marked_as_an_estimate(asked: list[tuple[str, Shape, int, Any]]) -> None:
    reply = ask(DISCOVERY_QUESTIONS, REQUEST, about=About())
    call = LLMCall.objects.get()
    assert call.tokens_estimated is reply.tokens.estimated is True
    assert call.tokens_in > 100
    assert call.tokens_out == len(ANSWER.model_dump_json()) // 4 + 1
    assert (call.reserved, call.cost, call.unpriced, call.reservation) == (NOTHING, NOTHING, False, "settled")


def test_options_reach_the_engine_and_progress_the_watcher(asked: list[tuple[str, Shape, int, Any]]) -> None:
    seen: list[Progress] = []
    options = EngineOptions(fault_rate=0.5)
    reply = ask(DISCOVERY_QUESTIONS, REQUEST, about=About(), options=options, on_progress=seen.append)
    assert asked[0][3] == EngineOptions(fault_rate=0.5)
    assert seen == [Progress(reply.tokens.output, reply.tokens.output)]


def test_what_the_engine_cannot_do_is_told_and_noted(asked: list[tuple[str, Shape, int, Any]]) -> None:
    with pytest.raises(InvalidInput, match="records"):
        ask(DISCOVERY_QUESTIONS, REQUEST, about=About(), attempt=2)
    assert LLMCall.objects.get().error_code == "invalid_input"
