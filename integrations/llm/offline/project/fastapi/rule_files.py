"""Files about the business rules of an entity."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations.llm.design import Rule
from integrations.llm.offline.project.entities import EntityView, ParentView
from integrations.llm.offline.project.fastapi.bodies import body_call
from integrations.llm.offline.project.fastapi.ground import Ground
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render

STORED = ("at_most", "no_overlap", "unique_together")
"""Kinds of rules that look at other records."""


@dataclass(frozen=True)
class RuleView:
    """One rule with the fields and relations that it names. ``name`` is unique among the rules of its entity."""

    rule: Rule
    entity: EntityView
    name: str
    parent: ParentView | None
    fields: list[FieldView] = field(default_factory=list)

    @property
    def message(self) -> str:
        return self.rule.statement.replace('"', "'").replace("\\", "")

    @property
    def status(self) -> FieldView:
        return self.entity.field(self.rule.status_field or "")

    @property
    def enum(self) -> str:
        return self.status.enum

    def member(self, value: str) -> str:
        """A value of the status field as a member of its enum."""
        members = {text: member for member, text in self.status.members}
        return f"{self.enum}.{members[value]}"

    @property
    def columns(self) -> list[str]:
        """The columns of fields and relations that ``unique_together`` names."""
        relations = {parent.name: parent.column for parent in self.entity.parents}
        return [relations.get(name, name) for name in self.rule.fields]


def rule_views(ground: Ground) -> list[RuleView]:
    """The rules of an entity that stand in its own file."""
    views: list[RuleView] = []
    for rule in ground.rules:
        relation = next((parent for parent in ground.e.parents if parent.name == rule.parent), None)
        names = {one.name: one for one in ground.e.fields}
        fields = [names[name] for name in rule.fields if name in names]
        name = _name(rule, sum(view.rule.kind == rule.kind for view in views))
        views.append(RuleView(rule, ground.e, name, relation, fields))
    return views


def _name(rule: Rule, before: int) -> str:
    return f"{rule.kind}_{before + 1}" if before else rule.kind


def rules_text(ground: Ground) -> str:
    """``app/rules/<entity>.py``."""
    views = rule_views(ground)
    values = {"e": ground.e, "g": ground, "rules": views, "imports": Imports(), **_kinds(views)}
    text = render("fastapi/rules.py.j2", values)
    return render("fastapi/rules.py.j2", {**values, "imports": _imports(ground, views, text)})


def _kinds(views: list[RuleView]) -> dict[str, object]:
    found = {kind: [view for view in views if view.rule.kind == kind] for kind in
             ("at_most", "no_overlap", "unique_together", "transitions", "frozen", "stock", "not_past")}  # fmt: skip
    return {**found, "stored": [view for view in views if view.rule.kind in STORED]}


def _imports(ground: Ground, views: list[RuleView], text: str) -> Imports:
    imports = Imports()
    entity = ground.e
    imports.add(f"app.models.{entity.snake}", entity.name)
    wanted = [
        ("sqlalchemy", "func"), ("sqlalchemy", "select"), ("sqlalchemy.orm", "Session"),
        ("app.errors", "ConflictError"),
        ("app.errors", "RuleError"), ("app.models.base", "utc_now"), ("collections.abc", "Mapping"),
    ]  # fmt: skip
    wanted += [(f"app.models.{entity.snake}", one.enum) for one in entity.choices]
    wanted += [(f"app.models.{view.parent.target.snake}", view.parent.target.name) for view in views if view.parent]
    for module, name in wanted:
        if any(f"{name}{mark}" in text for mark in ("(", ".", "[", ",", ")", "]")):
            imports.add(module, name)
    return imports


def service_flags(ground: Ground) -> dict[str, object]:
    """Which functions of the rules the entity's service calls."""
    kinds = {rule.kind for rule in ground.rules}
    return {
        "has_check_new": bool(kinds & {"not_past", "transitions"}),
        "has_check_stored": bool(kinds & set(STORED)),
        "has_check_change": bool(kinds & {"transitions", "frozen"}),
        "has_check_deletion": "frozen" in kinds,
        "has_stock": "stock" in kinds,
    }


def rule_imports(ground: Ground, imports: Imports) -> None:
    """Import what a service needs of the rules."""
    flags = service_flags(ground)
    functions = {
        "has_check_new": ("check_new",), "has_check_stored": ("check_stored",), "has_check_change": ("check_change",),
        "has_check_deletion": ("check_deletion",), "has_stock": ("return_stock", "take_stock"),
    }  # fmt: skip
    for flag, names in functions.items():
        if flags[flag]:
            imports.add(f"app.rules.{ground.e.snake}", *names)


def rules_test_text(ground: Ground) -> str:
    """``tests/test_<entity>_rules.py``."""
    entity = ground.e
    views = rule_views(ground)
    values = {
        "e": entity,
        "g": ground,
        "rules": views,
        "body_call": body_call(entity),
        "skipped": skipped,
        "frozen_field": frozen_field,
        "together": together,
        "imports": Imports(),
        **_kinds(views),
    }
    text = render("fastapi/test_rules.py.j2", values)
    imports = Imports()
    imports.add("pytest")
    imports.add("sqlalchemy.orm", "Session")
    imports.add(f"app.services.{entity.snake}", f"{entity.name}Service")
    wanted = [("app.errors", "ConflictError"), ("app.errors", "RuleError")]
    wanted += [(f"app.schemas.{entity.snake}", f"{entity.name}{kind}") for kind in ("Create", "Update")]
    wanted += [(f"tests.factories.{entity.snake}", name) for name in (f"make_{entity.snake}", f"{entity.snake}_body")]
    targets = {view.target.snake for view in entity.parents}
    wanted += [(f"tests.factories.{snake}", f"make_{snake}") for snake in sorted(targets)]
    if ground.a is not None:
        imports.add(f"app.models.{ground.a.snake}", ground.a.name)
    if ground.uses:
        imports.add("app.adapters.bundle", "Adapters")
    for module, name in wanted:
        if any(f"{name}{mark}" in text for mark in ("(", ".", ")")):
            imports.add(module, name)
    return render("fastapi/test_rules.py.j2", {**values, "imports": imports})


def skipped(view: RuleView) -> list[tuple[str, str]]:
    """Changes of status that are refused: each value to one that does not follow it."""
    found = []
    values = [value for _, value in view.status.members]
    for step in view.rule.transitions:
        refused = [value for value in values if value != step.before and value not in step.after]
        found += [(step.before, refused[-1])] if refused else []
    return found


def frozen_field(view: RuleView) -> FieldView:
    """A field to change in vain."""
    plain = [one for one in view.entity.fields if one.type != "choice" and not one.unique]
    return (plain or view.entity.fields)[0]


def together(view: RuleView) -> str:
    """Changes that make a second record agree with the first."""
    changes = []
    fields = {one.name: one for one in view.fields}
    for column in view.columns:
        value = f"first.{column}"
        kind = fields[column].type if column in fields else ""
        if kind in {"date", "datetime"}:
            value += ".isoformat()"
        changes.append(f"{column}={value}")
    return ", ".join(changes)
