"""What each model accepts. Source: the vendor's model pages, read 2026-11-21; ``cached_from`` from LiteLLM's table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Effort = Literal["low", "medium", "high", "xhigh", "max"]

TEMPERATURES: Final = (0.7, 0.5, 0.3)
EFFORTS: Final[tuple[Effort, ...]] = ("medium", "high", "xhigh")
_ORDER: Final[tuple[Effort, ...]] = ("low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True)
class Capabilities:
    """``sampling``: accepts a temperature. ``efforts``: levels of ``output_config.effort``. Limits in tokens.

    ``schema``: can be held to a schema. ``thinking``: thinks before it answers, as much as it finds necessary, which
    counts as output. ``cached_from``: prompts shorter than this are not cached (0: never cached).
    """

    sampling: bool
    efforts: tuple[Effort, ...]
    schema: bool
    thinking: bool
    context: int
    max_output: int
    cached_from: int


def _new(cached_from: int) -> Capabilities:
    """Since 4.7: any sampling parameter is refused, effort and adaptive thinking steer instead."""
    return Capabilities(
        sampling=False,
        efforts=_ORDER,
        schema=True,
        thinking=True,
        context=1_000_000,
        max_output=128_000,
        cached_from=cached_from,
    )


def _until_six(cached_from: int) -> Capabilities:
    """Up to 4.6: a temperature is taken, and only without thinking."""
    return Capabilities(
        sampling=True,
        efforts=(),
        schema=True,
        thinking=False,
        context=200_000,
        max_output=64_000,
        cached_from=cached_from,
    )


UNKNOWN: Final = Capabilities(
    sampling=False, efforts=(), schema=False, thinking=False, context=200_000, max_output=32_000, cached_from=0
)
"""A model that is not in the table, on a local server for example: nothing is sent that it could reject."""

MODELS: Final[dict[str, Capabilities]] = {
    "claude-fable-5": _new(512),
    "claude-mythos-5": _new(512),
    "claude-opus-5": _new(512),
    "claude-sonnet-5": _new(1_024),
    "claude-haiku-5": _new(1_024),  # not stated by the vendor; a marker on a shorter prompt is ignored, at no cost
    "claude-opus-4-8": _new(1_024),
    "claude-opus-4-7": _new(4_096),
    "claude-opus-4-6": _until_six(4_096),
    "claude-sonnet-4-6": _until_six(2_048),
    "claude-opus-4-5": _until_six(4_096),
    "claude-sonnet-4-5": _until_six(1_024),
    "claude-haiku-4-5": _until_six(4_096),
}


@dataclass(frozen=True)
class Decoding:
    """What is sent to steer the answer; at most one of the two."""

    temperature: float | None = None
    effort: Effort | None = None


def capabilities(model: str) -> Capabilities:
    """Capabilities of ``model``, by the longest name in the table that it is or extends (``claude-opus-5-5``)."""
    names = [name for name in MODELS if model == name or model.startswith(name + "-")]
    return MODELS[max(names, key=len)] if names else UNKNOWN


def decoding(model: str, attempt: int) -> Decoding:
    """How attempt 1, 2, 3 (and on, as 3) is decoded by ``model``."""
    step = min(max(attempt, 1), 3) - 1
    can = capabilities(model)
    if can.sampling:
        return Decoding(temperature=TEMPERATURES[step])
    allowed = [effort for effort in _ORDER[: _ORDER.index(EFFORTS[step]) + 1] if effort in can.efforts]
    return Decoding(effort=allowed[-1]) if allowed else Decoding()
