"""The local Messages server without its server: prompts read back, and a cache that behaves as the vendor's."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.llm.gateway import answer_schema
from integrations.llm.prompting import render
from integrations.llm.purposes import PURPOSES
from integrations.llm.rehearsal.answering import Understudy
from integrations.llm.rehearsal.caching import PromptCache, Tokens
from integrations.llm.rehearsal.reading import NotOurs, read_prompt
from integrations.llm.rehearsal.wire import Answer, Failure
from tests.unit.llm.prompt_inputs import INPUTS

MODEL = "claude-sonnet-5-5"  # caches prompts from 1,024 tokens on


def body_of(purpose: str, *, attempt: int = 1) -> dict[str, Any]:
    chosen = PURPOSES[purpose]
    prompt = render(chosen, INPUTS[purpose], attempt=attempt, schema=answer_schema(chosen.answer))
    return {
        "model": MODEL,
        "max_tokens": 60_000,
        "system": [{"text": block.text} for block in prompt.system],
        "messages": [
            {"role": turn.role, "content": [{"text": block.text} for block in turn.blocks]} for turn in prompt.turns
        ],
        "output_config": {"effort": ("medium", "high", "xhigh")[attempt - 1]},
    }


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_prompt_of_ours_says_all_that_an_engine_needs(purpose: str) -> None:
    asked = read_prompt(body_of(purpose, attempt=2))
    assert (asked.purpose, asked.attempt) == (PURPOSES[purpose], 2)
    assert asked.inputs == INPUTS[purpose]


def test_a_prompt_of_somebody_else_is_refused_by_name() -> None:
    body = {"model": MODEL, "max_tokens": 10, "system": "Be kind.", "messages": [{"role": "user", "content": "Hi"}]}
    with pytest.raises(NotOurs):
        read_prompt(body)
    answer, _ = Understudy().answer(body)
    assert isinstance(answer, Failure)
    assert (answer.status, answer.type) == (400, "invalid_request_error")


def test_an_answer_stops_at_the_limit_of_the_request() -> None:
    answer, _ = Understudy().answer(body_of("report_summary") | {"max_tokens": 10})
    assert isinstance(answer, Answer)
    assert (answer.stop_reason, answer.output_tokens, len(answer.text)) == ("max_tokens", 10, 40)


# -- cache -------------------------------------------------------------------------------------------------------------


def marked(*blocks: tuple[int, bool], model: str = MODEL, start: str = "a") -> dict[str, Any]:
    """A request of blocks with so many tokens each, marked for the cache or not; ``start`` makes it another prompt."""
    mark = {"cache_control": {"type": "ephemeral"}}
    made = [{"text": start + "x" * (tokens * 4 - 1), **(mark if cached else {})} for tokens, cached in blocks]
    return {"model": model, "system": made[:1], "messages": [{"role": "user", "content": made[1:]}]}


def test_an_entry_exists_once_the_first_answer_has_begun() -> None:
    cache = PromptCache()
    body = marked((2_000, True), (1_000, True), (500, False))
    first, entries = cache.look_up(body)
    assert first == Tokens(input=501, written=3_000)
    assert cache.look_up(body)[0] == first, "a second one that comes before pays for writing too"
    cache.answer_begins(entries)
    assert cache.look_up(body)[0] == Tokens(input=501, read=3_000)


def test_the_longest_known_prefix_is_read_and_the_rest_written() -> None:
    cache = PromptCache()
    _, entries = cache.look_up(marked((2_000, True), (500, False)))
    cache.answer_begins(entries)
    assert cache.look_up(marked((2_000, True), (1_000, True), (9, False)))[0] == Tokens(10, read=2_000, written=1_000)
    assert cache.look_up(marked((2_000, True), start="b"))[0] == Tokens(1, written=2_000), "another prompt"
    assert cache.look_up(marked((2_000, True), model="claude-opus-5"))[0].read == 0, "another model"


def test_short_prompts_and_unknown_models_are_not_cached() -> None:
    cache = PromptCache()
    assert cache.look_up(marked((1_023, True), (9, False))) == (Tokens(1_033), [])
    assert cache.look_up(marked((5_000, True), model="some-local-model")) == (Tokens(5_001), [])


def test_an_entry_lives_five_minutes_after_its_last_use() -> None:
    now = 0.0
    cache = PromptCache(clock=lambda: now)
    body = marked((2_000, True))
    cache.answer_begins(cache.look_up(body)[1])
    for now in (299.0, 598.0):  # noqa: B007 - the clock of the cache
        assert cache.look_up(body)[0].read == 2_000
    now = 898.0
    assert cache.look_up(body)[0].read == 0
