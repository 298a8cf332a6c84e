"""Parts of one statement that changes a row and tells of it: for work that is done thousands of times.

A statement is a transaction by itself and one round trip. Locks come in the order of `common.changes`: the item first,
the stream after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import connection, models


@dataclass
class Statement:
    """Common table expressions, in order; each may use those before it."""

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def with_part(self, name: str, sql: str, *values: Any) -> None:
        self.parts.append(f"{name} AS ({sql})")
        self.values += values

    def insert(self, row: models.Model, *, per: str, computed: Mapping[str, str] | None = None) -> None:
        """Insert ``row`` once for each row of ``per``; ``computed`` columns are SQL over it."""
        given = tuple((computed or {}).items())
        columns = [column for column in _fields(type(row)) if column.column not in dict(given)]
        values = [column.get_db_prep_save(column.pre_save(row, add=True), connection) for column in columns]
        self.with_part(f"inserted_{len(self.parts)}", _insert(type(row), per, given), *values)

    def grow_stream(self, *, of: str, by: int) -> None:
        """The stream of the plan of ``of`` has ``by`` more events; `seq_of` numbers them."""
        self.with_part(
            "grown",
            f"INSERT INTO common_stream (id, kind, last_seq) SELECT plan_id, 'plan', {int(by)} FROM {of} "  # noqa: S608 - names of our own
            "ON CONFLICT (id) DO UPDATE SET last_seq = common_stream.last_seq + EXCLUDED.last_seq "
            "RETURNING id, last_seq",
        )

    def run(self, answer: str) -> tuple[Any, ...] | None:
        """The one row that ``answer`` selects, or ``None``."""
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {', '.join(self.parts)} {answer}", self.values)
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def seq_of(place: int, *, of: int) -> str:
    """The number of the event at ``place`` (from 1) of the ``of`` by which the stream has grown."""
    return f"grown.last_seq - {int(of - place)}"


@cache
def _fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(column for column in model._meta.concrete_fields if not isinstance(column, models.AutoField))


@cache
def _insert(model: type[models.Model], per: str, computed: tuple[tuple[str, str], ...]) -> str:
    given = dict(computed)
    columns = [str(column.column) for column in _fields(model)]
    values = ", ".join(given.get(column, "%s") for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {values} FROM {per}"  # noqa: S608 - likewise
