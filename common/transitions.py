"""The only way to change a status: one conditional update that demands a legal old status, with history and event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from common.actors import Actor
from common.changes import change, emit, remember
from common.errors import NotFound, TransitionConflict
from common.models import StatefulModel

Item = TypeVar("Item", bound=StatefulModel)


def transition(item: Item, to: str, *, actor: Actor, reason: str = "", **fields: Any) -> Item:
    """Move ``item`` to ``to`` and set ``fields`` with it; the instance is brought up to date.

    Raises ``TransitionConflict`` when the row is, by now, in a status from which ``to`` is not legal.
    """
    moved = move_if_possible(item, to, actor=actor, reason=reason, **fields)
    if not moved:
        current = type(item)._default_manager.filter(pk=item.pk).values_list("status", flat=True).first()
        if current is None:
            raise NotFound(f"{item.label()} does not exist any more.")
        raise TransitionConflict(
            item=item.label(), current=str(current), wanted=to, legal=item.machine.targets(str(current))
        )
    return item


def move_if_possible(item: Item, to: str, *, actor: Actor, reason: str = "", **fields: Any) -> bool:
    """Like ``transition``, but answers ``False`` when the change is not legal (any more).

    One statement where ``item`` knows the status that its row has, three where that has changed meanwhile.
    """
    legal = item.machine.sources(to)
    row = type(item)._default_manager.filter(pk=item.pk, status__in=legal)
    values = {"status": to, **_timestamps(item, to), **fields}
    with change():
        before = str(item.status)
        if before not in legal or not row.filter(status=before).update(**values):
            found = row.select_for_update(no_key=True).values_list("status", flat=True).first()
            if found is None or not row.filter(status=found).update(**values):
                return False
            before = str(found)
        _tell(item, before, to, actor=actor, reason=reason)
    _bring_up_to_date(item, values)
    return True


def transition_many(
    queryset: QuerySet[Item], to: str, *, actor: Actor, reason: str = "", quiet: bool = False, **fields: Any
) -> list[Item]:
    """Move every row of ``queryset`` for which the change is legal; answers those that moved, in order of key.

    ``quiet`` leaves out history and events, for machines whose steps are told in another way.
    """
    model = queryset.model
    with change():
        rows = list(
            queryset.filter(status__in=model.machine.sources(to))
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        if not rows:
            return []
        values = {"status": to, **_timestamps(rows[0], to), **fields}
        model._default_manager.filter(pk__in=[row.pk for row in rows]).update(**values)
        for row in rows:
            if not quiet:
                _tell(row, str(row.status), to, actor=actor, reason=reason)
            _bring_up_to_date(row, values)
    return rows


def states_of(items: Iterable[StatefulModel]) -> dict[str, int]:
    """How many items are in which status."""
    counts: dict[str, int] = {}
    for item in items:
        counts[str(item.status)] = counts.get(str(item.status), 0) + 1
    return counts


def _bring_up_to_date(item: StatefulModel, values: dict[str, Any]) -> None:
    """Expressions are computed by the database; the instance does not know their values."""
    for name, value in values.items():
        if not hasattr(value, "resolve_expression"):
            setattr(item, name, value)


def _timestamps(item: StatefulModel, to: str) -> dict[str, Any]:
    name = item.machine.timestamps.get(to)
    return {name: timezone.now()} if name else {}


def _tell(item: StatefulModel, before: str, after: str, *, actor: Actor, reason: str) -> None:
    remember(
        plan_id=item.history_plan(),
        change_type="status",
        actor=actor,
        item_type=item.machine.name,
        item_id=item.pk,
        item_label=item.label(),
        before={"status": before},
        after={"status": after},
        reason=reason,
    )
    stream = item.event_stream()
    if stream is not None and item.machine.event:
        emit(
            stream,
            item.machine.event,
            {
                "item": str(item.pk),
                "label": item.label(),
                "from": before,
                "to": after,
                "status": after,
                "reason": reason,
                **item.event_data(),
            },
        )
