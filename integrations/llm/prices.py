"""What a request costs, in US dollars, by the table in force (``prices.toml`` and ``LLM_PRICES_FILE``)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Final

from common.configuration import configuration
from integrations.llm.price_table import PriceTable, Rate, price_table

_MILLION: Final = Decimal(1_000_000)
_MICRO: Final = Decimal("0.000001")
FREE_PROVIDERS: Final = frozenset({"offline", "replay"})


@dataclass(frozen=True)
class Usage:
    """Tokens of one request. ``input`` excludes what was read from or written to the cache."""

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    estimated: bool = False

    @property
    def prompt(self) -> int:
        """Length of the whole prompt, which is what price bands go by."""
        return self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cache_write_5m + other.cache_write_5m,
            self.cache_write_1h + other.cache_write_1h,
            self.cache_read + other.cache_read,
            self.estimated or other.estimated,
        )

    @property
    def cache_written(self) -> int:
        return self.cache_write_5m + self.cache_write_1h


@dataclass(frozen=True)
class Cost:
    """``unpriced``: the model is not in the table and the highest known price was taken."""

    amount: Decimal
    unpriced: bool


def table() -> PriceTable:
    """The prices in force."""
    return price_table(configuration().llm_prices_file)


def is_priced(provider: str, model: str) -> bool:
    return provider in FREE_PROVIDERS or table().bands(model) is not None


def rate_for(model: str, prompt_tokens: int) -> Rate:
    """The rate of ``model`` for a prompt of this length; the highest known one when it has none."""
    return _reachable(model, prompt_tokens)[-1]


def _reachable(model: str, prompt_tokens: int) -> list[Rate]:
    """Rates of every prompt up to this length, the one of this very length last."""
    prices = table()
    bands = prices.bands(model) or (prices.highest,)
    below = [rate for rate in bands if rate.up_to_prompt is not None and rate.up_to_prompt < prompt_tokens]
    return [*below, bands[len(below)]]


def cost_of(provider: str, model: str, usage: Usage) -> Cost:
    """What a request with this usage cost."""
    if provider in FREE_PROVIDERS:
        return Cost(Decimal(0), unpriced=False)
    rate = rate_for(model, usage.prompt)
    total = (
        usage.input * rate.input
        + usage.output * rate.output
        + usage.cache_write_5m * rate.cache_write_5m
        + usage.cache_write_1h * rate.cache_write_1h
        + usage.cache_read * rate.cache_read
    ) / _MILLION
    return Cost(total.quantize(_MICRO, ROUND_HALF_UP), unpriced=not is_priced(provider, model))


def worst_case(provider: str, model: str, *, prompt_tokens: int, output_tokens: int) -> Decimal:
    """The most a request may cost: all of the prompt written to the cache for five minutes, the longest answer.

    Nobody asks for an hour of caching. A prompt that turns out shorter is charged in a lower band, which no rule says
    must be cheaper.
    """
    if provider in FREE_PROVIDERS:
        return Decimal(0)
    most = max(
        prompt_tokens * max(rate.input, rate.cache_write_5m, rate.cache_read) + output_tokens * rate.output
        for rate in _reachable(model, prompt_tokens)
    )
    return (most / _MILLION).quantize(_MICRO, ROUND_UP)
