"""What functions that enforce a business rule are written of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from integrations.llm.design import Rule
from integrations.llm.offline.project.django.fields import is_null
from integrations.llm.offline.project.django.printing import Group, listed
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fields import FieldView

Needed = tuple[str, str]
"""(module, name) of an import."""
RULE_ERROR: Needed = ("api.errors", "RuleError")
CONFLICT_ERROR: Needed = ("api.errors", "ConflictError")
TIMEZONE: Needed = ("django.utils", "timezone")


@dataclass(frozen=True)
class RuleText:
    """Functions that enforce a rule, and the hooks of the service that call them: (hook, function)."""

    text: str
    hooks: tuple[tuple[str, str], ...]
    needs: frozenset[Needed] = field(default_factory=frozenset)


def statement(rule: Rule) -> str:
    """The rule as one sentence of a docstring."""
    words = " ".join(rule.statement.replace('"', "'").split()).rstrip(".") or "A rule of the service"
    return (words[:84].rsplit(" ", 1)[0] if len(words) > 84 else words) + "."


def literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def signature(name: str, entity: EntityView) -> str:
    return f"def {name}({entity.snake}: {entity.name}, stored: {entity.name} | None) -> None:"


def has_values(entity: EntityView, *fields: FieldView) -> str:
    """A condition that holds when all the fields have a value; empty when they always have."""
    return " and ".join(f"{entity.snake}.{one.name} is not None" for one in fields if is_null(one))


def condition(parts: list[str]) -> list[str]:
    """``if a and b:``, broken at ``and`` where it is too long for a line."""
    parts = [one for part in parts for one in part.split(" and ")]
    line = f"    if {' and '.join(parts)}:"
    if len(line) <= 100:
        return [line]
    return ["    if (", f"        {parts[0]}", *(f"        and {part}" for part in parts[1:]), "    ):"]


def status_import(entity: EntityView, rule: Rule) -> set[Needed]:
    return {(f"api.models.{entity.snake}", entity.field(rule.status_field).enum)} if rule.status_field else set()


def members_of(status: FieldView, values: list[str]) -> Group:
    members = {value: f"{status.enum}.{name}" for name, value in status.members}
    return listed(*(members[value] for value in values if value in members))
