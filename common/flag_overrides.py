"""Flags in force: the environment's defaults, with what administrators set in the database. Read anew each time they
are asked for, so that a change holds at once in every process, without a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from common.actors import Actor
from common.changes import change, remember
from common.configuration import configuration
from common.flags import FLAG_NAMES, Flags, Value, parse_value, require_known
from common.models import FlagOverride


@dataclass(frozen=True)
class FlagState:
    """One flag as people look at it. ``overridden`` says that ``value`` is not the environment's."""

    name: str
    value: Value
    default: Value
    overridden: bool
    reason: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None


def flags_in_force() -> Flags:
    """One query."""
    flags = configuration().flags
    for name, value in FlagOverride.objects.filter(value__isnull=False).values_list("name", "value"):
        if name in FLAG_NAMES:
            flags = flags.with_value(name, value)
    return flags


def flag_states() -> list[FlagState]:
    """Every flag, in their order. One query."""
    defaults = configuration().flags.by_name()
    rows = {row.name: row for row in FlagOverride.objects.all()}
    return [_state(name, default, rows.get(name)) for name, default in defaults.items()]


def _state(name: str, default: Value, row: FlagOverride | None) -> FlagState:
    if row is None:
        return FlagState(name, default, default, overridden=False)
    overridden = row.value is not None
    value = parse_value(name, row.value) if overridden else default
    return FlagState(name, value, default, overridden, row.reason, row.changed_by, row.changed_at)


def set_flag(name: str, raw: object, *, actor: Actor, reason: str = "") -> FlagState:
    """Override a flag, or with ``None`` let the environment's value hold again; kept in the history.

    Raises ``InvalidInput`` for a flag or a value that does not exist.
    """
    require_known(name)
    value = None if raw is None else as_json(parse_value(name, raw))
    with change():
        row, _ = FlagOverride.objects.select_for_update(no_key=True).get_or_create(name=name)
        before, row.value = row.value, value
        row.reason, row.changed_by, row.changed_at = reason, actor.name or actor.kind, timezone.now()
        row.save()
        remember(
            plan_id=None,
            change_type="flag_changed",
            actor=actor,
            item_type="flag",
            item_id=row.pk,
            item_label=name,
            before={"value": before},
            after={"value": value},
            reason=reason,
        )
    return _state(name, configuration().flags.by_name()[name], row)


def as_json(value: Value) -> bool | int | list[str]:
    return list(value) if isinstance(value, tuple) else value
