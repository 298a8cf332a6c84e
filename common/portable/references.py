"""Where rows of a document lead to: into the document, and never to rows of another plan."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import models

from common.portable.columns import Column, columns_of
from common.portable.errors import refusal
from common.portable.sections import Section, sections

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_AT_ONCE = 5_000

Place = tuple[str, int, str]


class References:
    """Gathers ids and what names them; complete when every row was seen."""

    def __init__(self) -> None:
        self._known: dict[type[models.Model], set[uuid.UUID]] = {section.model: set() for section in sections()}
        self._wanted: dict[tuple[type[models.Model], uuid.UUID], Place] = {}
        self._named: dict[uuid.UUID, Place] = {}
        """By plain id: such a row may be gone, but must not be one of another plan."""

    def see(self, section: Section, row: dict[str, Any], number: int) -> None:
        """Raises ``BadDocument`` for an id that was there before."""
        key = row.get("id")
        if isinstance(key, uuid.UUID):
            known = self._known[section.model]
            if key in known:
                raise refusal(f"{key} is there twice.", section=section.name, row=number, field="id")
            known.add(key)
        for column in _leading_on(section):
            if row[column.name] is not None:
                self._follow(column, row[column.name], (section.name, number, column.name))

    def require_complete(self) -> None:
        """Raises ``BadDocument`` for the first row that leads out of the document."""
        for (model, key), (section, number, name) in self._wanted.items():
            if key not in self._known[model]:
                raise refusal(f"{key} is not in the document.", section=section, row=number, field=name)
        inside = set().union(*self._known.values())
        outside = {key: place for key, place in self._named.items() if key not in inside}
        keys = list(outside)
        for start in range(0, len(keys), _AT_ONCE):
            for key in _rows_of_others(keys[start : start + _AT_ONCE]):
                section, number, name = outside[key]
                raise refusal(f"{key} belongs to another plan.", section=section, row=number, field=name)

    def _follow(self, column: Column, value: Any, place: Place) -> None:
        if column.target is not None:
            if value not in self._known.get(column.target, ()):
                self._wanted.setdefault((column.target, value), place)
        elif column.names_a_row:
            self._named.setdefault(value, place)
        else:
            for found in _ids_in(value):
                self._named.setdefault(found, place)


@cache
def _leading_on(section: Section) -> list[Column]:
    """Columns that name rows: foreign keys, plain ids, and JSON where somebody looks rows up by it."""
    return [
        column
        for column in columns_of(section)
        if column.target is not None or column.names_a_row or (column.is_json and not section.told)
    ]


def _ids_in(value: Any) -> Iterator[uuid.UUID]:
    if isinstance(value, str):
        if len(value) == 36 and _ID.fullmatch(value):
            yield uuid.UUID(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _ids_in(key)
            yield from _ids_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids_in(inner)


def _rows_of_others(keys: list[uuid.UUID]) -> Iterator[uuid.UUID]:
    for section in sections():
        if isinstance(section.model._meta.pk, models.UUIDField):
            yield from section.model._base_manager.filter(pk__in=keys).values_list("pk", flat=True)
