from __future__ import annotations

import pytest

from integrations.llm.capabilities import UNKNOWN, Decoding, capabilities, decoding


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-sonnet-4-5-20250929", "claude-haiku-4-5"])
def test_models_up_to_4_6_take_temperatures(model: str) -> None:
    assert [decoding(model, attempt) for attempt in (1, 2, 3)] == [Decoding(temperature=t) for t in (0.7, 0.5, 0.3)]


@pytest.mark.parametrize("model", ["claude-opus-4-7", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-2"])
def test_newer_models_take_an_effort_and_no_temperature(model: str) -> None:
    assert [decoding(model, attempt) for attempt in (1, 2, 3)] == [
        Decoding(effort="medium"),
        Decoding(effort="high"),
        Decoding(effort="xhigh"),
    ]


def test_later_attempts_are_decoded_as_the_third() -> None:
    assert decoding("claude-sonnet-5-5", 6) == decoding("claude-sonnet-5-5", 3)


def test_an_unknown_model_is_sent_nothing_that_it_could_reject() -> None:
    assert capabilities("llama-9") == UNKNOWN
    assert decoding("llama-9", 1) == Decoding()
    assert not UNKNOWN.schema


def test_the_longest_known_name_decides() -> None:
    assert capabilities("claude-opus-4-5").sampling
    assert not capabilities("claude-opus-4-8").sampling
    assert capabilities("claude-opus-45") == UNKNOWN
