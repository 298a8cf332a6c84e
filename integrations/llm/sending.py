"""Sends one question until it is answered: each request waits its turn, is reserved before it and settled after."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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
from integrations.llm.errors import AnswerUnreadable, CostLimitReached, PromptTooLarge, ProviderUnavailable
from integrations.llm.figures import believable
from integrations.llm.ledger import About, Intent
from integrations.llm.limits.breaker import Guard
from integrations.llm.limits.demand import Said
from integrations.llm.limits.passage import Passage, Way, passing
from integrations.llm.prices import Usage, worst_case
from integrations.llm.prompt_versions import prompt_version
from integrations.llm.prompting import Prompt, digest, estimated_tokens
from integrations.llm.providers.base import CallFailed, Completion, CountsTokens, Progress, Provider, Request, Watcher
from integrations.llm.purposes import Purpose
from integrations.llm.retries import DEFAULT_POLICY
from integrations.llm.shapes import Shape
from integrations.models import LLMCall

if TYPE_CHECKING:
    from integrations.llm.offline.options import EngineOptions

log = structlog.get_logger(__name__)
ROOM_WAIT_SECONDS = 120.0
RETRY_TIMEOUTS = 3
FORESEEN_SHARE = 4
"""One part in so many of the longest answer is foreseen for the limits a minute; what was used corrects it."""
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
    guard = Guard(question.provider.name)
    failures = 0
    last_start = time.monotonic() + RETRY_TIMEOUTS * configuration().llm_timeout
    while True:
        try:
            with _turn(question, prompt, guard) as passage:
                call = _reserve(question, prompt, ask, failures)
                return call, _send(question, prompt, call, passage)
        except CallFailed as failure:
            failures += 1
            wait = DEFAULT_POLICY.wait(failures, retry_after=failure.retry_after)
            if guard.failed(failure.code) or (wait is not None and time.monotonic() + wait > last_start):
                wait = None
            _tell(question, failure, failures, wait)
            if wait is None:
                guard.gave_up(failure.code, asked_seconds=failure.retry_after or 0.0)
                raise _unavailable(question, failure, failures) from failure
        sleep(wait)


def _turn(question: Question, prompt: Prompt, guard: Guard) -> AbstractContextManager[Passage]:
    """The request's turn among all calls to its provider; at once where nobody is called."""
    if not question.provider.waits:
        return nullcontext(Passage())
    prefix = prompt.shared_prefix()
    tokens = estimated_tokens(prefix)
    least = capabilities(question.model).cached_from
    name = digest([question.provider.name, question.model, question.purpose.name, *prefix])
    way = Way(
        provider=question.provider.name,
        model=question.model,
        prefix=name if 0 < least <= tokens else "",
        prefix_tokens=tokens,
        input=prompt.token_estimate,
        output=question.max_output_tokens // FORESEEN_SHARE,
    )
    return passing(way, guard, patience=configuration().llm_timeout)


def _send(question: Question, prompt: Prompt, call: LLMCall, passage: Passage) -> Completion:
    """Send one request and close its row, whatever comes back and before anybody looks at it."""
    request = _request(question, prompt, passage)
    if question.provider.waits:
        _give_connection_back()
    started = time.monotonic()
    try:
        completion = question.provider.complete(request, _letting_go(question))
    except CallFailed as failure:
        _close_failed(question, call, failure, time.monotonic() - started)
        passage.failed(billed=failure.billed, said=failure.said, hold_seconds=_hold(failure))
        raise
    except AnswerUnreadable as unreadable:
        ledger.lose(call, error=unreadable.code, seconds=time.monotonic() - started)
        raise
    except DevMatrixError as rejection:
        ledger.settle(call, usage=Usage(), seconds=time.monotonic() - started, error=rejection.code)
        passage.failed(billed=False, said=Said(), hold_seconds=0.0)
        raise
    except BaseException:
        ledger.lose(call, error="interrupted", seconds=time.monotonic() - started)
        raise
    usage = believable(
        completion.usage,
        text=completion.text,
        most_input=_token_bound(question, prompt),
        most_output=question.max_output_tokens,
    )
    cost = ledger.settle(
        call,
        usage=usage,
        seconds=time.monotonic() - started,
        stop_reason=completion.stop_reason,
        request_id=completion.request_id,
    )
    passage.answered(usage, completion.said)
    _add(question.spent, cost, usage)
    return completion


def _hold(failure: CallFailed) -> float:
    """Seconds for which all calls to this model should wait: those that the provider asked this one to."""
    asked = failure.retry_after or 0.0
    return asked if failure.code == "rate_limited" and asked <= DEFAULT_POLICY.retry_after_cap else 0.0


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


def _request(question: Question, prompt: Prompt, passage: Passage) -> Request:
    """What is sent. The one request that others wait for is streamed, so that they know when its answer has begun."""
    can = capabilities(question.model)
    return Request(
        purpose=question.purpose.name,
        model=question.model,
        prompt=prompt,
        max_output_tokens=question.max_output_tokens,
        decoding=question.decoding,
        answer=question.purpose.answer,
        schema_constrained=can.schema,
        streamed=question.purpose.streamed or passage.warms,
        inputs=question.inputs,
        attempt=question.attempt,
        options=question.options,
        on_begun=passage.answer_has_begun,
    )


def _reserve(question: Question, prompt: Prompt, ask: int, retry: int) -> LLMCall:
    """Reserve the worst case. Where its bound of a token a byte finds no room, the tokens are counted first."""
    try:
        return ledger.reserve(_intent(question, prompt, ask, retry), wait_seconds=ROOM_WAIT_SECONDS)
    except CostLimitReached:
        counted = _counted(question, prompt)
        if counted is None or counted >= _token_bound(question, prompt):
            raise
        return ledger.reserve(_intent(question, prompt, ask, retry, counted), wait_seconds=ROOM_WAIT_SECONDS)


def _counted(question: Question, prompt: Prompt) -> int | None:
    """No fewer tokens than the prompt has, as counted by the provider, whose figure is an estimate itself."""
    if not isinstance(question.provider, CountsTokens):
        return None
    counted = question.provider.count_tokens(_request(question, prompt, Passage()))
    return None if counted is None else counted + counted // 10 + 500


def _intent(question: Question, prompt: Prompt, ask: int, retry: int, prompt_tokens: int | None = None) -> Intent:
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
            prompt_tokens=prompt_tokens or _token_bound(question, prompt),
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


def _check_size(question: Question, prompt: Prompt) -> None:
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


def _give_connection_back() -> None:
    """A call may take minutes, and a hundred of them would hold every connection of the pool.

    Inside a test's own transaction the connection stays.
    """
    if not connection.in_atomic_block:
        connection.close()


def _letting_go(question: Question) -> Watcher | None:
    """The question's watcher, which may write to the database, and holds no connection between two looks."""
    watcher = question.watcher
    if watcher is None or not question.provider.waits:
        return watcher

    def watch(progress: Progress) -> None:
        watcher(progress)
        _give_connection_back()

    return watch


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
        hint=("Check ANTHROPIC_BASE_URL and the network. " if failure.code == "unreachable" else "")
        + "Try again when the provider is back; paused runs then go on by themselves.",
        reason=failure.code,
        retry_after=failure.retry_after,
        tries=tries,
    )
