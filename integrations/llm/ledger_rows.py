"""The ledger's two statements: a row is written together with what it takes from the limits, and closed with what it
settles. One round trip each, a transaction of its own where none is under way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

from django.db import connection
from django.utils import timezone

from integrations.models import CostLimit, LLMCall, Reservation

_LIMIT = ("id", "plan_id", "soft", "hard", "spent", "in_flight", "warned_limit")
_FIELDS = tuple(field.attname for field in LLMCall._meta.concrete_fields)
_LIMIT_COLUMNS = ", ".join(f"limits.{name}" for name in _LIMIT)


def write_reserved(call: LLMCall, *, default_hard: Decimal) -> list[CostLimit]:
    """Write a new row and take its worst case from the plan's limit and from that of everything.

    Returns the limits without room, the plan's first; nothing is written then.
    """
    call.created_at = timezone.now()
    values = [_adapted(getattr(call, name)) for name in _FIELDS]
    return _limits(_ask(_write(), [call.plan_id, call.reserved, default_hard, *values]))


def close_reserved(call: LLMCall, values: Mapping[str, Any]) -> list[CostLimit] | None:
    """Close a row with these values (``cost`` among them) and settle it with its limits, which are returned.

    ``None``: it was closed before, and nothing has changed. Free calls settle with no limit.
    """
    lazily = not connection.in_atomic_block  # else others' changes would not wait for the disk either
    new = [_adapted(value) for value in values.values()]
    rows = _ask(_close(tuple(values)), [*new, call.pk, Reservation.RESERVED.value, lazily])
    return _limits(rows) if rows else None


@cache
def _write() -> str:
    return f"""
        WITH limits AS MATERIALIZED (SELECT * FROM llm_take(%s, %s, %s)),
        written AS (
            INSERT INTO integrations_llmcall ({", ".join(_FIELDS)})
            SELECT {", ".join(["%s"] * len(_FIELDS))} WHERE NOT EXISTS (SELECT FROM limits)
        )
        SELECT {_LIMIT_COLUMNS} FROM limits
    """  # noqa: S608 - the columns are ours


@cache
def _close(columns: tuple[str, ...]) -> str:
    return f"""
        WITH closed AS (
            UPDATE integrations_llmcall SET {", ".join(f"{column} = %s" for column in columns)}
            WHERE id = %s AND reservation = %s
            RETURNING plan_id, reserved, cost
        )
        SELECT {_LIMIT_COLUMNS}
        FROM closed LEFT JOIN LATERAL llm_settle(plan_id, reserved, cost, %s) limits ON true
    """  # noqa: S608 - the columns are ours


def _adapted(value: Any) -> Any:
    """psycopg takes every type of our columns as it is, but writes names of enumerations for their values."""
    return value.value if isinstance(value, Enum) else value


def _ask(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _limits(rows: list[tuple[Any, ...]]) -> list[CostLimit]:
    return [CostLimit.from_db(connection.alias, _LIMIT, row) for row in rows if row[0] is not None]
