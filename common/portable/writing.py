"""Export: the rows of a plan as they are at one moment, as one JSON document with a line for each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

import orjson
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q

from common import claims
from common.portable.columns import Column, claims_of, columns_of
from common.portable.errors import UnderWay
from common.portable.sections import Scope, Section, sections

FORMAT, FORMAT_VERSION = "devmatrix.plan", 1
ROWS_AT_ONCE = 1_000


@dataclass
class Seal:
    """Number and digest of the rows of one section; the digest does not depend on the layout of the document."""

    rows: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, row: bytes) -> None:
        self.rows += 1
        self.digest.update(canonical(row) + b"\n")

    def shown(self) -> dict[str, Any]:
        return {"rows": self.rows, "sha256": self.digest.hexdigest()}


def canonical(row: bytes) -> bytes:
    """The same bytes for the same row, however it is laid out."""
    return orjson.dumps(orjson.loads(row), option=orjson.OPT_SORT_KEYS)


def write_document(scope: Scope, target: IO[bytes], *, owner: str) -> dict[str, int]:
    """Writes the document of the plan; how many rows each section has. Raises ``UnderWay``.

    It is the state of one moment: all of it is read in one transaction that sees no later change.
    """
    with _one_moment():
        require_at_rest(scope)
        seals = {}
        target.write(_head(scope, owner))
        for number, section in enumerate(sections()):
            target.write(b"%s\n%s: [" % (b"," if number else b"", orjson.dumps(section.name)))
            seals[section.name] = _write_section(section, scope, target)
            target.write(b"]")
    shown = {name: seal.shown() for name, seal in seals.items()}
    target.write(b'\n},\n"seal": %s}\n' % orjson.dumps(shown))
    return {name: seal.rows for name, seal in seals.items()}


def require_at_rest(scope: Scope) -> None:
    """Raises ``UnderWay`` while a process or a model works on some row of the plan."""
    for section in sections():
        held = section.under_way or Q(pk__in=[])
        for name in claims_of(section.model):
            held |= claims.alive(name)
        if section.model._base_manager.filter(section.within(scope)).filter(held).exists():
            raise UnderWay(
                f"The plan is being worked on ({section.name}).",
                hint="Pause it, or wait until what runs is finished; then export it.",
                section=section.name,
            )


def rows_of(section: Section, which: Q) -> Iterator[bytes]:
    """Rows as JSON, by key."""
    columns = columns_of(section)
    asked = {f"column_{number}": column.asked() for number, column in enumerate(columns)}
    computed = {name: source for name, source in asked.items() if not isinstance(source, str)}
    names = [source if isinstance(source, str) else name for name, source in asked.items()]
    people = _names_of_people() if section.person_keys else {}
    found = section.model._base_manager.filter(which).annotate(**computed).order_by("pk").values_list(*names)
    for values in found.iterator(chunk_size=ROWS_AT_ONCE):
        row = {column.name: _shown(column, value, people) for column, value in zip(columns, values, strict=True)}
        yield orjson.dumps(row, default=_plain, option=orjson.OPT_UTC_Z)


def seal_of(section: Section, scope: Scope) -> Seal:
    """Of the rows that the database has."""
    seal = Seal()
    for row in rows_of(section, section.within(scope)):
        seal.add(row)
    return seal


def _write_section(section: Section, scope: Scope, target: IO[bytes]) -> Seal:
    seal = Seal()
    for row in rows_of(section, section.within(scope)):
        target.write(b",\n" if seal.rows else b"\n")
        target.write(row)
        seal.add(row)
    return seal


def _shown(column: Column, value: Any, people: dict[str, str]) -> Any:
    return people.get(value, "") if column.key_of_person else column.written(value)


def _names_of_people() -> dict[str, str]:
    """Of everybody: rows name any of them by a key in text."""
    return {str(pk): name for pk, name in get_user_model()._default_manager.values_list("pk", "username")}


def _plain(value: Any) -> Any:
    """Money and shares keep their places."""
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value)} is not written")


def _head(scope: Scope, owner: str) -> bytes:
    head = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "devmatrix": settings.VERSION,
        "owner": owner,
        "scope": {name: str(value) for name, value in vars(scope).items()},
    }
    return orjson.dumps(head)[:-1] + b',\n"sections": {'


@contextmanager
def _one_moment() -> Iterator[None]:
    within = connection.in_atomic_block  # then it is the caller's moment
    with transaction.atomic():
        if not within:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
