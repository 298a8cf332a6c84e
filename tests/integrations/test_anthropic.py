"""What goes over the wire to the Messages API, and what becomes of its answers; faults are in test_provider_faults."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from integrations.llm.errors import AnswerInvalid, AnswerTruncated, ProviderUnavailable
from integrations.llm.gateway import About, Progress, ask
from integrations.llm.prices import Usage
from integrations.llm.providers.anthropic import AnthropicProvider
from integrations.llm.purposes import DISCOVERY_QUESTIONS, DOMAIN_MODEL, REPORT_SUMMARY, TASK_CODE
from integrations.llm.shapes import DomainModelInputs, ProjectContext, ReportInputs, TaskCodeInputs, TaskSpec
from integrations.models import LLMCall
from tests.integrations.conftest import QUESTIONS, REPORT, REQUEST, SUMMARY, Serve
from tests.integrations.messages_server import Answer, Failure

pytestmark = pytest.mark.django_db

LONG_REPORT = ReportInputs(project_name="Shop", request="a shop " * 20_000, facts=[])


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
    assert body.get("thinking") == ({"type": "adaptive"} if effort else None)
    assert (reply.temperature, reply.effort) == (temperature, effort)


def test_a_server_that_refuses_a_schema_is_asked_in_words_from_then_on(serve: Serve, waits: list[float]) -> None:
    script = serve(Failure(400, message="The compiled grammar is too large."), Answer(f"Here it is: {SUMMARY}"))
    for _ in range(2):
        assert ask(REPORT_SUMMARY, REPORT, about=About()).answer.summary == "All 12 tests passed."
    assert ["format" in body["output_config"] for body in script.seen] == [True, False, False]
    assert [body["output_config"]["effort"] for body in script.seen] == ["medium"] * 3


def test_a_schema_that_is_too_complex_to_be_held_to_is_not_sent(serve: Serve) -> None:
    script = serve(Answer("{}"))
    with pytest.raises(AnswerInvalid):
        ask(DOMAIN_MODEL, DomainModelInputs(request="a shop"), about=About())
    assert [body["output_config"] for body in script.seen] == [{"effort": "medium"}] * 3


def test_a_model_without_a_price_is_charged_at_the_highest_one_and_says_so(serve: Serve) -> None:
    serve(Answer(SUMMARY), model_fast="some-local-model")
    reply = ask(REPORT_SUMMARY, REPORT, about=About())
    assert reply.cost == Decimal("0.010") + Decimal("0.005")
    assert LLMCall.objects.get().unpriced is True


def test_the_sdk_does_not_retry_by_itself(serve: Serve, waits: list[float]) -> None:
    script = serve(Failure(529, "overloaded_error"))
    with pytest.raises(ProviderUnavailable):
        ask(REPORT_SUMMARY, REPORT, about=About())
    assert len(script.seen) == 5


def test_an_answer_that_did_not_fit_is_asked_again_in_the_same_conversation(serve: Serve) -> None:
    script = serve(Answer("Here you are: {"), Answer(f"Sure!\n```json\n{SUMMARY}\n```"))
    assert ask(REPORT_SUMMARY, REPORT, about=About()).answer.summary == "All 12 tests passed."
    assert [message["role"] for message in script.seen[1]["messages"]] == ["user", "assistant", "user"]


def test_a_truncated_answer_costs_what_it_cost(serve: Serve) -> None:
    serve(Answer(SUMMARY[:20], output_tokens=4_000, stop_reason="max_tokens"))
    with pytest.raises(AnswerTruncated, match="after 4000 tokens"):
        ask(REPORT_SUMMARY, REPORT, about=About())
    call = LLMCall.objects.get()
    assert (call.tokens_out, call.error_code) == (4_000, "answer_truncated")


def test_an_empty_address_in_the_environment_is_the_vendors_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "")
    provider = AnthropicProvider(api_key="k", base_url="", timeout=5.0)
    assert str(provider._client().base_url) == "https://api.anthropic.com"
