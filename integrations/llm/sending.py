"""Sends one question until it is answered: each request waits its turn, is reserved before it and settled after."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal

import structlog

from common.configuration import configuration
from common.connections import give_connection_back
from common.errors import DevMatrixError
from integrations.llm import ledger
from integrations.llm.capabilities import capabilities
from integrations.llm.errors import (
    AnswerUnreadable,
    PromptTooLarge,
    ProviderRejected,
    ProviderUnavailable,
    SettingsRejected,
)
from integrations.llm.figures import believable
from integrations.llm.limits.breaker import Guard
from integrations.llm.limits.passage import Passage, Way, passing
from integrations.llm.prices import Usage
from integrations.llm.prompting import Prompt, digest, estimated_tokens
from integrations.llm.providers.base import CallFailed, Completion, Progress, Watcher
from integrations.llm.questions import Question, Spent, request_of
from integrations.llm.reserving import Reserved, check_size, reserve
from integrations.llm.retries import DEFAULT_POLICY
from integrations.models import LLMCall

log = structlog.get_logger(__name__)
RETRY_TIMEOUTS = 3
FORESEEN_SHARE = 4
"""One part in so many of the longest answer is foreseen for the limits a minute; what was used corrects it."""
sleep: Callable[[float], None] = time.sleep


def send_until_answered(question: Question, prompt: Prompt, *, ask: int) -> tuple[LLMCall, Completion]:
    """Send one ask, again and again while the retry policy says so; each request has a row of its own.

    No further request is begun when ``RETRY_TIMEOUTS`` times ``llm_timeout`` have passed since the first.
    """
    check_size(question, prompt)
    guard = Guard(question.provider.name)
    failures = 0
    last_start = time.monotonic() + RETRY_TIMEOUTS * configuration().llm_timeout
    while True:
        if question.provider.waits:
            give_connection_back()  # those who wait for their turn would starve those who have it
        try:
            with _turn(question, prompt, guard) as passage:
                reserved = reserve(question, prompt, ask=ask, retry=failures)
                return reserved.call, _send(question, prompt, reserved, passage)
        except CallFailed as failure:
            failures += 1
            wait = DEFAULT_POLICY.wait(failures, retry_after=failure.retry_after)
            if guard.failed(failure.code) or (wait is not None and time.monotonic() + wait > last_start):
                wait = None
            _tell(question, failure, failures, wait)
            if wait is None:
                guard.gave_up(failure.code, asked_seconds=failure.retry_after or 0.0)
                raise _unavailable(question, failure, failures) from failure
        except BaseException:
            guard.left()
            raise
        give_connection_back()
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


def _send(question: Question, prompt: Prompt, reserved: Reserved, passage: Passage) -> Completion:
    """Send one request and close its row, whatever comes back and before anybody looks at it."""
    call, request = reserved.call, request_of(question, prompt, passage)
    if question.provider.waits:
        give_connection_back()
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
    except (ProviderRejected, PromptTooLarge) as rejection:
        ledger.settle(call, usage=Usage(), seconds=time.monotonic() - started, error=rejection.code)
        passage.rejected(alive=not isinstance(rejection, SettingsRejected))
        raise
    except BaseException as error:  # a watcher's among them: what came until then may cost
        code = error.code if isinstance(error, DevMatrixError) else "interrupted"
        ledger.lose(call, error=code, seconds=time.monotonic() - started)
        raise
    usage = believable(
        completion.usage,
        text=completion.text,
        most_input=reserved.prompt_tokens,
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


def _letting_go(question: Question) -> Watcher | None:
    """The question's watcher, which may write to the database, and holds no connection between two looks."""
    watcher = question.watcher
    if watcher is None or not question.provider.waits:
        return watcher

    def watch(progress: Progress) -> None:
        watcher(progress)
        give_connection_back()

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
    asks = f" It asks not to be called for {failure.retry_after:.0f} seconds." if failure.retry_after else ""
    return ProviderUnavailable(
        f"{question.provider.name} did not answer: {failure.detail.rstrip('.')}.{asks}",
        hint=("Check ANTHROPIC_BASE_URL and the network. " if failure.code == "unreachable" else "")
        + "What waits for the provider goes on by itself when it is back.",
        reason=failure.code,
        retry_after=failure.retry_after,
        tries=tries,
    )
