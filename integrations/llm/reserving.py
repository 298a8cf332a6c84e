"""What a request may use at most: whether it fits the model, and what is reserved for it before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from integrations.llm import ledger
from integrations.llm.capabilities import capabilities
from integrations.llm.errors import CostLimitReached, PromptTooLarge
from integrations.llm.ledger import Intent
from integrations.llm.limits.passage import Passage
from integrations.llm.prices import worst_case
from integrations.llm.prompt_versions import prompt_version
from integrations.llm.prompting import Prompt
from integrations.llm.providers.base import CountsTokens
from integrations.llm.questions import Question, request_of
from integrations.llm.shapes import Shape
from integrations.models import LLMCall

ROOM_WAIT_SECONDS = 120.0


@dataclass(frozen=True)
class Reserved:
    """The row of a request, and the most prompt tokens that are reserved for."""

    call: LLMCall
    prompt_tokens: int


def reserve(question: Question, prompt: Prompt, *, ask: int, retry: int) -> Reserved:
    """Reserve the worst case. Where its bound of a token a byte finds no room, the tokens are counted first."""
    bound = _token_bound(question, prompt)
    try:
        return _reserve(question, prompt, ask, retry, bound)
    except CostLimitReached:
        counted = _counted(question, prompt)
        if counted is None or counted >= bound:
            raise
        return _reserve(question, prompt, ask, retry, counted)


def _reserve(question: Question, prompt: Prompt, ask: int, retry: int, tokens: int) -> Reserved:
    intent = _intent(question, prompt, ask, retry, tokens)
    return Reserved(ledger.reserve(intent, wait_seconds=ROOM_WAIT_SECONDS), tokens)


def _counted(question: Question, prompt: Prompt) -> int | None:
    """No fewer tokens than the prompt has, as counted by the provider, whose figure is an estimate itself."""
    if not isinstance(question.provider, CountsTokens):
        return None
    counted = question.provider.count_tokens(request_of(question, prompt, Passage()))
    return None if counted is None else counted + counted // 10 + 500


def _intent(question: Question, prompt: Prompt, ask: int, retry: int, prompt_tokens: int) -> Intent:
    return Intent(
        purpose=question.purpose.name,
        provider=question.provider.name,
        model=question.model,
        attempt=question.attempt,
        ask=ask,
        retry=retry,
        temperature=question.decoding.temperature,
        effort=question.decoding.effort or "",
        prompt_hash=prompt.digest(question.purpose.name, question.model),
        prompt_version=prompt_version(question.purpose.template),
        worst_case=worst_case(
            question.provider.name,
            question.model,
            prompt_tokens=prompt_tokens,
            output_tokens=question.max_output_tokens,
        ),
        about=question.about,
    )


def _token_bound(question: Question, prompt: Prompt) -> int:
    return prompt.token_bound + _schema_bytes(question.purpose.answer)


@cache
def _schema_bytes(shape: type[Shape]) -> int:
    """Bytes of an answer's schema: no fewer than the tokens that sending it adds to a prompt."""
    return len(str(shape.model_json_schema()).encode()) + 500


def check_size(question: Question, prompt: Prompt) -> None:
    """Refuse what cannot fit. Bytes bound the tokens; where they leave doubt the provider counts, else we estimate."""
    room = capabilities(question.model).context - question.max_output_tokens
    if not question.provider.waits or _token_bound(question, prompt) <= room:
        return
    tokens = _counted(question, prompt) or prompt.token_estimate
    if tokens > room:
        raise PromptTooLarge(
            f"The prompt for {question.purpose.name} has about {tokens} tokens; {question.model} has room for {room}.",
            hint="Shorten the request or the files it refers to.",
        )
