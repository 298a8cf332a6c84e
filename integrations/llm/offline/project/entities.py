"""Entities and their relations, as the generated files speak of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from integrations.llm.design import Rule, RuleKind
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.words import snake, with_article, words_of
from integrations.llm.shapes import EntitySchema, Relation

PEOPLE = {"User", "Customer", "Patient", "Doctor", "Student", "Teacher", "Employee", "Author", "Member"}
OWNED = {"Comment", "OrderItem", "InvoiceItem", "Review", "Attachment", "Note", "Reply", "Message", "Grade", "Subtask"}
"""Entities that have no life without the record they belong to."""


@dataclass(frozen=True)
class ParentView:
    """A many-to-one relation: the entity holds the key of ``target``."""

    relation: Relation
    target: EntityView
    owner: EntityView

    @property
    def name(self) -> str:
        return self.relation.name

    @property
    def column(self) -> str:
        return f"{self.name}_id"

    @property
    def words(self) -> str:
        return words_of(self.name)

    @property
    def is_self(self) -> bool:
        return self.target.name == self.owner.name

    @property
    def required(self) -> bool:
        return self.relation.required and not self.is_self

    @property
    def on_delete(self) -> str:
        if not self.required:
            return "SET NULL"
        owned = self.owner.name in OWNED and self.target.name not in PEOPLE
        return "CASCADE" if owned else "RESTRICT"

    @property
    def by(self) -> str:
        """How functions call the lookup by this relation: the target, or the relation when it has a name of its own."""
        return self.name


@dataclass(frozen=True)
class LinkView:
    """A many-to-many relation, kept in a table of its own."""

    relation: Relation
    target: EntityView
    owner: EntityView

    @property
    def name(self) -> str:
        return self.relation.name

    @property
    def one(self) -> str:
        """What one linked record is called: the target's name."""
        return self.target.snake

    @property
    def table(self) -> str:
        return f"{self.owner.snake}_{self.name}"

    @property
    def words(self) -> str:
        return words_of(self.target.name)

    @property
    def path(self) -> str:
        return self.name.replace("_", "-")


class EntityView:
    """An entity with its fields, parents (many-to-one) and links (many-to-many)."""

    def __init__(self, schema: EntitySchema, rules: Sequence[Rule] = ()) -> None:
        self.schema = schema
        self.rules = [rule for rule in rules if rule.entity == schema.name]
        self.name = schema.name
        self.snake = snake(schema.name)
        self.plural = schema.plural
        self.path = schema.plural.replace("_", "-")
        self.words = words_of(schema.name)
        self.words_plural = schema.plural.replace("_", " ")
        self.a_words = with_article(self.words)
        self.fields = [FieldView(field, schema.name, place) for place, field in enumerate(schema.fields)]
        self.parents: list[ParentView] = []
        self.links: list[LinkView] = []

    @cached_property
    def description(self) -> str:
        text = " ".join(self.schema.description.split()).rstrip(".") or f"One {self.words}"
        return (text[:84].rsplit(" ", 1)[0] if len(text) > 84 else text) + "."

    @cached_property
    def unique_fields(self) -> list[FieldView]:
        return [field for field in self.fields if field.unique]

    @cached_property
    def choices(self) -> list[FieldView]:
        return [field for field in self.fields if field.type == "choice"]

    @cached_property
    def filters(self) -> list[FieldView]:
        """Fields a list can be narrowed by."""
        return [field for field in self.fields if field.type in {"choice", "boolean"}]

    @cached_property
    def search_fields(self) -> list[FieldView]:
        """Fields that ``search`` looks into: at most the first three texts."""
        return [field for field in self.fields if field.is_text][:3]

    @cached_property
    def not_null(self) -> list[str]:
        fields = [field.name for field in self.fields if not field.nullable]
        return [*fields, *(parent.column for parent in self.parents if parent.required)]

    def field(self, name: str) -> FieldView:
        """The field of this name; KeyError when there is none."""
        return {field.name: field for field in self.fields}[name]

    def rules_of(self, kind: RuleKind) -> list[Rule]:
        """The business rules of one kind, in order."""
        return [rule for rule in self.rules if rule.kind == kind]

    @cached_property
    def periods(self) -> list[tuple[FieldView, FieldView]]:
        """Pairs of fields of which the second must not come before the first."""
        return [(self.field(rule.fields[0]), self.field(rule.fields[1])) for rule in self.rules_of("order")]

    @cached_property
    def target_update(self) -> FieldView:
        """The field that tests of updates change: a plain one where there is one."""
        order = ["string", "text", "integer", "boolean", "choice", "decimal", "date", "datetime", "email"]
        starts = {start.name for start, _ in self.periods}
        ruled = {name for rule in self.rules for name in (*rule.fields[:2], rule.status_field, rule.amount_field)}
        return min(
            self.fields,
            key=lambda field: (
                field.name in starts,
                field.name in ruled,
                field.unique,
                order.index(field.type),
                field.position,
            ),
        )

    @cached_property
    def kept(self) -> FieldView | None:
        """A field that an update of ``target_update`` must leave as it was."""
        others = [field for field in self.fields if field.name != self.target_update.name]
        return next(iter(sorted(others, key=lambda field: field.nullable)), None)

    @cached_property
    def related(self) -> list[EntityView]:
        """The other entities this one refers to, each once."""
        targets = [*(parent.target for parent in self.parents), *(link.target for link in self.links)]
        return [entity for entity in dict.fromkeys(targets) if entity.name != self.name]

    @cached_property
    def required_parents(self) -> list[ParentView]:
        return [parent for parent in self.parents if parent.required]


def entity_views(schemas: Sequence[EntitySchema], rules: Sequence[Rule] = ()) -> dict[str, EntityView]:
    """The views by snake_case name, wired to each other. Relations to unknown entities are left out."""
    views = {schema.name: EntityView(schema, rules) for schema in schemas}
    for rule in rules:
        _make_room(views, rule)
    for view in views.values():
        for relation in view.schema.relations:
            target = views.get(relation.target)
            if target is None:
                continue
            if relation.kind == "many_to_many":
                view.links.append(LinkView(relation, target, view))
            else:
                view.parents.append(ParentView(relation, target, view))
    return {view.snake: view for view in views.values()}


def _make_room(views: dict[str, EntityView], rule: Rule) -> None:
    """Samples of a stock are large enough for what tests take from it."""
    owner = views.get(rule.entity)
    if rule.kind != "stock" or owner is None:
        return
    target = next((one.target for one in owner.schema.relations if one.name == rule.parent), "")
    for place, field in enumerate(views[target].fields if target in views else []):
        if field.name == rule.stock_field:
            views[target].fields[place] = replace(field, room=100)


def parents_first(entities: list[EntityView]) -> list[EntityView]:
    """The entities so that every required parent comes before its children; the order given decides ties."""
    ordered: list[EntityView] = []

    def place(entity: EntityView, above: tuple[str, ...]) -> None:
        if entity in ordered or entity.snake in above:
            return
        for parent in entity.required_parents:
            place(parent.target, (*above, entity.snake))
        ordered.append(entity)

    for entity in entities:
        place(entity, ())
    return ordered
