"""The gateway against a provider that does as it is told: what is answered, raised and written in the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from structlog.testing import capture_logs

from common.actors import set_trace_id
from common.errors import InvalidInput
from integrations.llm.errors import (
    AnswerInvalid,
    AnswerRefused,
    AnswerTruncated,
    PromptTooLarge,
    ProviderRejected,
    ProviderUnavailable,
)
from integrations.llm.gateway import About, ask
from integrations.llm.prices import Usage
from integrations.llm.providers.base import CallFailed, Completion
from integrations.llm.purposes import REPORT_SUMMARY
from integrations.llm.shapes import ReportInputs, ReportSummary
from integrations.models import CostLimit, LLMCall
from tests.integrations.conftest import REPORT, REQUEST, SUMMARY, ScriptedProvider

pytestmark = pytest.mark.django_db

NOTHING = Decimal(0)
ONE_CALL = Decimal("0.000150")  # 1,000 tokens in at 0.10 and 100 out at 0.50 dollars a million


def test_an_answer_is_typed_and_says_what_it_cost(provider: ScriptedProvider) -> None:
    reply = ask(REPORT_SUMMARY, REPORT, about=About())
    assert reply.answer == ReportSummary(summary="All 12 tests passed.", next_steps=["Try it."])
    assert (reply.provider, reply.model, reply.requests) == ("anthropic", "claude-haiku-5-5", 1)
    assert reply.tokens == Usage(input=1_000, output=100)
    assert reply.cost == ONE_CALL
    assert (reply.temperature, reply.effort) == (None, "medium")


def test_the_ledger_row_says_what_the_call_was_for_and_what_was_sent(provider: ScriptedProvider) -> None:
    ids = [uuid.uuid4() for _ in range(5)]
    conversation, discovery, plan, task, atom = ids
    about = About(conversation, discovery, plan, task, atom, trace_id="trace-1")
    reply = ask("report_summary", REPORT, about=about, attempt=2)
    call = LLMCall.objects.get()
    assert call.pk == reply.call_id
    assert [call.conversation_id, call.discovery_id, call.plan_id, call.task_id, call.atom_id] == ids
    assert (call.trace_id, call.purpose, call.attempt, call.ask, call.retry) == ("trace-1", "report_summary", 2, 1, 0)
    assert (call.tokens_in, call.tokens_out, call.cost) == (1_000, 100, ONE_CALL)
    assert (call.effort, call.temperature, call.stop_reason, call.error_code) == ("high", None, "end_turn", "")
    assert (call.reservation, call.request_id, call.unpriced) == ("settled", "req_1", False)
    assert call.settled_at is not None
    assert call.reserved > call.cost


def test_the_row_is_there_and_reserved_while_the_call_is_in_flight(provider: ScriptedProvider) -> None:
    seen: list[tuple[str, Decimal]] = []
    plan = uuid.uuid4()

    def look() -> None:
        call = LLMCall.objects.get()
        seen.append((call.reservation, call.reserved))
        assert CostLimit.objects.get(plan_id=plan).in_flight == call.reserved

    provider.during = look
    ask(REPORT_SUMMARY, REPORT, about=About(plan=plan))
    assert [state for state, _ in seen] == ["reserved"]
    limit = CostLimit.objects.get(plan_id=plan)
    assert (limit.in_flight, limit.spent) == (NOTHING, ONE_CALL)


def test_an_answer_of_the_wrong_shape_is_asked_again_with_what_was_wrong(provider: ScriptedProvider) -> None:
    provider.answers = ["I would rather talk.", '{"summary": 3}', SUMMARY]
    reply = ask(REPORT_SUMMARY, REPORT, about=About())
    assert (reply.requests, reply.cost) == (3, ONE_CALL * 3)
    rows = LLMCall.objects.order_by("ask").values_list("ask", "error_code")
    assert list(rows) == [(1, "answer_invalid"), (2, "answer_invalid"), (3, "")]
    last = provider.requests[-1].prompt.turns
    assert [turn.role for turn in last] == ["user", "assistant", "user", "assistant", "user"]
    assert last[3].blocks[0].text == '{"summary": 3}'
    assert "summary: Input should be a valid string" in last[4].blocks[0].text


def test_three_answers_of_the_wrong_shape_are_an_error_and_cost_what_they_cost(provider: ScriptedProvider) -> None:
    provider.answers = ["{}"]
    with pytest.raises(AnswerInvalid) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert raised.value.context["errors"] == ["summary: Field required"]
    assert list(LLMCall.objects.values_list("error_code", "cost")) == [("answer_invalid", ONE_CALL)] * 3


@pytest.mark.parametrize(
    ("stop_reason", "error"),
    [
        ("max_tokens", AnswerTruncated),
        ("model_context_window_exceeded", AnswerTruncated),
        ("refusal", AnswerRefused),
    ],
)
def test_half_an_answer_is_an_error_even_when_it_parses(
    provider: ScriptedProvider, stop_reason: str, error: type[Exception]
) -> None:
    provider.answers = [Completion(SUMMARY, Usage(input=1_000, output=100), stop_reason)]
    with pytest.raises(error):
        ask(REPORT_SUMMARY, REPORT, about=About())
    call = LLMCall.objects.get()
    assert (call.cost, call.stop_reason, call.error_code) == (ONE_CALL, stop_reason, error.code)  # type: ignore[attr-defined]  # both have codes


def test_a_failed_request_is_sent_again_and_has_a_row_of_its_own(
    provider: ScriptedProvider, waits: list[float]
) -> None:
    provider.answers = [
        CallFailed("overloaded", "busy"),
        CallFailed("rate_limited", "slow down", retry_after=7),
        SUMMARY,
    ]
    reply = ask(REPORT_SUMMARY, REPORT, about=About())
    assert (reply.requests, reply.cost) == (3, ONE_CALL)
    rows = list(LLMCall.objects.order_by("retry").values_list("retry", "error_code", "cost", "reservation"))
    assert rows == [
        (0, "overloaded", 0, "settled"),
        (1, "rate_limited", 0, "settled"),
        (2, "", ONE_CALL, "settled"),
    ]
    assert 0 <= waits[0] <= 1
    assert 7 <= waits[1] <= 8


def test_an_answer_lost_on_its_way_stays_charged_at_its_worst_case(
    provider: ScriptedProvider, waits: list[float]
) -> None:
    plan = uuid.uuid4()
    provider.answers = [CallFailed("stream_cut", "cut", billed=True), SUMMARY]
    reply = ask(REPORT_SUMMARY, REPORT, about=About(plan=plan))
    lost = LLMCall.objects.get(retry=0)
    assert (lost.reservation, lost.error_code, lost.cost) == ("lost", "stream_cut", lost.reserved)
    assert reply.cost == lost.reserved + ONE_CALL
    limit = CostLimit.objects.get(plan_id=plan)
    assert (limit.spent, limit.in_flight) == (reply.cost, NOTHING)


def test_a_provider_that_stays_down_is_given_up_after_five_tries(
    provider: ScriptedProvider, waits: list[float]
) -> None:
    provider.answers = [CallFailed("overloaded", "busy")]
    with pytest.raises(ProviderUnavailable) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert raised.value.context["tries"] == 5
    assert len(waits) == 4
    assert LLMCall.objects.count() == 5


def test_a_longer_wait_than_the_cap_is_not_waited_but_told(provider: ScriptedProvider, waits: list[float]) -> None:
    provider.answers = [CallFailed("rate_limited", "tomorrow", retry_after=3_600)]
    with pytest.raises(ProviderUnavailable) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert raised.value.context["retry_after"] == 3_600
    assert waits == []


def test_no_further_try_begins_when_the_time_for_all_of_them_has_passed(
    provider: ScriptedProvider, waits: list[float], configure: Callable[..., Any]
) -> None:
    configure(llm_timeout=0.05)
    provider.answers = [CallFailed("rate_limited", "soon", retry_after=1)]
    with pytest.raises(ProviderUnavailable) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert (raised.value.context["tries"], waits) == (1, [])


def test_a_rejected_call_is_not_repeated_and_costs_nothing(provider: ScriptedProvider) -> None:
    provider.answers = [ProviderRejected("no such model")]
    with pytest.raises(ProviderRejected):
        ask(REPORT_SUMMARY, REPORT, about=About())
    call = LLMCall.objects.get()
    assert (call.reservation, call.cost, call.error_code) == ("settled", NOTHING, "provider_rejected")


def test_a_bug_during_the_call_leaves_no_reservation_open(provider: ScriptedProvider) -> None:
    provider.answers = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert LLMCall.objects.get().reservation == "lost"


def test_a_prompt_beyond_the_models_context_is_refused_before_anything_is_reserved(
    provider: ScriptedProvider,
) -> None:
    huge = ReportInputs(project_name="Shop", request="word " * 1_000_000, facts=[])
    with pytest.raises(PromptTooLarge):
        ask(REPORT_SUMMARY, huge, about=About())
    assert LLMCall.objects.count() == 0


def test_the_wrong_inputs_or_an_unknown_purpose_are_told_plainly(provider: ScriptedProvider) -> None:
    with pytest.raises(InvalidInput, match="takes ReportInputs"):
        ask(REPORT_SUMMARY, REQUEST, about=About())
    with pytest.raises(InvalidInput, match="no purpose 'poetry'"):
        ask("poetry", REQUEST, about=About())


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_inside_a_transaction(provider: ScriptedProvider) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert provider.requests == []


@pytest.mark.django_db(transaction=True)
def test_no_database_connection_is_held_during_a_call(provider: ScriptedProvider) -> None:
    held: list[bool] = []
    provider.during = lambda: held.append(connection.connection is not None)
    ask(REPORT_SUMMARY, REPORT, about=About())
    assert held == [False]


def test_a_call_without_a_trace_of_its_own_has_that_of_the_work_under_way(provider: ScriptedProvider) -> None:
    set_trace_id("trace-of-the-work")
    try:
        ask(REPORT_SUMMARY, REPORT, about=About())
    finally:
        set_trace_id("")
    assert LLMCall.objects.get().trace_id == "trace-of-the-work"


def test_each_failed_request_is_logged_with_its_cause_and_the_wait(
    provider: ScriptedProvider, waits: list[float]
) -> None:
    provider.answers = [CallFailed("overloaded", "busy", request_id="req_9"), SUMMARY]
    with capture_logs() as logs:
        ask(REPORT_SUMMARY, REPORT, about=About())
    (entry,) = logs
    assert (entry["event"], entry["code"], entry["request_id"]) == ("llm_request_failed", "overloaded", "req_9")
    assert entry["wait_seconds"] == waits[0]
