"""Parts of one statement that changes a row and tells of it: for work that is done thousands of times.

A statement is a transaction by itself and one round trip. Locks come in the order of `common.changes`: the item first,
the stream after.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.base import ModelState

Model = TypeVar("Model", bound=models.Model)
_OF = "of row"
"""In a document beside its columns: the row it belongs to."""


@dataclass
class Statement:
    """Common table expressions, in order; each may use those before it."""

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def with_part(self, name: str, sql: str, *values: Any) -> None:
        self.parts.append(f"{name} AS ({sql})")
        self.values += values

    def insert(
        self, rows: Sequence[tuple[uuid.UUID, Model]], *, per: str, computed: Mapping[str, str] | None = None
    ) -> None:
        """Insert those of ``rows`` whose first half is the ``id`` of a row of ``per``, in their order.

        Values go as one document, so that the text is the same for one row and for a hundred. ``computed`` columns are
        SQL over ``per``, ``told`` (the row) and ``given.place`` (its place).
        """
        if rows:
            documents = [{_OF: str(of), **_document(row)} for of, row in rows]
            sql = _insert(type(rows[0][1]), per, tuple((computed or {}).items()))
            self.with_part(f"inserted_{len(self.parts)}", sql, json.dumps(documents, default=str, ensure_ascii=False))

    def grow_stream(self, *, of: str, by: int) -> None:
        """The stream of the plan of ``of`` has ``by`` more events for each row of it; `seq_of` numbers them."""
        self.with_part(
            "grown",
            f"INSERT INTO common_stream (id, kind, last_seq) SELECT plan_id, 'plan', {int(by)} * count(*) FROM {of} "  # noqa: S608 - names of our own
            "GROUP BY plan_id ON CONFLICT (id) DO UPDATE SET last_seq = common_stream.last_seq + EXCLUDED.last_seq "
            "RETURNING id, last_seq",
        )

    def run(self, answer: str) -> tuple[Any, ...] | None:
        """The one row that ``answer`` selects, or ``None``."""
        return one_row(f"WITH {', '.join(self.parts)} {answer}", self.values)


def one_row(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a statement whose text is always the same, or ``None``."""
    return next(iter(all_rows(sql, values)), None)


def all_rows(sql: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement whose text is always the same.

    Values go beside the text, so that a kept connection has the server parse and plan it once (``prepare_threshold``).
    """
    connection.ensure_connection()
    wrapped: Any = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    bound: Any = ServerBindingCursor
    with wrapped(bound(connection.connection)) as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


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
        return as_stored(self.model, zip(self.fields, read, strict=True))


def as_stored(model: type[Model], values: Iterable[tuple[str, Any]]) -> Model:
    """The object of a row, from attributes and values; attributes that are not given are read when asked for.

    It is what ``Model.from_db`` makes, without the calls for each of its fields: those cost more than to read the row.
    """
    row = model.__new__(model)
    row.__dict__.update(values)
    row._state = ModelState()
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def insert_all(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model, whose numbers the database gives, in their order, and tell them their numbers.

    One statement of constant text; for a few hundred rows ``bulk_create`` takes longer to write its text than the
    database takes to store them.
    """
    if not rows:
        return
    model = type(rows[0])
    columns = ", ".join(str(column.column) for column in _fields(model))
    numbers = all_rows(
        f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {columns} "  # noqa: S608 - likewise
        f"FROM json_populate_recordset(NULL::{model._meta.db_table}, %s::json) RETURNING id",
        [json.dumps([_document(row) for row in rows], default=str, ensure_ascii=False)],
    )
    for row, (number,) in zip(rows, sorted(numbers), strict=True):
        row.pk = number
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def seq_of(*, of: str, by: int) -> str:
    """The number of an event among the ``by`` for each row of ``of`` by which the stream has grown."""
    return f"grown.last_seq - {int(by)} * (SELECT count(*) FROM {of}) + row_number() OVER (ORDER BY given.place)"  # noqa: S608 - likewise


def _document(row: models.Model) -> dict[str, Any]:
    return {str(column.column): column.pre_save(row, add=True) for column in _fields(type(row))}


@cache
def _fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(column for column in model._meta.concrete_fields if not isinstance(column, models.AutoField))


@cache
def _insert(model: type[models.Model], per: str, computed: tuple[tuple[str, str], ...]) -> str:
    table, given = model._meta.db_table, dict(computed)
    columns = [str(column.column) for column in _fields(model)]
    values = ", ".join(given.get(column, f"told.{column}") for column in columns)
    first = per.split(",", maxsplit=1)[0]
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} "  # noqa: S608 - likewise
        "FROM json_array_elements(%s::json) WITH ORDINALITY AS given(document, place) "
        f"CROSS JOIN LATERAL json_populate_record(NULL::{table}, given.document) AS told, {per} "
        f"WHERE {first}.id = (given.document ->> '{_OF}')::uuid ORDER BY given.place"
    )
