"""One column of a section: what it is in a document, what a document may say of it, what the database gets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Annotated, Any, Literal

import orjson
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.db.models.functions import Cast
from psycopg.types.json import Jsonb
from pydantic import AwareDatetime, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from common.portable.sections import Section

HERE = "{workspace}"
"""Stands for the folder of the plan's files."""


@dataclass(frozen=True)
class Column:
    """What is asked of it for every value is known once."""

    field: models.Field[Any, Any]
    key_of_person: bool = False
    place: str | None = None
    """Empty: the value is the folder of the plan's files; else the key of the JSON object that holds it."""

    @cached_property
    def name(self) -> str:
        return self.field.name

    @cached_property
    def in_table(self) -> str:
        return str(self.field.column)

    @cached_property
    def is_json(self) -> bool:
        return isinstance(self.field, models.JSONField)

    @cached_property
    def target(self) -> type[models.Model] | None:
        """The model that a foreign key leads to, persons aside."""
        related = self.field.related_model
        return related if isinstance(related, type) and not self.is_person else None

    @cached_property
    def is_person(self) -> bool:
        return self.field.related_model is get_user_model()

    @cached_property
    def names_a_row(self) -> bool:
        """A plain UUID of some row, without a foreign key."""
        return isinstance(self.field, models.UUIDField) and not self.field.primary_key

    def asked(self) -> str | Cast:
        """For ``values_list``. JSON comes as the database writes it, and is not read."""
        if self.is_person:
            return f"{self.name}__username"
        return Cast(self.name, models.TextField()) if self.is_json else self.name

    def written(self, value: Any) -> Any:
        """As in the document, of a value of the database."""
        if self.place == "" and value:
            return HERE
        if not self.is_json or value is None:
            return value
        if self.place and f'"{self.place}"' in value:
            found = orjson.loads(value)
            if found.get(self.place):
                return {**found, self.place: HERE}
        return orjson.Fragment(value)

    def stored(self, value: Any, *, folder: str) -> Any:
        """As the database gets it, of a value that was found to be legal."""
        if self.place == "" and value:
            return folder
        if not self.is_json or value is None:
            return value
        if self.place and isinstance(value, dict) and value.get(self.place) == HERE:
            value = {**value, self.place: folder}
        return Jsonb(value)

    def shape(self) -> Any:
        """The type of its values, for pydantic."""
        own = self._shape()
        return own | None if self.field.null else own

    def _shape(self) -> Any:
        field = self.field
        if self.place == "":
            return Literal["", HERE]
        if self.is_person:
            return Annotated[str, Field(min_length=1, max_length=150)]
        if self.target is not None:
            return uuid.UUID
        if field.choices:
            return Literal[tuple(value for value, _ in field.flatchoices) + (("",) if field.blank else ())]
        return _shape_of(field)


def _shape_of(field: models.Field[Any, Any]) -> Any:
    if isinstance(field, models.JSONField):
        return {list: list[Any], dict: dict[str, Any]}.get(field.default, Any)
    if isinstance(field, models.IntegerField):
        low, high = connection.ops.integer_field_range(field.get_internal_type())
        return Annotated[int, Field(ge=low, le=high)]
    if isinstance(field, models.DecimalField):
        return Annotated[Decimal, Field(max_digits=field.max_digits, decimal_places=field.decimal_places)]
    if isinstance(field, models.CharField):
        return Annotated[str, Field(max_length=field.max_length)]
    plain: dict[type[models.Field[Any, Any]], Any] = {
        models.UUIDField: uuid.UUID,
        models.TextField: str,
        models.BooleanField: bool,
        models.FloatField: Annotated[float, Field(allow_inf_nan=False)],
        models.DateTimeField: AwareDatetime,
    }
    return plain[type(field)]


@cache
def columns_of(section: Section) -> tuple[Column, ...]:
    """In the order of the model. Integer keys are of one database and are given anew; order is kept."""
    places = {place.partition(".")[0]: place.partition(".")[2] for place in section.places}
    left = {*section.without, *(f"{name}{end}" for name in claims_of(section.model) for end in ("", "_expires"))}
    return tuple(
        Column(field, key_of_person=field.name in section.person_keys, place=places.get(field.name))
        for field in section.model._meta.concrete_fields
        if field.name not in left and not isinstance(field, models.AutoField)
    )


def claims_of(model: type[models.Model]) -> Iterator[str]:
    """Names of the columns by which a process holds a row: see `common.claims`."""
    names = {field.name for field in model._meta.concrete_fields}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.UUIDField) and f"{field.name}_expires" in names:
            yield field.name


@cache
def row_shape(section: Section) -> TypeAdapter[dict[str, Any]]:
    """Checks one row of a document: every field, none besides, each of its own type."""
    fields = {column.name: column.shape() for column in columns_of(section)}
    strict = with_config(ConfigDict(extra="forbid", strict=True))
    return TypeAdapter(strict(TypedDict(section.name, fields)))  # type: ignore[operator]  # made from the model
