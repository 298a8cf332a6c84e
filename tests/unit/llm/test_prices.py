from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.llm.price_table import price_table
from integrations.llm.prices import Usage, cost_of, is_priced, rate_for, worst_case

PRICES = price_table().models
HIGHEST = price_table().highest
tokens = st.integers(min_value=0, max_value=2_000_000)
usages = st.builds(Usage, input=tokens, output=tokens, cache_write_5m=tokens, cache_read=tokens)
models = st.sampled_from([*PRICES, "claude-haiku-4-5-20251001", "a-local-model"])


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        ("claude-sonnet-5-5", Usage(input=1_000_000), "2"),
        ("claude-sonnet-5-5", Usage(output=1_000_000), "10"),
        ("claude-sonnet-5-5", Usage(cache_write_5m=1_000_000), "2.5"),
        ("claude-sonnet-5-5", Usage(cache_write_1h=1_000_000), "4"),
        ("claude-sonnet-5-5", Usage(cache_read=1_000_000), "0.1"),
        ("claude-haiku-4-5-20251001", Usage(input=1_000_000), "1"),
        ("claude-haiku-5-5", Usage(input=100_000), "0.01"),
        ("claude-haiku-5-5", Usage(input=100_001), "0.050001"),
        ("claude-sonnet-5-5", Usage(input=1), "0.000002"),
    ],
)
def test_a_request_costs_its_tokens_at_the_models_rates(model: str, usage: Usage, dollars: str) -> None:
    assert cost_of("anthropic", model, usage).amount == Decimal(dollars)


def test_the_length_of_a_prompt_counts_what_came_from_the_cache() -> None:
    assert rate_for("claude-haiku-5-5", Usage(input=1, cache_read=100_000).prompt).input == Decimal("0.50")


def test_an_unknown_model_is_unpriced_and_charged_at_the_highest_price() -> None:
    cost = cost_of("anthropic", "a-local-model", Usage(input=1_000_000, output=1_000_000))
    assert (cost.amount, cost.unpriced) == (HIGHEST.input + HIGHEST.output, True)
    assert not is_priced("anthropic", "a-local-model")


def test_a_name_that_only_begins_like_a_priced_model_is_unknown() -> None:
    assert not is_priced("anthropic", "claude-sonnet-5-5-turbo")


@pytest.mark.parametrize("provider", ["offline", "replay"])
def test_what_is_not_bought_costs_nothing(provider: str) -> None:
    cost = cost_of(provider, "offline-1", Usage(input=10**6, output=10**6))
    assert (cost.amount, cost.unpriced) == (Decimal(0), False)
    assert worst_case(provider, "offline-1", prompt_tokens=10**6, output_tokens=10**6) == 0


@given(model=models, usage=usages)
def test_no_usage_within_the_bounds_costs_more_than_the_worst_case(model: str, usage: Usage) -> None:
    worst = worst_case("anthropic", model, prompt_tokens=usage.prompt, output_tokens=usage.output)
    assert cost_of("anthropic", model, usage).amount <= worst


@given(model=models, usage=usages, more=st.integers(min_value=0, max_value=10**6))
def test_a_larger_bound_never_makes_the_worst_case_smaller(model: str, usage: Usage, more: int) -> None:
    narrow = worst_case("anthropic", model, prompt_tokens=usage.prompt, output_tokens=usage.output)
    assert worst_case("anthropic", model, prompt_tokens=usage.prompt + more, output_tokens=usage.output) >= narrow


@given(first=usages, second=usages)
def test_usage_adds_up_token_by_token(first: Usage, second: Usage) -> None:
    both = first + second
    assert (both.prompt, both.output) == (first.prompt + second.prompt, first.output + second.output)


@pytest.mark.parametrize("model", PRICES)
def test_every_model_has_positive_rates_and_bands_that_rise_and_end(model: str) -> None:
    bands = PRICES[model]
    assert bands[-1].up_to_prompt is None
    assert all(rate.cache_read < rate.input < rate.cache_write_5m < rate.cache_write_1h < rate.output for rate in bands)
    edges = [rate.up_to_prompt for rate in bands[:-1] if rate.up_to_prompt is not None]
    assert edges == sorted(edges)
    assert [rate.input for rate in bands] == sorted(rate.input for rate in bands)
