"""The Markdown documents of a generated project."""

from __future__ import annotations

import json

from integrations.llm.offline.project.django.app_files import body_values
from integrations.llm.offline.project.django.fields import is_null, validators
from integrations.llm.offline.project.django.logic_files import exact_filters, ranges
from integrations.llm.offline.project.django.samples import Samples
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView

WORDS = {
    "MinValueValidator": "at least {}",
    "MaxValueValidator": "at most {}",
    "MinLengthValidator": "at least {} characters",
    "RegexValidator": "matches `{}`",
}


def api_document(service: ServiceView) -> str:
    """``docs/api.md``: every endpoint with an example body."""
    samples = Samples(service)
    values = {
        "service": service,
        "entities": service.entities,
        "filter_words": filter_words,
        "example": lambda entity: example(service, entity, samples),
    }
    return render("django/api.md.j2", values)


def architecture_document(service: ServiceView) -> str:
    """``docs/architecture.md``: the layers and why."""
    return render("django/architecture.md.j2", {"service": service, "entities": service.entities})


def data_model_document(service: ServiceView) -> str:
    """``docs/data_model.md``: every table with its columns and rules."""
    return render("django/data_model.md.j2", {"entities": service.entities, "field_rules": field_rules})


def filter_words(entity: EntityView) -> str:
    """Which parameters narrow a list."""
    names = [*exact_filters(entity), *(name for name, *_ in ranges(entity))]
    if entity.search_fields:
        names.append("search")
    return f"; narrowed by {', '.join(f'`{name}`' for name in names)}" if names else ""


def example(service: ServiceView, entity: EntityView, samples: Samples) -> str:
    """A valid JSON body; other records have the id 1."""
    values = body_values(service, entity, [(field.name, samples.fixed(entity, field)) for field in entity.fields])
    values += [(parent.name, "1") for parent in entity.required_parents]
    pairs = [f"  {json.dumps(name)}: {_json(value)}" for name, value in values]
    return "{\n" + ",\n".join(pairs) + "\n}"


def _json(literal: str) -> str:
    return {"True": "true", "False": "false"}.get(literal, literal)


def field_rules(field: FieldView) -> str:
    """The rules of a column in words."""
    rules = ["optional" if field.optional else "required"]
    if field.unique:
        rules.append("unique")
    if field.is_text:
        rules.append(f"at most {field.max_length} characters")
    for one in validators(field):
        shown = one.argument.removeprefix('Decimal("').removeprefix('r"').removesuffix('")').removesuffix('"')
        rules.append(WORDS[one.name].format(shown))
    if field.type == "choice":
        rules.append("one of " + ", ".join(f"`{value}`" for _, value in field.members))
    if field.default is not None:
        rules.append(f"`{field.schema.default}` unless given")
    if is_null(field):
        rules.append("may be empty")
    return ", ".join(rules)
