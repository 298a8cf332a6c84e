"""What every provider takes and gives. Nothing of a vendor's own types leaves a provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from integrations.llm.capabilities import Decoding
from integrations.llm.limits.demand import Said
from integrations.llm.prices import Usage
from integrations.llm.prompting import Prompt
from integrations.llm.shapes import Shape

if TYPE_CHECKING:
    from integrations.llm.offline.options import EngineOptions


@dataclass(frozen=True)
class Progress:
    """How far a streamed answer has come, in tokens; both figures are estimates until the end.

    ``parts`` are the pieces of text that came so far; joining them costs, so it is left to who needs it.
    """

    tokens_received: int
    estimated_total: int
    parts: Sequence[str] = field(default=(), compare=False, repr=False)


Watcher = Callable[[Progress], None]


@dataclass(frozen=True)
class Request:
    """One request. ``schema_constrained``: the model is held to the schema of ``answer``.

    ``on_begun`` is called when the answer begins, at the latest when it is there. The offline engine answers from the
    inputs, attempt and options.
    """

    purpose: str
    model: str
    prompt: Prompt
    max_output_tokens: int
    decoding: Decoding
    answer: type[Shape]
    schema_constrained: bool
    streamed: bool
    inputs: Shape
    attempt: int
    options: EngineOptions | None
    on_begun: Callable[[], None] | None = None


@dataclass(frozen=True)
class Completion:
    """An answer as text, with what it used. ``stop_reason`` is in the vendor's words (``end_turn``, ``max_tokens``)."""

    text: str
    usage: Usage
    stop_reason: str
    request_id: str = ""
    said: Said = field(default_factory=Said)
    """What the provider told of its limits."""


@dataclass
class CallFailed(Exception):
    """A request failed on its way. ``billed``: tokens may have been used, nobody knows how many."""

    code: str
    detail: str
    billed: bool = False
    retry_after: float | None = None
    request_id: str = ""
    said: Said = field(default_factory=Said)

    def __str__(self) -> str:
        return self.detail


class Provider(Protocol):
    """``waits``: calls wait on a network, so the database connection is given back meanwhile."""

    name: str
    waits: bool

    def model(self, wanted: str) -> str:
        """The model that will really answer when the settings name ``wanted``."""
        ...

    def complete(self, request: Request, watcher: Watcher | None) -> Completion:
        """Raises :class:`CallFailed` when trying again may help, ``ProviderRejected`` when not."""
        ...


@runtime_checkable
class CountsTokens(Protocol):
    """A provider that can say how many tokens a prompt has before it is sent."""

    def count_tokens(self, request: Request) -> int | None:
        """Tokens of the prompt as the model counts them, schema and frame included; ``None`` where nobody can say."""
        ...


@runtime_checkable
class FindsModels(Protocol):
    """A provider that can be asked about a model at no cost."""

    def find_model(self, model: str) -> str:
        """The model's name for people. Raises `CallFailed`, or `ProviderRejected` for a wrong key, model or address."""
        ...
