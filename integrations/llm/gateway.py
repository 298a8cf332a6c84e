"""The one gate to every model: route, prompt, reserve, call, settle, validate, ask again, answer."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from common.errors import InvalidInput
from integrations.llm import ledger
from integrations.llm.capabilities import capabilities, decoding
from integrations.llm.errors import AnswerInvalid, AnswerRefused, AnswerTruncated
from integrations.llm.ledger import About
from integrations.llm.parsing import DoesNotFit, parse
from integrations.llm.prices import Usage
from integrations.llm.prompting import render
from integrations.llm.providers import current_provider
from integrations.llm.providers.base import Completion, Progress, Watcher
from integrations.llm.purposes import PURPOSES, Purpose, model_for
from integrations.llm.questions import Question
from integrations.llm.sending import send_until_answered
from integrations.llm.shapes import Shape

if TYPE_CHECKING:
    from integrations.llm.offline.options import EngineOptions
    from integrations.models import LLMCall

__all__ = ["About", "Progress", "Reply", "ask"]

AnswerT = TypeVar("AnswerT", bound=Shape)
ASKS = 3


@dataclass(frozen=True)
class Reply(Generic[AnswerT]):
    """A validated answer. ``tokens``, ``cost`` and ``seconds`` are of all requests it took, ``call_id`` of the last."""

    answer: AnswerT
    call_id: uuid.UUID
    provider: str
    model: str
    tokens: Usage
    cost: Decimal
    seconds: float
    temperature: float | None
    effort: str | None
    requests: int


@overload
def ask(
    purpose: Purpose[AnswerT],
    inputs: Shape,
    *,
    about: About,
    attempt: int = ...,
    complexity: str = ...,
    options: EngineOptions | None = ...,
    on_progress: Watcher | None = ...,
) -> Reply[AnswerT]: ...
@overload
def ask(
    purpose: str,
    inputs: Shape,
    *,
    about: About,
    attempt: int = ...,
    complexity: str = ...,
    options: EngineOptions | None = ...,
    on_progress: Watcher | None = ...,
) -> Reply[Any]: ...
def ask(
    purpose: str | Purpose[Shape],
    inputs: Shape,
    *,
    about: About,
    attempt: int = 1,
    complexity: str = "medium",
    options: EngineOptions | None = None,
    on_progress: Watcher | None = None,
) -> Reply[Any]:
    """Ask a model and return its validated answer, with every request in the ledger.

    Never inside a transaction. Raises `CostLimitReached`, `PromptTooLarge`, `ProviderUnavailable`, `ProviderRejected`,
    `AnswerTruncated`, `AnswerRefused`, `AnswerInvalid`.
    """
    started = time.monotonic()
    question = _question(purpose, inputs, about, attempt, complexity, options, on_progress)
    prompt = render(question.purpose, inputs, attempt=attempt, schema=answer_schema(question.purpose.answer))
    errors: list[str] = []
    for number in range(1, ASKS + 1):
        call, completion = send_until_answered(question, prompt, ask=number)
        _refuse_half_answers(question, call, completion)
        try:
            answer = parse(completion.text, question.purpose.answer)
        except DoesNotFit as problem:
            ledger.note_error(call, AnswerInvalid.code)
            errors = problem.errors
            prompt = prompt.answered_badly(completion.text, "\n".join(errors))
            continue
        return _reply(question, call, answer, seconds=time.monotonic() - started)
    raise AnswerInvalid(
        f"{question.model} did not answer {question.purpose.name} in the wanted shape in {ASKS} asks.",
        hint="Try again, or take a stronger model for this purpose.",
        errors=errors,
    )


def _question(
    purpose: str | Purpose[Shape],
    inputs: Shape,
    about: About,
    attempt: int,
    complexity: str,
    options: EngineOptions | None,
    watcher: Watcher | None,
) -> Question:
    if isinstance(purpose, str):
        if purpose not in PURPOSES:
            raise InvalidInput(f"There is no purpose {purpose!r}.", hint="Known ones: " + ", ".join(PURPOSES))
        purpose = PURPOSES[purpose]
    if not isinstance(inputs, purpose.inputs):
        raise InvalidInput(f"{purpose.name} takes {purpose.inputs.__name__}, not {type(inputs).__name__}.")
    provider = current_provider()
    model = provider.model(model_for(purpose, complexity=complexity, attempt=attempt))
    return Question(
        purpose=purpose,
        inputs=inputs,
        about=about,
        attempt=attempt,
        provider=provider,
        model=model,
        decoding=decoding(model, attempt),
        max_output_tokens=min(purpose.max_output_tokens, capabilities(model).max_output),
        options=options,
        watcher=watcher if purpose.streamed else None,
    )


@cache
def answer_schema(shape: type[Shape]) -> dict[str, Any]:
    """JSON schema of an answer, as shown in prompts."""
    return shape.model_json_schema()


def _refuse_half_answers(question: Question, call: LLMCall, completion: Completion) -> None:
    """An answer that stopped at a limit, or a refusal, is an error of its own kind; what it cost is in the ledger."""
    if completion.stop_reason in {"max_tokens", "model_context_window_exceeded"}:
        ledger.note_error(call, AnswerTruncated.code)
        raise AnswerTruncated(
            f"{question.model} stopped {question.purpose.name} after {completion.usage.output} tokens, in the middle.",
            hint="Ask for less at once (split the task), or raise the purpose's output limit.",
            limit=question.max_output_tokens,
        )
    if completion.stop_reason == "refusal":
        ledger.note_error(call, AnswerRefused.code)
        raise AnswerRefused(
            f"{question.model} declined to answer {question.purpose.name}.",
            hint="Reword what was asked, or do this one by hand.",
        )


def _reply(question: Question, call: LLMCall, answer: Shape, *, seconds: float) -> Reply[Any]:
    return Reply(
        answer=answer,
        call_id=call.pk,
        provider=question.provider.name,
        model=question.model,
        tokens=question.spent.usage,
        cost=question.spent.cost,
        seconds=seconds,
        temperature=question.decoding.temperature,
        effort=question.decoding.effort,
        requests=question.spent.requests,
    )
