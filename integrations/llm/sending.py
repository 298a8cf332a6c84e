"""Sends one question to a provider until it is answered, keeping the ledger before and after every request."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

import structlog
from django.db import connection

from common.configuration import configuration
from common.errors import DevMatrixError
from integrations.llm import ledger
from integrations.llm.capabilities import Decoding, capabilities
from integrations.llm.errors import PromptTooLarge, ProviderUnavailable
from integrations.llm.ledger import About, Intent
from integrations.llm.prices import Usage, worst_case
from integrations.llm.prompting import Prompt
from integrations.llm.providers.base import CallFailed, Completion, Provider, Request, Watcher
from integrations.llm.purposes import Purpose
from integrations.llm.retries import DEFAULT_POLICY
from integrations.llm.shapes import Shape
from integrations.models import LLMCall

if TYPE_CHECKING:
    from integrations.llm.offline.options import EngineOptions

log = structlog.get_logger(__name__)
ROOM_WAIT_SECONDS = 120.0
RETRY_TIMEOUTS = 3
sleep: Callable[[float], None] = time.sleep


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


def send_until_answered(question: Question, prompt: Prompt, *, ask: int) -> tuple[LLMCall, Completion]:
    """Send one ask, again and again while the retry policy says so; each request has a row of its own.

    No further request is begun when ``RETRY_TIMEOUTS`` times ``llm_timeout`` have passed since the first.
    """
    _check_size(question, prompt)
    failures = 0
    last_start = time.monotonic() + RETRY_TIMEOUTS * configuration().llm_timeout
    while True:
        call = ledger.reserve(_intent(question, prompt, ask, failures), wait_seconds=ROOM_WAIT_SECONDS)
        try:
            return call, _send(question, prompt, call)
        except CallFailed as failure:
            failures += 1
            wait = DEFAULT_POLICY.wait(failures, retry_after=failure.retry_after)
            if wait is not None and time.monotonic() + wait > last_start:
                wait = None
            _tell(question, failure, failures, wait)
            if wait is None:
                raise _unavailable(question, failure, failures) from failure
        sleep(wait)


def _send(question: Question, prompt: Prompt, call: LLMCall) -> Completion:
    """Send one request and close its row, whatever comes back and before anybody looks at it."""
    request = _request(question, prompt)
    if question.provider.waits:
        _give_connection_back()
    started = time.monotonic()
    try:
        completion = question.provider.complete(request, question.watcher)
    except CallFailed as failure:
        _close_failed(question, call, failure, time.monotonic() - started)
        raise
    except DevMatrixError as rejection:
        ledger.settle(call, usage=Usage(), seconds=time.monotonic() - started, error=rejection.code)
        raise
    except BaseException:
        ledger.lose(call, error="interrupted", seconds=time.monotonic() - started)
        raise
    cost = ledger.settle(
        call,
        usage=completion.usage,
        seconds=time.monotonic() - started,
        stop_reason=completion.stop_reason,
        request_id=completion.request_id,
    )
    _add(question.spent, cost, completion.usage)
    return completion


def _close_failed(question: Question, call: LLMCall, failure: CallFailed, seconds: float) -> None:
    if failure.billed:
        ledger.lose(call, error=failure.code, seconds=seconds)
        _add(question.spent, call.reserved, Usage())
    else:
        ledger.settle(call, usage=Usage(), seconds=seconds, error=failure.code, request_id=failure.request_id)
        _add(question.spent, Decimal(0), Usage())


def _add(spent: Spent, cost: Decimal, usage: Usage) -> None:
    spent.cost += cost
    spent.usage += usage
    spent.requests += 1


def _request(question: Question, prompt: Prompt) -> Request:
    can = capabilities(question.model)
    return Request(
        purpose=question.purpose.name,
        model=question.model,
        prompt=prompt,
        max_output_tokens=question.max_output_tokens,
        decoding=question.decoding,
        answer=question.purpose.answer,
        schema_constrained=can.schema,
        streamed=question.purpose.streamed,
        inputs=question.inputs,
        attempt=question.attempt,
        options=question.options,
    )


def _intent(question: Question, prompt: Prompt, ask: int, retry: int) -> Intent:
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
        worst_case=worst_case(
            question.provider.name,
            question.model,
            prompt_tokens=prompt.token_bound + _schema_bytes(question.purpose.answer),
            output_tokens=question.max_output_tokens,
        ),
        about=question.about,
    )


@cache
def _schema_bytes(shape: type[Shape]) -> int:
    """Bytes of an answer's schema: no fewer than the tokens that sending it adds to a prompt."""
    return len(str(shape.model_json_schema()).encode()) + 500


def _check_size(question: Question, prompt: Prompt) -> None:
    room = capabilities(question.model).context - question.max_output_tokens
    if question.provider.waits and prompt.token_estimate > room:
        raise PromptTooLarge(
            f"The prompt for {question.purpose.name} has about {prompt.token_estimate} tokens; "
            f"{question.model} has room for {room}.",
            hint="Shorten the request or the files it refers to.",
        )


def _give_connection_back() -> None:
    """A call may take minutes, and a hundred of them would hold every connection of the pool.

    Inside a test's own transaction the connection stays.
    """
    if not connection.in_atomic_block:
        connection.close()


def _tell(question: Question, failure: CallFailed, failures: int, wait: float | None) -> None:
    log.warning(
        "llm_request_failed",
        purpose=question.purpose.name,
        model=question.model,
        code=failure.code,
        detail=failure.detail,
        request_id=failure.request_id,
        failures=failures,
        wait_seconds=wait,
    )


def _unavailable(question: Question, failure: CallFailed, tries: int) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"{question.provider.name} did not answer: {failure.detail}",
        hint="Resume the run when the provider is back.",
        reason=failure.code,
        retry_after=failure.retry_after,
        tries=tries,
    )
