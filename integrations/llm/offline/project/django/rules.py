"""Business rules as functions of an entity's service module."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from integrations.llm.design import Rule, RuleKind
from integrations.llm.offline.project.django.fields import is_null
from integrations.llm.offline.project.django.printing import Group, lay_out, listed
from integrations.llm.offline.project.entities import EntityView, ParentView
from integrations.llm.offline.project.fields import FieldView

Needed = tuple[str, str]
"""(module, name) of an import."""


@dataclass(frozen=True)
class RuleText:
    """Functions that enforce a rule, and the hooks of the service that call them: (hook, function)."""

    text: str
    hooks: tuple[tuple[str, str], ...]
    needs: frozenset[Needed] = field(default_factory=frozenset)


_DEFINED = re.compile(r"^(?:def )?([A-Za-z_]\w*)(?:\(|: dict| = )", re.MULTILINE)
RULE_ERROR: Needed = ("api.errors", "RuleError")
CONFLICT_ERROR: Needed = ("api.errors", "ConflictError")
TIMEZONE: Needed = ("django.utils", "timezone")


def rule_texts(entity: EntityView) -> list[RuleText]:
    """The functions of every rule of an entity, in order; what is final is asked first, that errors tell it."""
    own = [_not_own_parent(parent) for parent in entity.parents if parent.is_self]
    ordered = sorted(entity.rules, key=lambda rule: rule.kind != "frozen")
    return [*own, *(_WRITERS[rule.kind](entity, rule) for rule in ordered if rule.kind in _WRITERS)]


def distinct(texts: Sequence[RuleText]) -> list[RuleText]:
    """The same functions, none of which has the name of another (two limits on one status, for example)."""
    seen: Counter[str] = Counter()
    found = []
    for one in texts:
        text, hooks = one.text, one.hooks
        for name in dict.fromkeys(_DEFINED.findall(one.text)):
            seen[name] += 1
            if seen[name] > 1:
                other = f"{name}_{seen[name]}"
                text = re.sub(rf"\b{name}\b", other, text)
                hooks = tuple((hook, other if function == name else function) for hook, function in hooks)
        found.append(RuleText(text, hooks, one.needs))
    return found


def statement(rule: Rule) -> str:
    """The rule as one sentence of a docstring."""
    words = " ".join(rule.statement.replace('"', "'").split()).rstrip(".") or "A rule of the service"
    return (words[:84].rsplit(" ", 1)[0] if len(words) > 84 else words) + "."


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def parent_of(entity: EntityView, rule: Rule) -> ParentView:
    """The relation that a rule counts or compares within."""
    return next(parent for parent in entity.parents if parent.name == rule.parent)


def _signature(name: str, entity: EntityView) -> str:
    return f"def {name}({entity.snake}: {entity.name}, stored: {entity.name} | None) -> None:"


def _given(entity: EntityView, *fields: FieldView) -> str:
    """A condition that holds when all the fields have a value; empty when they always have."""
    return " and ".join(f"{entity.snake}.{one.name} is not None" for one in fields if is_null(one))


def _not_own_parent(parent: ParentView) -> RuleText:
    entity = parent.owner
    name = f"check_{parent.name}"
    text = "\n".join(
        [
            _signature(name, entity),
            f'    """{entity.a_words.capitalize()} is not its own {parent.words}."""',
            f"    if stored is not None and {entity.snake}.{parent.column} == stored.pk:",
            f"        raise RuleError({_literal(f'{entity.a_words.capitalize()} cannot be its own {parent.words}.')})",
        ]
    )
    return RuleText(text, (("rules", name),), frozenset({RULE_ERROR}))


def _order(entity: EntityView, rule: Rule) -> RuleText:
    start, end = (entity.field(name) for name in rule.fields[:2])
    name = f"check_{end.name}_after_{start.name}"
    given = _given(entity, start, end)
    compared = f"{entity.snake}.{end.name} < {entity.snake}.{start.name}"
    verb = "before" if end.type in {"date", "datetime"} else "below"
    text = "\n".join(
        [
            _signature(name, entity),
            f'    """{statement(rule)}"""',
            *_condition([*([given] if given else []), compared]),
            f'        raise RuleError("{end.name} cannot be {verb} {start.name}.")',
        ]
    )
    return RuleText(text, (("rules", name),), frozenset({RULE_ERROR}))


def _condition(parts: list[str]) -> list[str]:
    """``if a and b:``, broken at ``and`` where it is too long for a line."""
    parts = [one for part in parts for one in part.split(" and ")]
    line = f"    if {' and '.join(parts)}:"
    if len(line) <= 100:
        return [line]
    return ["    if (", f"        {parts[0]}", *(f"        and {part}" for part in parts[1:]), "    ):"]


def _not_past(entity: EntityView, rule: Rule) -> RuleText:
    subject = entity.field(rule.fields[0])
    name = f"check_{subject.name}_is_not_past"
    now = "timezone.localdate()" if subject.type == "date" else "timezone.now()"
    given = _given(entity, subject)
    parts = ["stored is None", *([given] if given else []), f"{entity.snake}.{subject.name} < {now}"]
    text = "\n".join(
        [
            _signature(name, entity),
            f'    """{statement(rule)}"""',
            *_condition(parts),
            f'        raise RuleError("{subject.name} cannot be in the past.")',
        ]
    )
    return RuleText(text, (("rules", name),), frozenset({RULE_ERROR, TIMEZONE}))


def _counted(entity: EntityView, rule: Rule) -> tuple[list[str], list[str]]:
    """(constant with the values that count, guard that leaves other records alone)."""
    if not rule.status_field or not rule.values:
        return [], []
    constant = f"{rule.status_field.upper()}_COUNTED"
    return (
        [lay_out(_members(entity.field(rule.status_field), rule.values), indent=0, before=f"{constant} = "), "", ""],
        [f"    if {entity.snake}.{rule.status_field} not in {constant}:", "        return"],
    )


def _members(status: FieldView, values: list[str]) -> Group:
    members = {value: f"{status.enum}.{name}" for name, value in status.members}
    return listed(*(members[value] for value in values if value in members))


def _status_import(entity: EntityView, rule: Rule) -> set[Needed]:
    return {(f"api.models.{entity.snake}", entity.field(rule.status_field).enum)} if rule.status_field else set()


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


def _at_most(entity: EntityView, rule: Rule) -> RuleText:
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
            _signature(name, entity),
            f'    """{statement(rule)}"""',
            *guard,
            *lock,
            f"    others = {entity.name}.objects.filter({counted}).exclude(pk={entity.snake}.pk)",
            refused,
            f"        raise RuleError({_literal(statement(rule))})",
        ]
    )
    needed = {RULE_ERROR, *needs, *(_status_import(entity, rule) if constant else set())}
    return RuleText(text, (("rules", name),), frozenset(needed))


def _no_overlap(entity: EntityView, rule: Rule) -> RuleText:
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
            _signature(name, entity),
            f'    """{statement(rule)}"""',
            *guard,
            *open_guard,
            *lock,
            f"    others = {entity.name}.objects.filter(",
            *(f"        {line}" for line in filters),
            f"    ).exclude(pk={entity.snake}.pk)",
            "    if others.exists():",
            f"        raise ConflictError({_literal(statement(rule))})",
        ]
    )
    needed = {CONFLICT_ERROR, *needs, *(_status_import(entity, rule) if constant else set())}
    return RuleText(text, (("rules", name),), frozenset(needed))


def _transitions(entity: EntityView, rule: Rule) -> RuleText:
    status = entity.field(rule.status_field or "status")
    members = {value: f"{status.enum}.{name}" for name, value in status.members}
    constant = f"{status.name.upper()}_CHANGES"
    rows = [
        f"    {members[one.before]}: {{{', '.join(members[value] for value in one.after if value in members)}}},"
        if one.after
        else f"    {members[one.before]}: set(),"
        for one in rule.transitions
        if one.before in members
    ]
    name = f"check_{status.name}_change"
    new = (
        [
            "    if stored is None:",
            f"        if {entity.snake}.{status.name} != {status.default}:",
            f'            raise RuleError("A new {entity.words} has the {status.words} {_plain(status)}.")',
            "        return",
        ]
        if status.default is not None
        else ["    if stored is None:", "        return"]
    )
    text = "\n".join(
        [
            f"{constant}: dict[str, set[{status.enum}]] = {{",
            *rows,
            "}",
            "",
            "",
            _signature(name, entity),
            f'    """{statement(rule)}"""',
            *new,
            f"    before, after = stored.{status.name}, {entity.snake}.{status.name}",
            f"    if after != before and after not in {constant}.get(before, set()):",
            f'        raise RuleError(f"{status.words.capitalize()} cannot change from {{before}} to {{after}}.")',
        ]
    )
    needed = {RULE_ERROR, (f"api.models.{entity.snake}", status.enum)}
    return RuleText(text, (("rules", name),), frozenset(needed))


def _plain(status: FieldView) -> str:
    member = (status.default or "").rpartition(".")[2]
    return next((value for name, value in status.members if name == member), "")


def _frozen(entity: EntityView, rule: Rule) -> RuleText:
    status = entity.field(rule.status_field or "status")
    constant = f"{status.name.upper()}_FINAL"
    text = "\n".join(
        [
            lay_out(_members(status, rule.values), indent=0, before=f"{constant} = "),
            "",
            "",
            f"def check_may_end({entity.snake}: {entity.name}) -> None:",
            f'    """{statement(rule)}"""',
            f"    if {entity.snake}.{status.name} in {constant}:",
            f"        raise ConflictError({_literal(statement(rule))})",
            "",
            "",
            _signature("check_may_change", entity),
            f'    """{statement(rule)}"""',
            "    if stored is not None:",
            "        check_may_end(stored)",
        ]
    )
    hooks = (("rules", "check_may_change"), ("delete_rules", "check_may_end"))
    return RuleText(text, hooks, frozenset({CONFLICT_ERROR, (f"api.models.{entity.snake}", status.enum)}))


def _stock(entity: EntityView, rule: Rule) -> RuleText:
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


_WRITERS: dict[RuleKind, Callable[[EntityView, Rule], RuleText]] = {
    "order": _order,
    "not_past": _not_past,
    "at_most": _at_most,
    "no_overlap": _no_overlap,
    "transitions": _transitions,
    "frozen": _frozen,
    "stock": _stock,
}
"""``unique_together`` is a constraint of the table, which the serializer checks too."""
