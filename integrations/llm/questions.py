"""A question on its way through the gateway, and the request that one of its asks becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from integrations.llm.capabilities import Decoding, capabilities
from integrations.llm.constraining import can_be_held_to
from integrations.llm.ledger import About
from integrations.llm.limits.passage import Passage
from integrations.llm.prices import Usage
from integrations.llm.prompting import Prompt
from integrations.llm.providers.base import Provider, Request, Watcher
from integrations.llm.purposes import Purpose
from integrations.llm.shapes import Shape

if TYPE_CHECKING:
    from integrations.llm.offline.options import EngineOptions


@dataclass
class Spent:
    """What all requests of one question used and cost together."""

    usage: Usage = field(default_factory=Usage)
    cost: Decimal = Decimal(0)
    requests: int = 0


@dataclass(frozen=True)
class Question:
    """A question on its way through the gateway."""

    purpose: Purpose[Shape]
    inputs: Shape
    about: About
    attempt: int
    provider: Provider
    model: str
    decoding: Decoding
    max_output_tokens: int
    options: EngineOptions | None
    watcher: Watcher | None
    spent: Spent = field(default_factory=Spent)


def request_of(question: Question, prompt: Prompt, passage: Passage) -> Request:
    """What is sent. The one request that others wait for is streamed, so that they know when its answer has begun."""
    can = capabilities(question.model)
    return Request(
        purpose=question.purpose.name,
        model=question.model,
        prompt=prompt,
        max_output_tokens=question.max_output_tokens,
        decoding=question.decoding,
        answer=question.purpose.answer,
        schema_constrained=can.schema and can_be_held_to(question.purpose.answer),
        streamed=question.purpose.streamed or passage.warms,
        inputs=question.inputs,
        attempt=question.attempt,
        options=question.options,
        on_begun=passage.answer_has_begun,
    )
