"""The circuit breaker around real asks: what opens it, what is not sent then, and how it closes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from common.errors import DevMatrixError, NotFound
from integrations.llm.errors import AnswerUnreadable, ProviderRejected, ProviderUnavailable, SettingsRejected
from integrations.llm.gateway import About, ask
from integrations.llm.limits import breaker, shared
from integrations.llm.limits.breaker import Guard, Outlook, outlook
from integrations.llm.limits.circuit import State
from integrations.llm.limits.shared import SharedMemory
from integrations.llm.providers.base import CallFailed
from integrations.llm.purposes import REPORT_SUMMARY
from integrations.models import LLMCall
from tests.integrations.conftest import REPORT, SUMMARY, ScriptedProvider

pytestmark = pytest.mark.django_db
DOWN = CallFailed("overloaded", "busy")


def ask_once() -> None:
    ask(REPORT_SUMMARY, REPORT, about=About())


def ask_in_a_thread() -> None:
    try:
        ask_once()
    finally:
        connection.close()


def state() -> State:
    return outlook("anthropic").state


@pytest.fixture
def down(provider: ScriptedProvider, waits: list[float], configure: Callable[..., Any]) -> ScriptedProvider:
    """A provider that was called until its circuit opened, for a fifth of a second."""
    configure(llm_breaker_failures=3, llm_breaker_seconds=0.2)
    provider.answers = [DOWN]
    with pytest.raises(ProviderUnavailable):
        ask_once()
    return provider


def rest() -> None:
    time.sleep(outlook("anthropic").seconds + 0.01)


def test_failures_in_a_row_open_it_in_the_middle_of_a_call(down: ScriptedProvider) -> None:
    assert len(down.requests) == 3, "not the five tries of a call"
    assert state() is State.OPEN


def test_while_it_is_open_nothing_is_sent_and_nothing_is_written(
    down: ScriptedProvider, configure: Callable[..., Any]
) -> None:
    Guard("anthropic").gave_up("overloaded", asked_seconds=60)
    with pytest.raises(ProviderUnavailable, match="overloaded") as raised:
        ask_once()
    assert (raised.value.context["reason"], raised.value.context["tries"]) == ("circuit_open", 0)
    assert 50 < raised.value.context["retry_after"] <= 60
    assert (len(down.requests), LLMCall.objects.count()) == (3, 3)


def test_the_first_answer_after_the_rest_closes_it(down: ScriptedProvider) -> None:
    down.answers = [SUMMARY]
    rest()
    assert state() is State.HALF_OPEN
    ask_once()
    assert state() is State.CLOSED


def test_a_rejection_after_the_rest_closes_it_too(down: ScriptedProvider) -> None:
    down.answers = [ProviderRejected("no such model")]
    rest()
    with pytest.raises(ProviderRejected):
        ask_once()
    assert state() is State.CLOSED, "who rejects is alive"


@pytest.mark.parametrize(
    ("error", "reservation"),
    [
        (SettingsRejected("no such key"), "settled"),
        (AnswerUnreadable("a page of a proxy"), "lost"),
        (NotFound("of a watcher"), "lost"),
    ],
)
def test_what_says_nothing_of_the_provider_leaves_it_as_it_is_and_another_call_finds_out(
    error: DevMatrixError, reservation: str, down: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    down.answers = [error]
    rest()
    with pytest.raises(type(error)):
        ask_once()
    assert state() is State.HALF_OPEN
    assert LLMCall.objects.get(error_code=error.code).reservation == reservation
    polls: list[float] = []
    monkeypatch.setattr(breaker, "sleep", polls.append)
    down.answers = [SUMMARY]
    ask_once()
    assert (state(), polls) == (State.CLOSED, []), "the probe before has left"


def test_a_probe_that_fails_is_not_tried_again_and_opens_it_for_longer(down: ScriptedProvider) -> None:
    rest()
    with pytest.raises(ProviderUnavailable):
        ask_once()
    assert len(down.requests) == 4
    assert state() is State.OPEN
    assert 0.2 < outlook("anthropic").seconds <= 0.4


@pytest.mark.django_db(transaction=True)
def test_while_one_call_probes_the_others_wait_and_then_go_on(down: ScriptedProvider) -> None:
    down.answers = [SUMMARY]
    at_once: list[int] = []
    begun = threading.Event()

    def slowly() -> None:
        at_once.append(1)
        if len(at_once) == 1:
            begun.set()
            time.sleep(0.3)
            assert len(at_once) == 1, "the others wait"

    down.during = slowly
    rest()
    with ThreadPoolExecutor(4) as pool:
        asks = [pool.submit(ask_in_a_thread) for _ in range(4)]
        assert begun.wait(10)
        for done in asks:
            done.result(timeout=60)
    assert (len(at_once), state()) == (4, State.CLOSED)


def test_rate_limits_and_rejections_say_nothing_about_health(
    provider: ScriptedProvider, waits: list[float], configure: Callable[..., Any]
) -> None:
    configure(llm_breaker_failures=2)
    provider.answers = [*[CallFailed("rate_limited", "slowly")] * 4, SUMMARY]
    ask_once()
    provider.answers = [ProviderRejected("no such model")]
    for _ in range(3):
        with pytest.raises(ProviderRejected):
            ask_once()
    assert state() is State.CLOSED


def test_an_answer_between_failures_starts_the_count_again(
    provider: ScriptedProvider, waits: list[float], configure: Callable[..., Any]
) -> None:
    configure(llm_breaker_failures=3)
    provider.answers = [DOWN, DOWN, SUMMARY, DOWN, DOWN, SUMMARY]
    ask_once()
    ask_once()
    assert state() is State.CLOSED


def test_a_rest_that_the_provider_asks_for_is_a_rest_for_everybody(
    provider: ScriptedProvider, waits: list[float]
) -> None:
    provider.answers = [CallFailed("rate_limited", "tomorrow", retry_after=900)]
    with pytest.raises(ProviderUnavailable):
        ask_once()
    found = outlook("anthropic")
    assert (found.state, round(found.seconds / 10)) == (State.OPEN, 90)


def test_a_call_that_is_given_up_opens_it_even_below_the_count(
    provider: ScriptedProvider, waits: list[float], configure: Callable[..., Any]
) -> None:
    configure(llm_breaker_failures=100)
    provider.answers = [DOWN]
    with pytest.raises(ProviderUnavailable):
        ask_once()
    assert (len(provider.requests), state()) == (5, State.OPEN)


def test_without_redis_a_process_has_a_circuit_of_its_own(
    provider: ScriptedProvider,
    waits: list[float],
    configure: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = SharedMemory("redis://127.0.0.1:9/0")
    monkeypatch.setattr(shared, "_shared_memory", lambda url: nowhere)
    configure(llm_breaker_failures=3, llm_breaker_seconds=0.2)
    provider.answers = [DOWN, DOWN, DOWN, SUMMARY]
    with pytest.raises(ProviderUnavailable):
        ask_once()
    assert state() is State.OPEN
    rest()
    ask_once()
    assert outlook("anthropic") == Outlook(State.CLOSED)
    breaker.forget_local_circuits()
