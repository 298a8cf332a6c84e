"""One field of an entity as a Django model and its migration speak of it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from integrations.llm.offline.project.django.printing import Group, called, lay_out, listed
from integrations.llm.offline.project.fields import FieldView

CLASSES = {
    "string": "CharField",
    "text": "TextField",
    "email": "EmailField",
    "integer": "IntegerField",
    "decimal": "DecimalField",
    "boolean": "BooleanField",
    "date": "DateField",
    "datetime": "DateTimeField",
    "choice": "CharField",
}
CHOICE_LENGTH = 50


@dataclass(frozen=True)
class Validator:
    """A validator of ``django.core.validators`` with its argument as source."""

    name: str
    argument: str

    def __str__(self) -> str:
        return f"{self.name}({self.argument})"


def is_null(field: FieldView) -> bool:
    """Whether the column may be NULL: an absent text is an empty text, unless it must be unique."""
    return field.nullable and (not (field.is_text or field.type == "choice") or field.unique)


def is_blank(field: FieldView) -> bool:
    """Whether an absent value is an empty text."""
    return field.nullable and not is_null(field)


def value_type(field: FieldView) -> str:
    """The Python type of the attribute."""
    plain = "str" if field.type == "choice" else field.python_type
    return f"{plain} | None" if is_null(field) else plain


def least(field: FieldView) -> str | None:
    """The least number allowed, as source; None when there is no bound, or the field is no number."""
    if field.type not in {"integer", "decimal"} or field.smallest is None:
        return None
    if field.type == "decimal" and field.schema.more_than is not None:
        return f'Decimal("{field.schema.more_than}.01")'
    return str(field.smallest)


def validators(field: FieldView) -> list[Validator]:
    """What Django and the serializers check of a value, besides its type and length."""
    found: list[Validator] = []
    lowest = least(field)
    if lowest is not None:
        found.append(Validator("MinValueValidator", lowest))
    if field.type in {"integer", "decimal"} and field.schema.maximum is not None:
        found.append(Validator("MaxValueValidator", str(field.schema.maximum)))
    if field.type in {"string", "text"} and field.schema.min_length:
        found.append(Validator("MinLengthValidator", str(field.schema.min_length)))
    if field.pattern:
        found.append(Validator("RegexValidator", f'r"^{field.pattern}$"'))
    return found


def model_line(field: FieldView) -> str:
    """``title: models.CharField[str, str] = models.CharField(max_length=200)``."""
    kind = f"models.{CLASSES[field.type]}"
    types = value_type(field)
    choices: list[str | Group] = [f"choices={field.enum}.choices"] if field.type == "choice" else []
    default = [] if field.default is None else [f"default={field.default}"]
    arguments = [*_size(field), *choices, *_validators(field), *_presence(field), *default]
    return lay_out(called(kind, *arguments), indent=4, before=f"{field.name}: {kind}[{types}, {types}] = ")


def migration_entry(field: FieldView) -> Group:
    """``("title", models.CharField(max_length=200))``."""
    choices: list[str | Group] = []
    if field.type == "choice":
        pairs = [f'("{value}", {json.dumps(label(value))})' for _, value in field.members]
        choices = [listed(*pairs, head="choices=")]
    arguments = [*_size(field), *choices, *_validators(field), *_presence(field), *_stored_default(field)]
    return Group("(", (f'"{field.name}"', called(f"models.{CLASSES[field.type]}", *arguments)), ")")


def label(value: str) -> str:
    """How people read a choice."""
    return value.replace("_", " ").capitalize()


def _size(field: FieldView) -> list[str | Group]:
    if field.is_text:
        return [f"max_length={field.max_length}"]
    if field.type == "choice":
        return [f"max_length={CHOICE_LENGTH}"]
    return ["max_digits=12", "decimal_places=2"] if field.type == "decimal" else []


def _validators(field: FieldView) -> list[str | Group]:
    found = validators(field)
    return [listed(*(str(one) for one in found), head="validators=")] if found else []


def _presence(field: FieldView) -> list[str | Group]:
    empty: list[str | Group] = []
    if is_null(field):
        empty = ["null=True", "blank=True"]
    elif is_blank(field):
        empty = ["blank=True", 'default=""']
    return [*(["unique=True"] if field.unique else []), *empty]


def _stored_default(field: FieldView) -> list[str | Group]:
    if field.default is None:
        return []
    return [f"default={stored_value(field, field.default)}"]


def stored_value(field: FieldView, source: str) -> str:
    """``TaskStatus.OPEN`` as the database has it: ``"open"``; other sources stay."""
    if field.type != "choice":
        return source
    member = source.rpartition(".")[2]
    return next(f'"{value}"' for name, value in field.members if name == member)
