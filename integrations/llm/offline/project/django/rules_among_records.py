"""Rules that look at other records too, and lock what they count within."""

from __future__ import annotations

from integrations.llm.design import Rule
from integrations.llm.offline.project.django.fields import is_null
from integrations.llm.offline.project.django.printing import lay_out
from integrations.llm.offline.project.django.rule_parts import (
    CONFLICT_ERROR,
    RULE_ERROR,
    Needed,
    RuleText,
    literal,
    members_of,
    signature,
    statement,
    status_import,
)
from integrations.llm.offline.project.entities import EntityView, ParentView


def parent_of(entity: EntityView, rule: Rule) -> ParentView:
    """The relation that a rule counts or compares within."""
    return next(parent for parent in entity.parents if parent.name == rule.parent)


def _counted(entity: EntityView, rule: Rule) -> tuple[list[str], list[str]]:
    """(constant with the values that count, guard that leaves other records alone)."""
    if not rule.status_field or not rule.values:
        return [], []
    constant = f"{rule.status_field.upper()}_COUNTED"
    return (
        [lay_out(members_of(entity.field(rule.status_field), rule.values), indent=0, before=f"{constant} = "), "", ""],
        [f"    if {entity.snake}.{rule.status_field} not in {constant}:", "        return"],
    )


def _within(entity: EntityView, parent: ParentView) -> tuple[list[str], set[Needed]]:
    """Lines that lock the parent, so that two requests at the same moment cannot both pass."""
    target = parent.target
    guard = [] if parent.required else [f"    if {entity.snake}.{parent.column} is None:", "        return"]
    lock = f"    {parent.name} = {target.name}.objects.select_for_update().get(pk={entity.snake}.{parent.column})"
    return [*guard, lock], {(f"api.models.{target.snake}", target.name)}


def _is_closed(entity: EntityView, name: str) -> str:
    """Whether the field that stays empty while a record is open has a value."""
    place = f"{entity.snake}.{name}"
    return f"{place} is not None" if is_null(entity.field(name)) else place


def _open_only(entity: EntityView, name: str | None) -> str:
    if not name:
        return ""
    return f", {name}__isnull=True" if is_null(entity.field(name)) else f', {name}=""'


def at_most_text(entity: EntityView, rule: Rule) -> RuleText:
    parent = parent_of(entity, rule)
    constant, guard = _counted(entity, rule)
    if rule.open_field:
        guard += [f"    if {_is_closed(entity, rule.open_field)}:", "        return"]
    lock, needs = _within(entity, parent)
    limit = f"{parent.name}.{rule.limit_field}" if rule.limit_field else str(rule.limit)
    name = f"check_number_of_{entity.plural}"
    status = f", {rule.status_field}__in={rule.status_field.upper()}_COUNTED" if constant and rule.status_field else ""
    counted = f"{parent.name}={parent.name}{status}{_open_only(entity, rule.open_field)}"
    if rule.limit_field and is_null(parent.target.field(rule.limit_field)):
        refused = f"    if {limit} is not None and others.count() >= {limit}:"
    else:
        refused = f"    if others.count() >= {limit}:"
    text = "\n".join(
        [
            *constant,
            signature(name, entity),
            f'    """{statement(rule)}"""',
            *guard,
            *lock,
            f"    others = {entity.name}.objects.filter({counted}).exclude(pk={entity.snake}.pk)",
            refused,
            f"        raise RuleError({literal(statement(rule))})",
        ]
    )
    needed = {RULE_ERROR, *needs, *(status_import(entity, rule) if constant else set())}
    return RuleText(text, (("rules", name),), frozenset(needed))


def no_overlap_text(entity: EntityView, rule: Rule) -> RuleText:
    parent = parent_of(entity, rule)
    start, end = (entity.field(name) for name in rule.fields[:2])
    constant, guard = _counted(entity, rule)
    lock, needs = _within(entity, parent)
    missing = [f"{entity.snake}.{one.name} is None" for one in (start, end) if is_null(one)]
    open_guard = [f"    if {' or '.join(missing)}:", "        return"] if missing else []
    name = f"check_overlap_of_{entity.plural}"
    filters = [
        f"{parent.name}={parent.name},",
        f"{start.name}__lt={entity.snake}.{end.name},",
        f"{end.name}__gt={entity.snake}.{start.name},",
        *([f"{rule.status_field}__in={rule.status_field.upper()}_COUNTED,"] if constant and rule.status_field else []),
    ]
    text = "\n".join(
        [
            *constant,
            signature(name, entity),
            f'    """{statement(rule)}"""',
            *guard,
            *open_guard,
            *lock,
            f"    others = {entity.name}.objects.filter(",
            *(f"        {line}" for line in filters),
            f"    ).exclude(pk={entity.snake}.pk)",
            "    if others.exists():",
            f"        raise ConflictError({literal(statement(rule))})",
        ]
    )
    needed = {CONFLICT_ERROR, *needs, *(status_import(entity, rule) if constant else set())}
    return RuleText(text, (("rules", name),), frozenset(needed))


def stock_text(entity: EntityView, rule: Rule) -> RuleText:
    parent = parent_of(entity, rule)
    target, stock = parent.target, rule.stock_field or "stock"
    amount = f"{entity.snake}.{rule.amount_field}" if rule.amount_field else "1"
    key = f"{entity.snake}.{parent.column}"
    text = f'''def take_{stock}({entity.snake}: {entity.name}) -> None:
    """{statement(rule)}"""
    enough = {target.name}.objects.filter(pk={key}, {stock}__gte={amount})
    if not enough.update({stock}=F("{stock}") - {amount}):
        raise RuleError("There is not enough {stock.replace("_", " ")} of the {target.words}.")


def give_back_{stock}({entity.snake}: {entity.name}) -> None:
    """What a {entity.words} took is there again."""
    {target.name}.objects.filter(pk={key}).update({stock}=F("{stock}") + {amount})


def adjust_{stock}({entity.snake}: {entity.name}, stored: {entity.name}) -> None:
    """A changed {entity.words} takes what it says now instead of what it said before."""
    give_back_{stock}(stored)
    take_{stock}({entity.snake})'''
    hooks = (
        ("after_create", f"take_{stock}"),
        ("after_update", f"adjust_{stock}"),
        ("after_delete", f"give_back_{stock}"),
    )
    needed = {RULE_ERROR, ("django.db.models", "F"), (f"api.models.{target.snake}", target.name)}
    return RuleText(text, hooks, frozenset(needed))
