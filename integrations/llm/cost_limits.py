"""Where a plan, and everything together, stand against their limits; who may spend how much; who is warned when."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import structlog
from django.db.models import Q, QuerySet

from common.actors import Actor
from common.changes import change, emit, remember
from common.configuration import configuration
from common.errors import InvalidInput
from integrations.models import CostLimit

log = structlog.get_logger(__name__)
MOST_DOLLARS = Decimal(10_000_000)


@dataclass(frozen=True)
class LimitStatus:
    """Where a plan, or everything (``global``), stands against its limits, in dollars."""

    scope: Literal["plan", "global"]
    spent: Decimal
    in_flight: Decimal
    soft: Decimal
    hard: Decimal

    @property
    def remaining(self) -> Decimal:
        return max(self.hard - self.spent - self.in_flight, Decimal(0))

    @property
    def soft_reached(self) -> bool:
        return self.spent >= self.soft

    def would_pass_hard(self, estimated: Decimal) -> bool:
        return self.spent + estimated > self.hard


def limit_status(plan: uuid.UUID | None) -> LimitStatus:
    """Where a plan (or everything) stands. One query; a limit without a row is the settings' default."""
    return status_of(CostLimit.objects.filter(plan_id=plan).first() or CostLimit(plan_id=plan))


def limit_in_the_way(plan: uuid.UUID, *, estimated: Decimal) -> LimitStatus | None:
    """The hard limit, of the plan or of everything, that spending ``estimated`` more would pass. One query."""
    rows = {row.plan_id: row for row in _limits_of(plan)}
    for scope in (plan, None):
        status = status_of(rows.get(scope) or CostLimit(plan_id=scope))
        if status.would_pass_hard(estimated):
            return status
    return None


def set_limits(
    plan: uuid.UUID | None, *, soft: Decimal | None, hard: Decimal | None, actor: Actor, reason: str = ""
) -> LimitStatus:
    """Set the limits of a plan, or of everything; ``None`` is the settings' default. In force with the next call.

    Leaves a row in the history and tells the plan's watchers. Raises ``InvalidInput``.
    """
    _check(soft, hard)
    with change():
        CostLimit.objects.get_or_create(plan_id=plan)
        limit = CostLimit.objects.select_for_update(no_key=True).get(plan_id=plan)
        before = _shown(limit)
        limit.soft, limit.hard = soft, hard
        limit.save(update_fields=["soft", "hard", "updated_at"])
        remember(
            plan_id=plan,
            change_type="cost_limit",
            actor=actor,
            item_type="cost_limit",
            item_id=limit.pk,
            item_label=str(limit),
            before=before,
            after=_shown(limit),
            reason=reason,
        )
        status = status_of(limit)
        if plan is not None:
            emit(("plan", plan), "cost_updated", figures(status))
        tell_crossings(plan=plan)
    return status


def figures(status: LimitStatus) -> dict[str, str]:
    """The part of the event ``cost_updated`` that a limit knows."""
    return {
        "spent": str(status.spent),
        "reserved": str(status.in_flight),
        "soft_limit": str(status.soft),
        "hard_limit": str(status.hard),
    }


def untold(limit: CostLimit) -> bool:
    """Whether its soft limit is reached, which nobody was told of yet."""
    status = status_of(limit)
    return status.spent > 0 and status.soft_reached and (limit.warned_limit is None or limit.warned_limit < status.soft)


def tell_crossings(*, plan: uuid.UUID | None, conversation: uuid.UUID | None = None) -> None:
    """Emit ``cost_warning`` for each limit whose soft limit is reached and was not told yet: once per crossing.

    What was told is in the limit's row, changed in the same transaction: neither a restart nor calls that cross
    together say it twice. One query when there is nothing to tell.
    """
    for limit in filter(untold, _limits_of(plan)):
        status = status_of(limit)
        with change():
            not_yet = CostLimit.objects.filter(Q(warned_limit=None) | Q(warned_limit__lt=status.soft), pk=limit.pk)
            if not_yet.update(warned_limit=status.soft):
                _warn(status, plan, conversation)


def _warn(status: LimitStatus, plan: uuid.UUID | None, conversation: uuid.UUID | None) -> None:
    data = {
        "scope": status.scope,
        "current": str(status.spent),
        "soft_limit": str(status.soft),
        "hard_limit": str(status.hard),
        "remaining": str(status.remaining),
    }
    log.warning("cost_warning", plan=str(plan or ""), **data)
    if plan is not None:
        emit(("plan", plan), "cost_warning", data)
    elif conversation is not None:
        emit(("conversation", conversation), "cost_warning", data)


def _limits_of(plan: uuid.UUID | None) -> QuerySet[CostLimit]:
    """The rows of the plan, and of everything."""
    return CostLimit.objects.filter(Q(plan_id__isnull=True) | Q(plan_id=plan))


def status_of(limit: CostLimit) -> LimitStatus:
    """Where a limit stands; what it does not say is the settings' default."""
    settings = configuration()
    hard = settings.hard_cost_limit if limit.hard is None else limit.hard
    soft = min(settings.soft_cost_limit, hard) if limit.soft is None else limit.soft
    return LimitStatus("plan" if limit.plan_id else "global", limit.spent, limit.in_flight, soft, hard)


def _check(soft: Decimal | None, hard: Decimal | None) -> None:
    for name, value in (("soft", soft), ("hard", hard)):
        if value is not None and not (value.is_finite() and 0 <= value <= MOST_DOLLARS):
            raise InvalidInput(f"The {name} limit must be from 0 to {MOST_DOLLARS} dollars.")
    highest = configuration().hard_cost_limit if hard is None else hard
    if soft is not None and soft > highest:
        raise InvalidInput(
            f"The soft limit of {soft:f} dollars lies above the hard one of {highest:f}.",
            hint="Raise the hard limit too.",
        )


def _shown(limit: CostLimit) -> dict[str, str | None]:
    amounts = {"soft": limit.soft, "hard": limit.hard}
    return {name: None if value is None else f"{value:f}" for name, value in amounts.items()}
