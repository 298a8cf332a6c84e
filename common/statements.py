"""Parts of one statement that changes a row and tells of it: for work that is done thousands of times.

A statement is a transaction by itself and one round trip. Locks come in the order of `common.changes`: the item first,
the stream after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor

Model = TypeVar("Model", bound=models.Model)


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
        database = connections[DEFAULT_DB_ALIAS]
        values = [column.get_db_prep_save(column.pre_save(row, add=True), database) for column in columns]
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
        return one_row(f"WITH {', '.join(self.parts)} {answer}", self.values)


def one_row(sql: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The one row of a statement whose text is always the same, or ``None``.

    Values go beside the text, so that a kept connection has the server parse and plan it once (``prepare_threshold``).
    """
    connection.ensure_connection()
    wrapped: Any = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    bound: Any = ServerBindingCursor
    with wrapped(bound(connection.connection)) as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


@dataclass(frozen=True)
class RowOf(Generic[Model]):
    """A model's columns in a statement of one's own, and the row read back; ``without`` are read when asked for.

    For what is read thousands of times: to compile the same query anew costs more than to run it.
    """

    model: type[Model]
    without: frozenset[str] = frozenset()

    @cached_property
    def fields(self) -> dict[str, models.Field[Any, Any]]:
        return {found.attname: found for found in self.model._meta.concrete_fields if found.attname not in self.without}

    def select(self, table: str, *, prefix: str = "") -> str:
        """The columns of ``table``, named with ``prefix``."""
        return ", ".join(f"{table}.{found.column} AS {prefix}{found.column}" for found in self.fields.values())

    def names(self, *, prefix: str = "") -> str:
        return ", ".join(f"{prefix}{found.column}" for found in self.fields.values())

    def read(self, values: Sequence[Any]) -> Model:
        """The row, from as many values as there are ``fields``."""
        database = connections[DEFAULT_DB_ALIAS]
        read = [
            found.from_db_value(value, None, database) if hasattr(found, "from_db_value") else value
            for found, value in zip(self.fields.values(), values, strict=True)
        ]
        return self.model.from_db(database.alias, list(self.fields), read)


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
