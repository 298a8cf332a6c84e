"""Every fault of a provider, made by a real server to the real SDK: what comes of the call, and what is charged."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from common.errors import DevMatrixError
from integrations.llm import sending
from integrations.llm.errors import (
    AnswerInvalid,
    AnswerRefused,
    AnswerTruncated,
    AnswerUnreadable,
    PromptTooLarge,
    ProviderRejected,
    ProviderUnavailable,
    SettingsRejected,
)
from integrations.llm.gateway import About, ask
from integrations.llm.limits.breaker import outlook
from integrations.llm.limits.circuit import State
from integrations.llm.purposes import DISCOVERY_QUESTIONS, REPORT_SUMMARY
from integrations.models import LLMCall
from tests.integrations.conftest import QUESTIONS, REPORT, REQUEST, SUMMARY, Serve
from tests.integrations.messages_server import Answer, ErrorInStream, Failure, Page, Raw, Step

pytestmark = pytest.mark.django_db

GOOD = "<a good answer to what was asked>"
FREE, CHARGED = False, True
Row = tuple[str, str, bool]
"""A row of the ledger: reservation, error, whether anything was charged."""
ANSWERED: Row = ("settled", "", CHARGED)


@dataclass(frozen=True)
class Fault:
    """``steps`` are what the server does, the last one again and again; ``ends``: the error that comes of it, if any.

    ``hint`` is a part of what a person is told to do.
    """

    name: str
    steps: tuple[Step, ...]
    ledger: tuple[Row, ...]
    ends: type[DevMatrixError] | None = None
    hint: str = ""
    circuit: State = State.CLOSED

    def __str__(self) -> str:
        return self.name


def retried(name: str, fault: Step, error: str, charged: bool = FREE) -> Fault:
    """Sent again, and answered."""
    row = ("lost" if charged else "settled", error, charged)
    return Fault(name, (fault, Answer(GOOD)), (row, ANSWERED))


def given_up(name: str, fault: Step, error: str, tries: int) -> Fault:
    """Sent again in vain: the provider rests, and runs pause."""
    rows = (("settled", error, FREE),) * tries
    return Fault(name, (fault,), rows, ProviderUnavailable, "goes on by itself", State.OPEN)


def rejected(name: str, fault: Step, hint: str, ends: type[DevMatrixError] = ProviderRejected) -> Fault:
    """Told at once: it will not get better."""
    return Fault(name, (fault,), (("settled", ends.code, FREE),), ends, hint)


def settings(name: str, fault: Step, hint: str) -> Fault:
    """Told at once: something that the settings name is wrong."""
    return rejected(name, fault, hint, SettingsRejected)


def unreadable(name: str, fault: Step) -> Fault:
    """Told at once, and charged at its worst: it may have been an answer when it left."""
    hint = "ANTHROPIC_BASE_URL"
    return Fault(name, (fault,), (("lost", "answer_unreadable", CHARGED),), AnswerUnreadable, hint)


def asked_again(name: str, text: str) -> Fault:
    """Answered, but not in the wanted shape: asked again with what was wrong."""
    return Fault(name, (Answer(text), Answer(GOOD)), (("settled", "answer_invalid", CHARGED), ANSWERED))


def half(name: str, reason: str, ends: type[DevMatrixError], hint: str) -> Fault:
    return Fault(name, (Answer(GOOD, stop_reason=reason),), (("settled", ends.code, CHARGED),), ends, hint)


def usage(name: str, said: object) -> Fault:
    """Answered, with figures that cannot be: charged at the worst."""
    return Fault(name, (Answer(GOOD, usage=said),), (ANSWERED,))


BOTH = [
    retried("429", Failure(429, "rate_limit_error"), "rate_limited"),
    retried("429 with retry-after", Failure(429, "rate_limit_error", headers=(("retry-after", "7"),)), "rate_limited"),
    retried(
        "429 with a retry-after that is no number", Failure(429, headers=(("retry-after", "soon"),)), "rate_limited"
    ),
    retried("529", Failure(529, "overloaded_error"), "overloaded"),
    retried("500", Failure(500), "server_error"),
    retried("502 with a page", Page(502), "server_error"),
    retried("503 with nothing", Raw("", status=503), "server_error"),
    retried("408", Failure(408), "timeout"),
    retried("cut in the middle", Answer(GOOD, cut_after=1), "stream_cut", CHARGED),
    retried("no answer at all", Answer(GOOD, pause=2.0), "timeout", CHARGED),
    given_up("529 for ever", Failure(529, "overloaded_error"), "overloaded", tries=5),
    given_up("429 for ever", Failure(429, "rate_limit_error"), "rate_limited", tries=5),
    given_up("429 for an hour", Failure(429, headers=(("retry-after", "3600"),)), "rate_limited", tries=1),
    settings("401", Failure(401, "authentication_error", "invalid x-api-key"), "ANTHROPIC_API_KEY"),
    settings("402", Failure(402, "billing_error", "no credit"), "billing"),
    settings("403", Failure(403, "permission_error", "not you"), "permissions"),
    settings("404 of a model", Failure(404, "not_found_error", "model: nope"), "LLM_MODEL_STRONG"),
    rejected(
        "400 for sampling", Failure(400, "invalid_request_error", "temperature: not supported"), "model that takes"
    ),
    rejected("400 for effort", Failure(400, "invalid_request_error", "output_config.effort: no"), "model that takes"),
    retried("400 for a schema", Failure(400, message="The compiled grammar is too large."), "schema_refused"),
    retried("400 for output_config", Failure(400, message="output_config: Unknown."), "schema_refused"),
    Fault(
        "400 for output_config for ever",
        (Failure(400, message="output_config: no"),),
        (("settled", "schema_refused", FREE), ("settled", "provider_rejected", FREE)),
        ProviderRejected,
        "model that takes",
    ),
    rejected("400 of a long prompt", Failure(400, message="prompt is too long: 2 > 1"), "Shorten", PromptTooLarge),
    rejected("413", Failure(413, "request_too_large", "too large"), "Shorten", PromptTooLarge),
    rejected("413 with a page", Page(413), "Shorten", PromptTooLarge),
    settings("a web page", Page(), "ANTHROPIC_BASE_URL"),
    settings("a web page with 404", Page(404), "ANTHROPIC_BASE_URL"),
    asked_again("no JSON in the answer", "Here you are: {"),
    asked_again("JSON of another shape", '{"summary": 1, "language": 2}'),
    asked_again("control characters", GOOD.replace("good", r"\u0000 good")),
    asked_again("half a character, escaped", GOOD.replace("good", r"\ud800 good")),
    asked_again("half a character", "\ud800"),
    asked_again("nothing", ""),
    Fault(
        "never in the wanted shape",
        (Answer("{}"),),
        (("settled", "answer_invalid", CHARGED),) * 3,
        AnswerInvalid,
        "stronger model",
    ),
    half("cut at the token limit", "max_tokens", AnswerTruncated, "split the task"),
    half("cut at the context's end", "model_context_window_exceeded", AnswerTruncated, "split the task"),
    half("a refusal", "refusal", AnswerRefused, "Reword"),
    usage("no figures", {}),
    usage("usage below zero", {"input_tokens": -5, "output_tokens": -1}),
    usage("usage of nothing", {"input_tokens": 0, "output_tokens": 0}),
    usage("usage beyond all bounds", {"input_tokens": 10**12, "output_tokens": 10**12}),
]

WHOLE = [
    unreadable("no JSON", Raw("{")),
    unreadable("another JSON", Raw('{"hello": "world"}')),
    unreadable("a list", Raw("[]")),
    unreadable("10 MB", Answer("x" * 10_000_000)),
    usage("no usage", None),
    usage("usage in words", {"input_tokens": "many", "output_tokens": "few"}),
]


def sse(*events: dict[str, Any]) -> Raw:
    lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return Raw("".join(lines), "text/event-stream")


BEGUN = {"type": "message_start", "message": next(Answer("").events("m"))[1]["message"]}
LONG = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x" * 10_000_000}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}

STREAMED = [
    retried("cut quietly", Answer(GOOD, cut_after=1, end_quietly=True), "stream_cut", CHARGED),
    retried("an error in the stream", ErrorInStream(), "overloaded", CHARGED),
    retried("bytes that trickle", Answer(GOOD, pause_between=0.25), "timeout", CHARGED),
    settings("a rejection in the stream", ErrorInStream("authentication_error"), "ANTHROPIC_API_KEY"),
    unreadable("no JSON in the stream", Raw("event: message_start\ndata: {\n\n", "text/event-stream")),
    unreadable("events of something else", sse({"type": "message_delta", "delta": {}, "usage": {}})),
    unreadable("10 MB", sse(BEGUN, BLOCK, LONG)),
]


@pytest.mark.parametrize(
    ("fault", "streamed"),
    [
        *[pytest.param(fault, False, id=f"whole: {fault}") for fault in BOTH + WHOLE],
        *[pytest.param(fault, True, id=f"streamed: {fault}") for fault in BOTH + STREAMED],
    ],
)
def test_a_fault_has_its_outcome_and_its_price(
    fault: Fault, streamed: bool, serve: Serve, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "RETRY_TIMEOUTS", 600)  # waits are only noted, so time does not pass
    good = QUESTIONS if streamed else SUMMARY
    script = serve(*[with_good(step, good) for step in fault.steps], llm_timeout=1.0)
    if fault.ends is None:
        assert ask_for(streamed).answer.model_dump_json(exclude_defaults=True)
    else:
        with pytest.raises(fault.ends) as raised:
            ask_for(streamed)
        assert type(raised.value) is fault.ends
        assert fault.hint in raised.value.hint
    assert rows() == list(fault.ledger)
    assert len(script.seen) == len(fault.ledger)
    assert outlook("anthropic").state is fault.circuit


def ask_for(streamed: bool) -> Any:
    purpose, inputs = (DISCOVERY_QUESTIONS, REQUEST) if streamed else (REPORT_SUMMARY, REPORT)
    return ask(purpose, inputs, about=About())


def with_good(step: Step, good: str) -> Step:
    """The step with a good answer where it wants one; what surrounds the mark becomes a part of its first text."""
    if not isinstance(step, Answer) or "answer to what was asked>" not in step.text:
        return step
    before, _, _ = step.text.removeprefix("<a ").partition("good")
    return replace(step, text=good.replace(': "A', f': "{before}A', 1))


def rows() -> list[Row]:
    calls = LLMCall.objects.order_by("ask", "retry")
    return [(call.reservation, call.error_code, call.cost > 0) for call in calls]


@pytest.mark.parametrize(
    "fault", [fault for fault in BOTH + WHOLE if "usage" in fault.name or fault.name == "no figures"], ids=str
)
def test_figures_that_cannot_be_are_charged_at_the_worst_and_marked(fault: Fault, serve: Serve) -> None:
    serve(*[with_good(step, SUMMARY) for step in fault.steps])
    ask_for(False)
    call = LLMCall.objects.get()
    assert call.tokens_estimated
    assert call.reserved * Decimal("0.8") < call.cost <= call.reserved
    assert call.tokens_out == 4_000, "the longest answer"


def test_wrong_figures_never_cost_more_than_was_reserved_after_counting(
    serve: Serve, configure: Callable[..., Any]
) -> None:
    serve(Answer(SUMMARY, usage={"input_tokens": 20_000, "output_tokens": 10}), hard_cost_limit=Decimal("0.004"))
    ask(REPORT_SUMMARY, REPORT.model_copy(update={"request": "a shop " * 3_000}), about=About())
    call = LLMCall.objects.get()
    assert call.tokens_estimated
    assert call.cost <= call.reserved <= Decimal("0.004")


@pytest.mark.parametrize(("seconds", "least", "most"), [("7", 7, 8), ("0.5", 0.5, 1.5)])
def test_retry_after_is_waited(serve: Serve, waits: list[float], seconds: str, least: float, most: float) -> None:
    serve(Failure(429, headers=(("retry-after", seconds),)), Answer(SUMMARY))
    ask_for(False)
    assert least <= waits[0] <= most


def test_an_address_where_nobody_listens_costs_nothing(configure: Callable[..., Any], waits: list[float]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k", anthropic_base_url="http://127.0.0.1:9")
    with pytest.raises(ProviderUnavailable) as raised:
        ask_for(False)
    assert raised.value.context["reason"] == "unreachable"
    assert raised.value.detail.startswith("anthropic did not answer: http://127.0.0.1:9 cannot be reached (")
    assert "ANTHROPIC_BASE_URL" in raised.value.hint
    assert rows() == [("settled", "unreachable", FREE)] * 5
    assert outlook("anthropic").state is State.OPEN


def test_how_long_a_provider_wants_to_be_left_alone_is_said(serve: Serve, waits: list[float]) -> None:
    serve(Failure(429, message="Slow down.", headers=(("retry-after", "3600"),)))
    with pytest.raises(ProviderUnavailable) as raised:
        ask_for(False)
    assert raised.value.detail == "anthropic did not answer: Slow down. It asks not to be called for 3600 seconds."


def test_a_password_in_an_address_is_not_repeated(configure: Callable[..., Any], waits: list[float]) -> None:
    address = "http://team:hidden-word@127.0.0.1:9"
    configure(llm_provider="anthropic", anthropic_api_key="k", anthropic_base_url=address)
    with pytest.raises(ProviderUnavailable) as raised:
        ask_for(False)
    assert "hidden-word" not in f"{raised.value.detail} {raised.value.context}"


@pytest.mark.parametrize("address", ["not an address", "ftp://example.invalid", "http://[::1"])
def test_an_address_that_is_none_is_rejected(configure: Callable[..., Any], address: str) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="k", anthropic_base_url=address)
    with pytest.raises(ProviderRejected) as raised:
        ask_for(False)
    assert "ANTHROPIC_BASE_URL" in raised.value.hint


def test_without_a_key_the_provider_says_what_to_set(configure: Callable[..., Any]) -> None:
    configure(llm_provider="anthropic", anthropic_api_key="", anthropic_base_url="")
    with pytest.raises(ProviderRejected) as raised:
        ask_for(False)
    assert "ANTHROPIC_API_KEY" in raised.value.hint


def test_the_key_is_in_no_error(serve: Serve) -> None:
    serve(Failure(401, "authentication_error", "invalid x-api-key"))
    with pytest.raises(ProviderRejected) as raised:
        ask_for(False)
    assert "secret-key" not in f"{raised.value} {raised.value.context} {raised.value.__cause__!r}"


def test_what_a_server_says_is_repeated_shortly_and_without_what_cannot_be_kept(serve: Serve) -> None:
    serve(Failure(400, "invalid_request_error", "no\x00\ud800\x1b[31m " + "very " * 10_000))
    with pytest.raises(ProviderRejected) as raised:
        ask_for(False)
    assert len(raised.value.detail) < 400
    assert not set("\x00\x1b\ud800") & set(raised.value.detail)


def test_an_answer_that_did_not_fit_is_sent_back_without_what_cannot_be_sent(serve: Serve) -> None:
    script = serve(Answer("\x00 \ud800 " + "x" * 100_000), Answer(SUMMARY))
    ask_for(False)
    said = script.seen[1]["messages"][1]["content"][0]["text"]
    assert len(said) <= 60_000
    assert not set("\x00\ud800") & set(said)


def test_a_request_with_control_characters_and_half_characters_is_sent_without_them(serve: Serve) -> None:
    script = serve(Answer(SUMMARY))
    ask(REPORT_SUMMARY, REPORT.model_copy(update={"request": "a\x00 sh\x1bop \ud800 and more"}), about=About())
    assert "a shop \ufffd and more" in json.dumps(script.seen[0], ensure_ascii=False)
