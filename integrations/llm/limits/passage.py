"""Everything that a request passes on its way to a provider: the breaker, the warming of its prefix, the limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from integrations.llm.errors import ProviderUnavailable
from integrations.llm.limits.admission import Admission, NotAdmitted, admitted
from integrations.llm.limits.breaker import Guard
from integrations.llm.limits.demand import Demand, Said
from integrations.llm.limits.warming import Warmth, warmed
from integrations.llm.prices import Usage


@dataclass(frozen=True)
class Way:
    """What is known of a request before it is sent. ``prefix`` names the part that the provider caches, or is empty.

    ``prefix_tokens`` are foreseen ones, as are ``input`` (of the whole prompt) and ``output``.
    """

    provider: str
    model: str
    prefix: str
    prefix_tokens: int
    input: int
    output: int


@dataclass
class Passage:
    """One request on its way; tell it how it went. Providers that call nobody pass without any of it."""

    guard: Guard | None = None
    warmth: Warmth | None = None
    admission: Admission | None = None

    @property
    def warms(self) -> bool:
        """Whether others wait for this request's answer to begin."""
        return self.warmth is not None and self.warmth.first

    def answer_has_begun(self) -> None:
        if self.warmth is not None:
            self.warmth.answer_has_begun()

    def answered(self, usage: Usage, said: Said) -> None:
        self.answer_has_begun()
        if self.guard is not None:
            self.guard.succeeded()
        if self.admission is not None:
            self.admission.answered(usage, said)

    def rejected(self, *, alive: bool) -> None:
        """The provider will not take this request; nothing was used. ``alive``: it was the provider that said so."""
        if self.guard is not None and alive:
            self.guard.succeeded()
        if self.admission is not None:
            self.admission.failed(billed=False, said=Said())

    def failed(self, *, billed: bool, said: Said, hold_seconds: float) -> None:
        if self.admission is not None:
            self.admission.failed(billed=billed, said=said, hold_seconds=hold_seconds)


@contextmanager
def passing(way: Way, guard: Guard, *, patience: float) -> Iterator[Passage]:
    """Wait for the request's turn. Raises `ProviderUnavailable` where it has none within ``patience`` seconds."""
    guard.enter()
    with guard.alive(), warmed(way.prefix) as warmth:
        from_cache = way.prefix_tokens if way.prefix and not warmth.first else 0
        demand = Demand(way.provider, way.model, input=max(way.input - from_cache, 0), output=way.output)
        try:
            with admitted(demand, patience=patience) as admission:
                yield Passage(guard, warmth, admission)
        except NotAdmitted as refusal:
            raise ProviderUnavailable(
                f"There was {refusal}.",
                hint="Raise LLM_CALLS_AT_ONCE and the limits a minute, if the provider allows it, or start fewer runs.",
                reason="no_place",
                tries=0,
            ) from None
