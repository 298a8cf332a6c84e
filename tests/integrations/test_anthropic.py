"""The real SDK against a real HTTP server that misbehaves: the outcome and the ledger of every fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from integrations.llm import sending
from integrations.llm.errors import (
    AnswerInvalid,
    AnswerRefused,
    AnswerTruncated,
    PromptTooLarge,
    ProviderRejected,
    ProviderUnavailable,
)
from integrations.llm.gateway import About, Progress, ask
from integrations.llm.prices import Usage
from integrations.llm.purposes import DISCOVERY_QUESTIONS, REPORT_SUMMARY, TASK_CODE
from integrations.llm.shapes import ProjectContext, ReportInputs, TaskCodeInputs, TaskSpec
from integrations.models import LLMCall
from tests.integrations.conftest import REPORT, REQUEST, SUMMARY
from tests.integrations.messages_server import Answer, ErrorInStream, Failure, Page, Script, Step, messages_server

pytestmark = pytest.mark.django_db

QUESTIONS = json.dumps({"language": "en", "understood": "A list of tasks. " * 40, "questions": []})
Serve = Callable[..., Script]
LONG_REPORT = ReportInputs(project_name="Shop", request="a shop " * 20_000, facts=[])


@pytest.fixture
def serve(configure: Callable[..., Any]) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(*steps: Step, **settings: Any) -> Script:
            script = Script(list(steps))
            address = stack.enter_context(messages_server(script))
            values = {"llm_provider": "anthropic", "anthropic_api_key": "secret-key", "anthropic_base_url": address}
            configure(**{**values, "llm_timeout": 5.0, **settings})
            return script

        yield start


def rows() -> list[tuple[str, str, bool]]:
    """Reservation, error and whether anything was charged, of every row in order."""
    calls = LLMCall.objects.order_by("ask", "retry")
    return [(call.reservation, call.error_code, call.cost > 0) for call in calls]


def test_a_call_that_nobody_watches_is_sent_whole_and_priced_with_its_cache(serve: Serve) -> None:
    script = serve(Answer(SUMMARY, input_tokens=1_000, output_tokens=500, cache_written=4_000, cache_read=90_000))
    reply = ask(REPORT_SUMMARY, LONG_REPORT, about=About())
    assert reply.tokens == Usage(input=1_000, output=500, cache_write_5m=4_000, cache_read=90_000)
    # 95,000 prompt tokens: the lower band of claude-haiku-5-5.
    assert reply.cost == Decimal("0.000100") + Decimal("0.000250") + Decimal("0.000500") + Decimal("0.000900")
    assert not script.seen[0].get("stream")
    assert LLMCall.objects.get().request_id == "req_1"
    assert script.headers[0]["authorization"] == "Bearer secret-key"


def test_the_band_of_long_prompts_is_charged_by_the_whole_prompt(serve: Serve) -> None:
    serve(Answer(SUMMARY, input_tokens=1_000, output_tokens=500, cache_read=100_000))
    reply = ask(REPORT_SUMMARY, LONG_REPORT, about=About())
    assert reply.cost == Decimal("0.000500") + Decimal("0.001250") + Decimal("0.005000")


def test_a_watched_call_is_streamed_and_tells_its_progress(serve: Serve) -> None:
    script = serve(Answer(QUESTIONS, output_tokens=180))
    seen: list[Progress] = []
    reply = ask(DISCOVERY_QUESTIONS, REQUEST, about=About(), on_progress=seen.append)
    assert reply.answer.questions == []
    assert (reply.model, script.seen[0]["stream"]) == ("claude-sonnet-5-5", True)
    assert len(seen) > 1
    assert seen[-1] == Progress(180, 180)
    assert [step.tokens_received for step in seen] == sorted(step.tokens_received for step in seen)


def test_the_stable_part_comes_first_and_is_marked_for_the_cache(serve: Serve) -> None:
    script = serve(Answer(json.dumps({"files": [{"path": "a.py", "text": "x = 1\n"}]})))
    task = TaskSpec(id="task_001", title="A", description="B", type="implementation", target_files=["a.py"])
    inputs = TaskCodeInputs(project=ProjectContext(project_name="Shop", description="", stack="fastapi"), task=task)
    ask(TASK_CODE, inputs, about=About())
    body = script.seen[0]
    assert [block.get("cache_control") for block in body["system"]] == [{"type": "ephemeral"}]
    context, question = body["messages"][0]["content"]
    assert context["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in question
    assert "Shop" in context["text"]
    assert "task_001" in question["text"]


@pytest.mark.parametrize(
    ("model", "attempt", "effort", "temperature", "has_schema"),
    [
        ("claude-haiku-5-5", 1, "medium", None, True),
        ("claude-haiku-5-5", 3, "xhigh", None, True),
        ("claude-haiku-4-5-20251001", 1, None, 0.7, True),
        ("claude-haiku-4-5", 3, None, 0.3, True),
        ("some-local-model", 2, None, None, False),
    ],
)
def test_only_what_a_model_accepts_is_sent(
    serve: Serve, model: str, attempt: int, effort: str | None, temperature: float | None, has_schema: bool
) -> None:
    script = serve(Answer(SUMMARY), model_fast=model)
    reply = ask(REPORT_SUMMARY, REPORT, about=About(), attempt=attempt)
    body = script.seen[0]
    assert body.get("temperature") == temperature
    assert body.get("output_config", {}).get("effort") == effort
    assert ("format" in body.get("output_config", {})) is has_schema
    assert (reply.temperature, reply.effort) == (temperature, effort)


def test_a_model_without_a_price_is_charged_at_the_highest_one_and_says_so(serve: Serve) -> None:
    serve(Answer(SUMMARY), model_fast="some-local-model")
    reply = ask(REPORT_SUMMARY, REPORT, about=About())
    assert reply.cost == Decimal("0.010") + Decimal("0.005")
    assert LLMCall.objects.get().unpriced is True


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Failure(429, "rate_limit_error"), "rate_limited"),
        (Failure(529, "overloaded_error"), "overloaded"),
        (Failure(500), "server_error"),
        (Failure(503), "server_error"),
        (Failure(408), "timeout"),
    ],
)
def test_a_failure_of_the_moment_is_retried_and_costs_nothing(
    serve: Serve, waits: list[float], failure: Failure, code: str
) -> None:
    script = serve(failure, Answer(SUMMARY))
    assert ask(REPORT_SUMMARY, REPORT, about=About()).requests == 2
    assert len(script.seen) == 2
    assert rows() == [("settled", code, False), ("settled", "", True)]


def test_retry_after_is_honoured(serve: Serve, waits: list[float]) -> None:
    serve(Failure(429, headers=(("retry-after", "9"),)), Answer(SUMMARY))
    ask(REPORT_SUMMARY, REPORT, about=About())
    assert 9 <= waits[0] <= 10


def test_the_sdk_does_not_retry_by_itself(serve: Serve, waits: list[float]) -> None:
    script = serve(Failure(529, "overloaded_error"))
    with pytest.raises(ProviderUnavailable):
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert len(script.seen) == 5


@pytest.mark.parametrize("quietly", [False, True])
@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_cut_in_the_middle_is_charged_at_its_worst_and_retried(
    serve: Serve, waits: list[float], streamed: bool, quietly: bool
) -> None:
    purpose, inputs, text = (DISCOVERY_QUESTIONS, REQUEST, QUESTIONS) if streamed else (REPORT_SUMMARY, REPORT, SUMMARY)
    serve(Answer(text, cut_after=1, end_quietly=quietly), Answer(text))
    ask(purpose, inputs, about=About())
    assert rows() == [("lost", "stream_cut", True), ("settled", "", True)]
    lost = LLMCall.objects.get(retry=0)
    assert lost.cost == lost.reserved


def test_an_error_inside_a_stream_is_retried(serve: Serve, waits: list[float]) -> None:
    serve(ErrorInStream(), Answer(QUESTIONS))
    ask(DISCOVERY_QUESTIONS, REQUEST, about=About())
    assert rows() == [("lost", "overloaded", True), ("settled", "", True)]


def test_a_server_that_does_not_answer_in_time_is_retried(
    serve: Serve, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RETRY_TIMEOUTS", 60)
    serve(Answer(SUMMARY, pause=3.0), Answer(SUMMARY), llm_timeout=1.0)
    ask(REPORT_SUMMARY, REPORT, about=About())
    assert rows() == [("lost", "timeout", True), ("settled", "", True)]


def test_a_stream_that_trickles_is_given_up_and_retried(
    serve: Serve, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RETRY_TIMEOUTS", 60)  # a wait is long beside this test's timeout
    serve(Answer(QUESTIONS, pause_between=0.4), Answer(QUESTIONS), llm_timeout=1.0)
    ask(DISCOVERY_QUESTIONS, REQUEST, about=About())
    assert rows() == [("lost", "timeout", True), ("settled", "", True)]


def test_an_answer_that_is_not_json_is_asked_again(serve: Serve) -> None:
    script = serve(Answer("Here you are: {"), Answer(f"Sure!\n```json\n{SUMMARY}\n```"))
    assert ask(REPORT_SUMMARY, REPORT, about=About()).answer.summary == "All 12 tests passed."
    assert [message["role"] for message in script.seen[1]["messages"]] == ["user", "assistant", "user"]


def test_an_answer_that_never_fits_is_an_error(serve: Serve) -> None:
    serve(Answer('{"summary": 1}'))
    with pytest.raises(AnswerInvalid):
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert rows() == [("settled", "answer_invalid", True)] * 3


def test_a_truncated_answer_costs_what_it_cost(serve: Serve) -> None:
    serve(Answer(SUMMARY[:20], output_tokens=4_000, stop_reason="max_tokens"))
    with pytest.raises(AnswerTruncated, match="after 4000 tokens"):
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert rows() == [("settled", "answer_truncated", True)]


def test_a_refusal_is_an_error_of_its_own(serve: Serve) -> None:
    serve(Answer("", stop_reason="refusal"))
    with pytest.raises(AnswerRefused):
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert rows() == [("settled", "answer_refused", True)]


@pytest.mark.parametrize(
    ("failure", "error", "hint"),
    [
        (Failure(401, "authentication_error", "invalid x-api-key"), ProviderRejected, "ANTHROPIC_API_KEY"),
        (Failure(404, "not_found_error", "model: nope"), ProviderRejected, "LLM_MODEL_STRONG"),
        (Failure(400, "invalid_request_error", "prompt is too long: 2 > 1"), PromptTooLarge, "Shorten"),
        (Failure(413, "request_too_large", "too large"), PromptTooLarge, "Shorten"),
        (Page(), ProviderRejected, "ANTHROPIC_BASE_URL"),
        (Page(status=404), ProviderRejected, "ANTHROPIC_BASE_URL"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_what_will_not_get_better_is_told_at_once_with_what_to_do(
    serve: Serve, failure: Step, error: type[Exception], hint: str, streamed: bool
) -> None:
    script = serve(failure)
    with pytest.raises(error) as raised:
        ask(DISCOVERY_QUESTIONS if streamed else REPORT_SUMMARY, REQUEST if streamed else REPORT, about=About())
    assert hint in raised.value.hint  # type: ignore[attr-defined]  # both are ours
    assert len(script.seen) == 1
    assert [(state, charged) for state, _, charged in rows()] == [("settled", False)]


def test_the_key_is_in_no_error(serve: Serve) -> None:
    serve(Failure(401, "authentication_error", "invalid x-api-key"))
    with pytest.raises(ProviderRejected) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert "secret-key" not in f"{raised.value} {raised.value.context} {raised.value.__cause__!r}"


def test_an_address_where_nobody_listens_costs_nothing(configure: Callable[..., Any], waits: list[float]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k", anthropic_base_url="http://127.0.0.1:9")
    with pytest.raises(ProviderUnavailable) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert raised.value.context["reason"] == "unreachable"
    assert rows() == [("settled", "unreachable", False)] * 5


@pytest.mark.parametrize("address", ["not an address", "ftp://example.invalid"])
def test_an_address_that_is_none_is_rejected(configure: Callable[..., Any], address: str) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k", anthropic_base_url=address)
    with pytest.raises(ProviderRejected) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert "ANTHROPIC_BASE_URL" in raised.value.hint


def test_without_a_key_the_provider_says_what_to_set(configure: Callable[..., Any]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="", anthropic_base_url="")
    with pytest.raises(ProviderRejected) as raised:
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert "ANTHROPIC_API_KEY" in raised.value.hint
