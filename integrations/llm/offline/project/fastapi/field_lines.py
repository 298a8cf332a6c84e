"""The lines of a field in model and schemas."""

from __future__ import annotations

from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.layout import call


def model_line(field: FieldView) -> str:
    """The field's column."""
    annotation = f"Mapped[{field.python_type}{' | None' if field.nullable else ''}]"
    arguments = _column_type(field)
    if field.unique:
        arguments.append("unique=True")
    if field.default is not None:
        arguments.append(f"default={field.default}")
    if not arguments:
        return f"    {field.name}: {annotation}"
    return call(f"{field.name}: {annotation} = mapped_column(", arguments)


def _column_type(field: FieldView) -> list[str]:
    if field.type in {"string", "email"}:
        return [f"String({field.max_length})"]
    special = {"text": "Text", "decimal": "Amount()", "datetime": "UtcDateTime()"}
    if field.type == "choice":
        return [f"choice_type({field.enum})"]
    return [special[field.type]] if field.type in special else []


def constraints(field: FieldView) -> list[str]:
    """The arguments of pydantic's ``Field`` that limit the value."""
    schema = field.schema
    if field.type in {"string", "text"}:
        shortest = schema.min_length or (0 if field.nullable else 1)
        lower = [f"min_length={shortest}"] if shortest else []
        pattern = [f'pattern=r"^{field.pattern}$"'] if field.pattern else []
        return [*lower, f"max_length={field.max_length}", *pattern]
    if field.type == "integer":
        if schema.minimum is None and schema.more_than is None:
            return ["ge=-MAX_INTEGER", _upper(field)]
        return [*_lower(field), _upper(field)]
    if field.type == "decimal":
        upper = [] if schema.maximum is None else [f"le={schema.maximum}"]
        return [*_lower(field), *upper, "max_digits=12", "decimal_places=2"]
    return []


def _lower(field: FieldView) -> list[str]:
    above, minimum = field.schema.more_than, field.schema.minimum
    if above is not None:
        return [f"gt={above}"]
    return [] if minimum is None else [f"ge={minimum}"]


def _upper(field: FieldView) -> str:
    return "le=MAX_INTEGER" if field.schema.maximum is None else f"le={field.schema.maximum}"


def create_line(field: FieldView) -> str:
    """The field in the body that creates a record."""
    annotation = f"{field.input_type}{' | None' if field.nullable else ''}"
    default = "None" if field.nullable else field.default
    return _schema_line(field.name, annotation, constraints(field), default)


def update_line(field: FieldView) -> str:
    """The field in the body that changes a record."""
    return _schema_line(field.name, f"{field.input_type} | None", constraints(field), "None")


def read_line(field: FieldView) -> str:
    """The field in an answer."""
    return f"    {field.name}: {field.python_type}{' | None' if field.nullable else ''}"


def _schema_line(name: str, annotation: str, limits: list[str], default: str | None) -> str:
    if not limits:
        return f"    {name}: {annotation}" + ("" if default is None else f" = {default}")
    arguments = [*([] if default is None else [f"default={default}"]), *limits]
    return call(f"{name}: {annotation} = Field(", arguments)
