"""Values that tests, factories and example data give to fields: valid also under the service's rules."""

from __future__ import annotations

import re

from integrations.llm.offline.project.django.fields import stored_value
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.service import ServiceView

NUMBER = re.compile(r"\{number(:0\d+)?\}")


class Samples:
    """Knows which fields of which entities are bound by rules."""

    def __init__(self, service: ServiceView) -> None:
        rules = service.design.rules
        parents = {view.name: {parent.name: parent.target.name for parent in view.parents} for view in service.entities}
        stocks = {
            (parents[rule.entity].get(rule.parent or ""), rule.stock_field) for rule in rules if rule.kind == "stock"
        }
        self._amounts = {(rule.entity, rule.amount_field) for rule in rules if rule.kind == "stock"}
        self._bound = {
            (rule.entity, name)
            for rule in rules
            for name in (*rule.fields, rule.status_field, rule.amount_field, rule.limit_field, rule.open_field)
            if name
        } | stocks
        self._together = {rule.entity: rule.fields for rule in rules if rule.kind == "unique_together"}
        role = service.authentication.role_field if service.authentication else None
        if service.account is not None and role:
            self._bound.add((service.account.name, role))

    def value(self, entity: EntityView, field: FieldView) -> str:
        """The JSON value of a new record, as Python source; it may use ``number``."""
        key = (entity.name, field.name)
        if key in self._amounts:
            return str(max(field.smallest or 1, 1))
        if field.type == "choice" and field.default is not None:
            return stored_value(field, field.default)
        if self._must_vary(entity, field):
            return f'f"{field.words.capitalize()} {{number}}"' if field.is_text else "number"
        return field.sample

    def fixed(self, entity: EntityView, field: FieldView) -> str:
        """As ``value``, with no number in it."""
        source = self.value(entity, field)
        if not source.startswith("f"):
            return "1" if source == "number" else source
        return numbered(source, 1)

    def _must_vary(self, entity: EntityView, field: FieldView) -> bool:
        """Whether this field keeps apart records that must differ in a combination of plain fields."""
        names = self._together.get(entity.name, [])
        plain = {one.name: one for one in entity.fields}
        if not names or any(name not in plain for name in names):
            return False
        able = [name for name in names if plain[name].type in {"string", "text", "integer"}]
        return able[:1] == [field.name]

    def uses_number(self, entity: EntityView) -> bool:
        """Whether a factory has to count."""
        return any("number" in self.value(entity, field) for field in entity.fields)

    def is_free(self, entity: EntityView, field: FieldView) -> bool:
        """Whether no rule speaks of the field."""
        return (entity.name, field.name) not in self._bound

    def changing(self, entity: EntityView) -> FieldView:
        """The field that tests of updates change: one that no rule speaks of, where there is one."""
        order = ["string", "text", "integer", "boolean", "choice", "decimal", "date", "datetime", "email"]
        starts = {start.name for start, _ in entity.periods}
        return min(
            entity.fields,
            key=lambda one: (
                not self.is_free(entity, one),
                one.name in starts,
                one.unique,
                order.index(one.type),
                one.position,
            ),
        )

    def kept(self, entity: EntityView) -> FieldView | None:
        """A field that an update of ``changing`` must leave as it was."""
        changing = self.changing(entity).name
        others = [field for field in entity.fields if field.name != changing]
        return next(iter(sorted(others, key=lambda field: field.nullable)), None)


def numbered(source: str, number: int) -> str:
    """An f-string's source with ``number`` in it, as a plain string's source."""
    text = NUMBER.sub(lambda found: format(number, (found[1] or ":")[1:]), source)
    return text.removeprefix("f")
