"""The real SDK and the local server that the offline engine answers: turns, cache, counted tokens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from integrations.llm.capabilities import MODELS
from integrations.llm.costs import spending
from integrations.llm.errors import AnswerRefused, CostLimitReached, PromptTooLarge
from integrations.llm.gateway import About, ask
from integrations.llm.purposes import DISCOVERY_QUESTIONS, DOMAIN_MODEL, MASTERPLAN, REPORT_SUMMARY
from integrations.llm.rehearsal.answering import Understudy
from integrations.llm.rehearsal.server import MessagesHandler, serving
from integrations.llm.requirements import requirements_of
from integrations.llm.shapes import DiscoveryQuestionsInputs, DomainModelInputs, MasterPlanInputs, ReportInputs
from integrations.models import LLMCall
from planning.plan_checks import uncovered
from tests.integrations.conftest import REPORT

pytestmark = pytest.mark.django_db

TASKS = DiscoveryQuestionsInputs(request="An API for tasks. A task has a title and a due date.")


class Recorder(MessagesHandler):
    """The local server, which remembers what came and when answers began."""

    log: list[str]

    def respond(self, body: dict[str, Any]) -> None:
        self.log.append("streamed" if body.get("stream") else "whole")
        super().respond(body)

    def do_POST(self) -> None:
        if self.path.endswith("/count_tokens"):
            self.log.append("counted")
        super().do_POST()


@pytest.fixture
def log(configure: Callable[..., Any]) -> Iterator[list[str]]:
    """What the server, which is the provider now, was asked."""
    Recorder.log, Recorder.understudy = [], Understudy(begins_after=0.2)
    with serving(Recorder) as address:
        configure(llm_provider="anthropic", anthropic_api_key="any", anthropic_base_url=address, llm_timeout=20.0)
        yield Recorder.log


def report(log: list[str]) -> None:
    ask(REPORT_SUMMARY, REPORT, about=About())


def test_the_offline_engine_answers_on_the_wire_as_it_does_by_itself(log: list[str]) -> None:
    reply = ask(DISCOVERY_QUESTIONS, TASKS, about=About())
    assert (reply.provider, reply.answer.language) == ("anthropic", "en")
    assert reply.cost > 0
    with pytest.raises(AnswerRefused):
        ask(DISCOVERY_QUESTIONS, DiscoveryQuestionsInputs(request="?"), about=About())


def test_what_is_too_complex_to_be_held_to_a_schema_is_answered_on_the_wire_too(log: list[str]) -> None:
    domain = ask(DOMAIN_MODEL, DomainModelInputs(request=TASKS.request), about=About()).answer
    assert [entity.name for entity in domain.entities] == ["Task"]
    inputs = MasterPlanInputs(request=TASKS.request, domain=domain, requirements=requirements_of(domain))
    plan = ask(MASTERPLAN, inputs, about=About()).answer
    assert uncovered(plan, inputs.requirements) == []
    assert log == ["streamed", "streamed"]
    assert set(LLMCall.objects.values_list("error_code", flat=True)) == {""}


@pytest.mark.django_db(transaction=True)
def test_of_calls_with_one_prefix_the_first_is_streamed_and_the_others_read_what_it_wrote(
    log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, "claude-haiku-5", replace(MODELS["claude-haiku-5"], cached_from=100))
    together = threading.Barrier(6)

    def call() -> None:
        together.wait(10)
        try:
            report(log)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(call) for _ in range(6)]:
            done.result(timeout=60)
    assert log == ["streamed"] + ["whole"] * 5
    rows = LLMCall.objects.order_by("settled_at")
    written = [row.tokens_cache_written for row in rows]
    assert written[0] > 100
    assert [row.tokens_cache_read for row in rows] == [0] + written[:1] * 5
    assert spending(LLMCall.objects.all()).cache_share > 0.5


def test_a_prefix_too_short_to_be_cached_is_not_waited_for(log: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, "claude-haiku-5", replace(MODELS["claude-haiku-5"], cached_from=100_000))
    report(log)
    assert log == ["whole"]


# -- counting ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the room for a prompt, beside its answer of 4,000 tokens, so many tokens."""

    def shrink(room: int) -> None:
        can = replace(MODELS["claude-haiku-5"], context=room + 4_000)
        monkeypatch.setitem(MODELS, "claude-haiku-5", can)

    return shrink


LONG = ReportInputs(project_name="Shop", request="a shop " * 3_000, facts=[])


def test_a_prompt_whose_bytes_fit_is_not_counted(log: list[str], small: Callable[[int], None]) -> None:
    small(40_000)
    ask(REPORT_SUMMARY, LONG, about=About())
    assert "counted" not in log


def test_a_prompt_that_may_not_fit_is_counted_and_sent_when_it_does(
    log: list[str], small: Callable[[int], None]
) -> None:
    small(10_000)
    ask(REPORT_SUMMARY, LONG, about=About())
    assert log[0] == "counted"
    assert LLMCall.objects.count() == 1


def test_a_prompt_that_does_not_fit_is_refused_before_anything_is_reserved(
    log: list[str], small: Callable[[int], None]
) -> None:
    small(5_000)
    with pytest.raises(PromptTooLarge, match="has room for 5000"):
        ask(REPORT_SUMMARY, LONG, about=About())
    assert (log, LLMCall.objects.count()) == (["counted"], 0)


def test_near_a_cost_limit_tokens_are_counted_before_a_call_is_refused(
    log: list[str], configure: Callable[..., Any]
) -> None:
    # By bytes about 25,000 tokens to write to the cache and 4,000 of an answer, counted about 7,500.
    configure(hard_cost_limit=Decimal("0.004"))
    ask(REPORT_SUMMARY, LONG, about=About())
    call = LLMCall.objects.get()
    assert log[0] == "counted"
    assert call.cost <= call.reserved <= Decimal("0.004")
    configure(hard_cost_limit=Decimal("0.0025"))
    with pytest.raises(CostLimitReached):
        ask(REPORT_SUMMARY, LONG, about=About())
