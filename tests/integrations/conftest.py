"""Fakes at the border: a provider that says what a test tells it to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings

from common.configuration import Configuration
from integrations.llm import gateway, sending
from integrations.llm.limits import breaker, shared, warming
from integrations.llm.prices import Usage
from integrations.llm.providers import anthropic
from integrations.llm.providers.base import Completion, Request, Watcher
from integrations.llm.shapes import DiscoveryQuestionsInputs, ReportInputs
from integrations.memory import quietly, store
from tests.integrations.messages_server import Failure, Raw, Script, Step, messages_server

REPORT = ReportInputs(project_name="Shop", request="a shop", facts=["12 tests passed"])
REQUEST = DiscoveryQuestionsInputs(request="a list of tasks")
QUESTIONS = json.dumps({"language": "en", "understood": "A list of tasks. " * 40, "questions": []})
SUMMARY = json.dumps({"summary": "All 12 tests passed.", "next_steps": ["Try it."]})


@dataclass
class ScriptedProvider:
    """Gives its answers in turn, the last one again and again; an exception in their place is raised."""

    answers: list[str | Completion | Exception] = field(default_factory=lambda: [SUMMARY])
    name: str = "anthropic"
    waits: bool = True
    requests: list[Request] = field(default_factory=list)
    during: Callable[[], None] = lambda: None

    def model(self, wanted: str) -> str:
        return wanted

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        self.requests.append(request)
        self.during()
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Completion):
            return answer
        return Completion(answer, Usage(input=1_000, output=100), "end_turn", "req_1")


@pytest.fixture(autouse=True)
def _nothing_known_of_providers() -> None:
    """Limits, circuits and prefixes of other tests are forgotten."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    keys = client.keys(f"{shared.PREFIX}*")
    if keys:
        client.delete(*keys)
    client.close()
    anthropic.forget_refused_schemas()
    breaker.forget_local_circuits()
    warming.forget_local_prefixes()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    made = ScriptedProvider()
    monkeypatch.setattr(gateway, "current_provider", lambda: made)
    return made


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between retries are noted, not waited; nor are others held back."""
    waited: list[float] = []
    monkeypatch.setattr(sending, "sleep", waited.append)
    monkeypatch.setattr(sending, "_hold", lambda failure: 0.0)
    return waited


@pytest.fixture
def configure(settings: Any) -> Callable[..., Configuration]:
    """Replace values of the configuration for one test."""

    def change(**values: Any) -> Configuration:
        settings.DEVMATRIX = replace(settings.DEVMATRIX, **values)
        return settings.DEVMATRIX  # type: ignore[no-any-return]  # the settings wrapper is untyped

    return change


Serve = Callable[..., Script]


@pytest.fixture
def serve(configure: Callable[..., Any]) -> Iterator[Serve]:
    """Start a Messages server with these steps, and make it the provider."""
    with ExitStack() as stack:

        def start(*steps: Step, models: Failure | Raw | None = None, **settings: Any) -> Script:
            script = Script(list(steps), models)
            address = stack.enter_context(messages_server(script))
            values = {"llm_provider": "anthropic", "anthropic_api_key": "secret-key", "anthropic_base_url": address}
            configure(**{**values, "llm_timeout": 5.0, **settings})
            return script

        yield start


@pytest.fixture
def memory_at_rest() -> Iterator[None]:
    """No pause because of what another test of this process found, and no connection that outlives the test."""
    quietly.end_pause()
    yield
    quietly.end_pause()
    store.forget_client()


@pytest.fixture
def embedded(configure: Callable[..., Any], tmp_path: Path, memory_at_rest: None) -> None:
    """A store of its own for one test, embedded in its process."""
    configure(
        memory_enabled=True, memory_embedded=True, chroma_url="", state_dir=tmp_path, memory_minimum_similarity=0.7
    )
