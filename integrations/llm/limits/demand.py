"""What a call asks of a provider, what a provider allows, and what it said about that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.configuration import configuration

KINDS = ("requests", "input", "output")


@dataclass(frozen=True)
class Demand:
    """One call that wants to begin. Tokens are foreseen ones; what was really used corrects them at the end."""

    provider: str
    model: str
    input: int
    output: int

    def by_kind(self) -> dict[str, int]:
        return {"requests": 1, "input": self.input, "output": self.output}


@dataclass(frozen=True)
class Rates:
    """Limits of a provider: a minute's requests and tokens, and calls at once. 0: no limit of ours."""

    requests: int
    input: int
    output: int
    calls_at_once: int

    def by_kind(self) -> dict[str, int]:
        return {"requests": self.requests, "input": self.input, "output": self.output}


def rates_in_force() -> Rates:
    """The limits that the settings name."""
    settings = configuration()
    return Rates(
        requests=settings.llm_requests_per_minute,
        input=settings.llm_input_tokens_per_minute,
        output=settings.llm_output_tokens_per_minute,
        calls_at_once=settings.llm_calls_at_once,
    )


@dataclass(frozen=True)
class Said:
    """Limits a minute, and what is left of them, as a provider's answer told them for one model. Missing: not said."""

    limit: Mapping[str, int] = field(default_factory=dict)
    remaining: Mapping[str, int] = field(default_factory=dict)
