"""The rows of one section on their way into the database: checked, compared with what is there, copied."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import Error, connection
from django.db.models import Q
from psycopg.errors import Diagnostic
from pydantic import ValidationError

from common.errors import DevMatrixError
from common.portable.columns import Column, columns_of, row_shape
from common.portable.errors import AlreadyThere, refusal
from common.portable.people import People
from common.portable.references import References
from common.portable.sections import Scope, Section
from common.portable.writing import ROWS_AT_ONCE, Seal, canonical, rows_of

Change = Callable[[Section, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Incoming:
    """A legal row: as it is to be exported again, and as the database gets it."""

    number: int
    written: bytes
    values: dict[str, Any]


class SectionRows:
    """Takes the rows of one section in turn; ``read`` seals what stood in the document, ``wanted`` what is to be."""

    def __init__(self, section: Section, *, scope: Scope, people: People, references: References, folder: str) -> None:
        self.section, self.read, self.wanted = section, Seal(), Seal()
        self._people, self._references, self._folder = people, references, folder
        self._waiting: list[Incoming] = []
        self._keyed = any(column.name == "id" for column in columns_of(section))
        self._there = Counter() if self._keyed else _digests(section, section.within(scope))

    def add(self, text: str, row: Any, *, change: Change) -> None:
        """Raises ``BadDocument``, ``AlreadyThere``."""
        number = self.read.rows + 1
        if not isinstance(row, dict):
            raise self._refused("A row is an object.", number)
        try:
            given = text.encode()
            self.read.add(given)
        except (ValueError, TypeError) as error:  # half a character, a number too long, nested too deeply
            raise self._refused(f"It cannot be stored: {error}.", number) from None
        changed = change(self.section, row)
        written = given if changed is row else orjson.dumps(changed)
        self.wanted.add(written)
        self._waiting.append(Incoming(number, written, self._checked(written, number)))
        if len(self._waiting) >= ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Rows that are there already, and equal, stay as they are."""
        rows = self._not_there(self._waiting)
        self._waiting = []
        if not rows:
            return
        columns = columns_of(self.section)
        stored = [[self._stored(column, row.values[column.name]) for column in columns] for row in rows]
        names = ", ".join(connection.ops.quote_name(column.in_table) for column in columns)
        table = connection.ops.quote_name(self.section.model._meta.db_table)
        copying = f"COPY {table} ({names}) FROM STDIN"
        try:
            with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copying) as copy:
                for values in stored:
                    copy.write_row(values)
        except Error as error:
            raise database_refusal(error, section=self.section.name) from None

    def _checked(self, written: bytes, number: int) -> dict[str, Any]:
        if b"\\u0000" in written and any("\0" in text for text in _texts(orjson.loads(written))):
            raise self._refused("A text has the character zero, which no database keeps.", number)
        try:
            row = row_shape(self.section).validate_json(written)
        except ValidationError as error:
            first = error.errors()[0]
            raise self._refused(first["msg"], number, ".".join(str(part) for part in first["loc"])) from None
        for name, check in self.section.checks.items():
            try:
                check(row[name])
            except (DevMatrixError, ValidationError, TypeError, KeyError) as error:
                raise self._refused(str(error).splitlines()[0], number, name) from None
        self._references.see(self.section, row, number)
        return row

    def _not_there(self, rows: list[Incoming]) -> list[Incoming]:
        if not self._keyed:
            return [row for row in rows if not self._was_there(row)]
        keys = [row.values["id"] for row in rows]
        known = list(self.section.model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
        there = {_key(row): row for row in rows_of(self.section, Q(pk__in=known))} if known else {}
        for row in rows:
            found = there.get(row.values["id"])
            if found is not None and canonical(found) != canonical(row.written):
                self._differs(row, found)
        return [row for row in rows if row.values["id"] not in there]

    def _was_there(self, row: Incoming) -> bool:
        digest = hashlib.sha256(canonical(row.written)).digest()
        if self._there[digest] <= 0:
            return False
        self._there[digest] -= 1
        return True

    def _differs(self, row: Incoming, found: bytes) -> None:
        here, there = orjson.loads(found), orjson.loads(row.written)
        fields = ", ".join(name for name in here if here[name] != there.get(name))
        raise AlreadyThere(
            f"{self.section.name}, row {row.number}: {row.values['id']} is there already and differs in {fields}.",
            hint="Nothing that is there is changed by an import. Import into another installation.",
            section=self.section.name,
            row=row.number,
        )

    def _stored(self, column: Column, value: Any) -> Any:
        if value is not None and column.is_person:
            return self._people.key(value)
        if column.key_of_person:
            return str(self._people.key(value)) if value else ""
        return column.stored(value, folder=self._folder)

    def _refused(self, problem: str, number: int, field: str = "") -> DevMatrixError:
        return refusal(problem, section=self.section.name, row=number, field=field)


def database_refusal(error: Error, *, section: str = "") -> DevMatrixError:
    """In words, of a rule of the database that the rows break."""
    diagnosis: Diagnostic | None = getattr(error.__cause__, "diag", None)
    rule = (diagnosis and diagnosis.constraint_name) or ""
    if rule in PLACES_TAKEN:
        return AlreadyThere(PLACES_TAKEN[rule], hint="Give another with --workspace NAME.", rule=rule)
    what = (diagnosis and (diagnosis.message_detail or diagnosis.message_primary)) or str(error)
    return refusal(f"The database refuses it by its rule {rule or 'of types'}: {what}", section=section)


PLACES_TAKEN = {
    "workspace_slug_unique_per_owner": "The owner has another workspace of this name.",
    "one_unfinished_plan_per_workspace": "The workspace has another plan that is not finished.",
}


def _digests(section: Section, which: Q) -> Counter[bytes]:
    return Counter(hashlib.sha256(canonical(row)).digest() for row in rows_of(section, which))


def _key(row: bytes) -> uuid.UUID:
    return uuid.UUID(orjson.loads(row)["id"])


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
