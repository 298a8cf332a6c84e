"""What a request costs. US dollars per million tokens. Source: the vendor's pricing page, read 2026-11-21."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Final

AS_OF: Final = "2026-11-21"
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
class Rate:
    input: Decimal
    output: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    cache_read: Decimal
    up_to_prompt: int | None = None
    """The band: prompts of at most this many tokens. ``None``: of any length."""


@dataclass(frozen=True)
class Cost:
    """``unpriced``: the model is not in the table and the highest known price was taken."""

    amount: Decimal
    unpriced: bool


def _rate(row: str, up_to_prompt: int | None = None) -> Rate:
    read_in, written_out, write_5m, write_1h, cache_read = (Decimal(number) for number in row.split())
    return Rate(read_in, written_out, write_5m, write_1h, cache_read, up_to_prompt)


_OPUS = (_rate("5 25 6.25 10 0.50"),)
_SONNET_4 = (_rate("3 15 3.75 6 0.30"),)

PRICES: Final[dict[str, tuple[Rate, ...]]] = {
    # Cached reads of this one are taken at the usual tenth of its input price.
    "claude-fable-5-2": (_rate("8 40 10 16 0.80"),),
    "claude-fable-5-1": (_rate("10 50 12.50 20 0.25"),),
    "claude-fable-5": (_rate("10 50 12.50 20 1"),),
    "claude-mythos-5-1": (_rate("10 50 12.50 20 0.25"),),
    "claude-mythos-5": (_rate("10 50 12.50 20 1"),),
    "claude-opus-5-5": (_rate("4 20 5 8 0.20"),),
    "claude-opus-5": _OPUS,
    "claude-opus-4-8": _OPUS,
    "claude-opus-4-7": _OPUS,
    "claude-opus-4-6": _OPUS,
    "claude-opus-4-5": _OPUS,
    "claude-sonnet-5-5": (_rate("2 10 2.50 4 0.10"),),
    "claude-sonnet-5": (_rate("2 10 2.50 4 0.20"),),
    "claude-sonnet-4-6": _SONNET_4,
    "claude-sonnet-4-5": _SONNET_4,
    "claude-haiku-5-5": (_rate("0.10 0.50 0.125 0.20 0.01", 100_000), _rate("0.50 2.50 0.625 1 0.05")),
    "claude-haiku-4-5": (_rate("1 5 1.25 2 0.10"),),
}

_ALL = [rate for bands in PRICES.values() for rate in bands]
HIGHEST: Final = Rate(
    input=max(rate.input for rate in _ALL),
    output=max(rate.output for rate in _ALL),
    cache_write_5m=max(rate.cache_write_5m for rate in _ALL),
    cache_write_1h=max(rate.cache_write_1h for rate in _ALL),
    cache_read=max(rate.cache_read for rate in _ALL),
)


def _bands(model: str) -> tuple[Rate, ...] | None:
    """Exact name, or the name with a date behind it (``claude-haiku-4-5-20251001``)."""
    if model in PRICES:
        return PRICES[model]
    name, _, date = model.rpartition("-")
    return PRICES.get(name) if len(date) == 8 and date.isdigit() else None


def is_priced(provider: str, model: str) -> bool:
    return provider in FREE_PROVIDERS or _bands(model) is not None


def rate_for(model: str, prompt_tokens: int) -> Rate:
    """The rate of ``model`` for a prompt of this length; the highest known one when it has none."""
    for rate in _bands(model) or (HIGHEST,):
        if rate.up_to_prompt is None or prompt_tokens <= rate.up_to_prompt:
            return rate
    return HIGHEST


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
    """The most a request may cost: all of the prompt written to the cache, the longest answer."""
    if provider in FREE_PROVIDERS:
        return Decimal(0)
    rate = rate_for(model, prompt_tokens)
    most = prompt_tokens * max(rate.input, rate.cache_write_5m) + output_tokens * rate.output
    return (most / _MILLION).quantize(_MICRO, ROUND_UP)
