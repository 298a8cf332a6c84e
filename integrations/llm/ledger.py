"""The ledger's writes: reserve the worst case, then settle to what a call cost, or lose it at that worst case.

A reservation is taken from the plan's limit and from the global one, in that order and in the statement that writes the
row, so no call is made that could pass a hard limit, from any worker, at any parallelism.
"""

from __future__ import annotations

import time
import uuid
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from common.actors import current_trace_id
from common.configuration import configuration
from integrations.llm.cost_limits import LimitStatus, status_of, tell_crossings, untold
from integrations.llm.errors import CostLimitReached
from integrations.llm.ledger_rows import close_reserved, write_reserved
from integrations.llm.prices import Usage, cost_of
from integrations.models import LLMCall, Reservation

ROOM_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class About:
    """What a call is for. Plain ids: the ledger knows nothing of the items themselves.

    Without a ``trace_id`` it is the trace of the work under way.
    """

    conversation: uuid.UUID | None = None
    discovery: uuid.UUID | None = None
    plan: uuid.UUID | None = None
    task: uuid.UUID | None = None
    atom: uuid.UUID | None = None
    trace_id: str = ""


@dataclass(frozen=True)
class Intent:
    """A request about to be sent, as the ledger keeps it."""

    purpose: str
    provider: str
    model: str
    attempt: int
    ask: int
    retry: int
    temperature: float | None
    effort: str
    prompt_hash: str
    prompt_version: str
    worst_case: Decimal
    about: About


def reserve(intent: Intent, *, wait_seconds: float) -> LLMCall:
    """Write the row of a request and take its worst case from the limits.

    Where only calls in flight stand in the way, wait for them to settle. Raises `CostLimitReached` when what is
    spent already leaves no room, or none came in time; `RuntimeError` inside a transaction (the row must outlive it).
    """
    deadline = time.monotonic() + wait_seconds
    call = _row(intent)
    while in_the_way := _write(call):
        for limit in in_the_way:
            if limit.would_pass_hard(intent.worst_case) or time.monotonic() >= deadline:
                raise _limit_error(limit, intent.worst_case)
        time.sleep(ROOM_POLL_SECONDS)
    return call


def settle(
    call: LLMCall, *, usage: Usage, seconds: float, stop_reason: str = "", error: str = "", request_id: str = ""
) -> Decimal:
    """Settle a reservation to what the call cost, and return that.

    A call that was given up as lost meanwhile stays charged at its worst case, which is then returned.
    """
    cost = cost_of(call.provider, call.model, usage)
    settled = _close(
        call,
        to=Reservation.SETTLED,
        cost=cost.amount,
        unpriced=cost.unpriced,
        tokens_in=usage.input,
        tokens_out=usage.output,
        tokens_cache_written=usage.cache_written,
        tokens_cache_read=usage.cache_read,
        tokens_estimated=usage.estimated,
        duration_ms=round(seconds * 1000),
        stop_reason=stop_reason,
        error_code=error,
        request_id=request_id,
    )
    return cost.amount if settled else call.reserved


def lose(call: LLMCall, *, error: str, seconds: float | None = None) -> bool:
    """Give up on a call whose answer was lost on its way: it stays charged at its worst case."""
    duration = None if seconds is None else round(seconds * 1000)
    return _close(call, to=Reservation.LOST, cost=call.reserved, error_code=error, duration_ms=duration)


def lose_stale_reservations(*, older_than: timedelta) -> int:
    """For the reconciler: reservations whose process must have died are lost. Returns how many."""
    stale = LLMCall.objects.filter(reservation=Reservation.RESERVED, created_at__lt=timezone.now() - older_than)
    return sum(lose(call, error="process_died") for call in stale.iterator())


def note_error(call: LLMCall, error: str) -> None:
    """Say what became of a settled answer: refused, truncated or not of the wanted shape."""
    LLMCall.objects.filter(pk=call.pk).update(error_code=error)


def _row(intent: Intent) -> LLMCall:
    about = intent.about
    return LLMCall(
        purpose=intent.purpose,
        provider=intent.provider,
        model=intent.model,
        attempt=intent.attempt,
        ask=intent.ask,
        retry=intent.retry,
        temperature=None if intent.temperature is None else Decimal(str(intent.temperature)),
        effort=intent.effort,
        prompt_hash=intent.prompt_hash,
        prompt_version=intent.prompt_version,
        reserved=intent.worst_case,
        conversation_id=about.conversation,
        discovery_id=about.discovery,
        plan_id=about.plan,
        task_id=about.task,
        atom_id=about.atom,
        trace_id=about.trace_id or current_trace_id(),
    )


def _write(call: LLMCall) -> list[LimitStatus]:
    """Durable, as Django checks where there is a transaction; where there is none, the statement is one by itself."""
    with transaction.atomic(durable=True) if connection.in_atomic_block else nullcontext():
        return [status_of(row) for row in write_reserved(call, default_hard=configuration().hard_cost_limit)]


def _limit_error(limit: LimitStatus, amount: Decimal) -> CostLimitReached:
    return CostLimitReached(
        f"The {limit.scope} cost limit of {limit.hard:f} dollars leaves no room: {limit.spent:f} are spent, "
        f"{limit.in_flight:f} are reserved by calls in flight and this call may cost {amount:f}.",
        hint="Staff may raise the limit (in the admin, or PUT cost-limit/ of the plan); then resume.",
        scope=limit.scope,
        spent=str(limit.spent),
        in_flight=str(limit.in_flight),
        hard=str(limit.hard),
        needed=str(amount),
    )


def _close(call: LLMCall, *, to: Reservation, cost: Decimal, **fields: object) -> bool:
    limits = close_reserved(call, {"reservation": to, "cost": cost, "settled_at": timezone.now(), **fields})
    if any(untold(row) for row in limits or []):
        tell_crossings(plan=call.plan_id, conversation=call.conversation_id)
    return limits is not None
