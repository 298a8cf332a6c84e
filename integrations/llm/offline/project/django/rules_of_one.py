"""Rules that a record keeps by itself, whatever the others are."""

from __future__ import annotations

from integrations.llm.design import Rule
from integrations.llm.offline.project.django.printing import lay_out
from integrations.llm.offline.project.django.rule_parts import (
    CONFLICT_ERROR,
    RULE_ERROR,
    TIMEZONE,
    RuleText,
    condition,
    has_values,
    literal,
    members_of,
    signature,
    statement,
)
from integrations.llm.offline.project.entities import EntityView, ParentView
from integrations.llm.offline.project.fields import FieldView


def not_own_parent_text(parent: ParentView) -> RuleText:
    entity = parent.owner
    name = f"check_{parent.name}"
    text = "\n".join(
        [
            signature(name, entity),
            f'    """{entity.a_words.capitalize()} is not its own {parent.words}."""',
            f"    if stored is not None and {entity.snake}.{parent.column} == stored.pk:",
            f"        raise RuleError({literal(f'{entity.a_words.capitalize()} cannot be its own {parent.words}.')})",
        ]
    )
    return RuleText(text, (("rules", name),), frozenset({RULE_ERROR}))


def order_text(entity: EntityView, rule: Rule) -> RuleText:
    start, end = (entity.field(name) for name in rule.fields[:2])
    name = f"check_{end.name}_after_{start.name}"
    given = has_values(entity, start, end)
    compared = f"{entity.snake}.{end.name} < {entity.snake}.{start.name}"
    verb = "before" if end.type in {"date", "datetime"} else "below"
    text = "\n".join(
        [
            signature(name, entity),
            f'    """{statement(rule)}"""',
            *condition([*([given] if given else []), compared]),
            f'        raise RuleError("{end.name} cannot be {verb} {start.name}.")',
        ]
    )
    return RuleText(text, (("rules", name),), frozenset({RULE_ERROR}))


def not_past_text(entity: EntityView, rule: Rule) -> RuleText:
    subject = entity.field(rule.fields[0])
    name = f"check_{subject.name}_is_not_past"
    now = "timezone.localdate()" if subject.type == "date" else "timezone.now()"
    given = has_values(entity, subject)
    parts = ["stored is None", *([given] if given else []), f"{entity.snake}.{subject.name} < {now}"]
    text = "\n".join(
        [
            signature(name, entity),
            f'    """{statement(rule)}"""',
            *condition(parts),
            f'        raise RuleError("{subject.name} cannot be in the past.")',
        ]
    )
    return RuleText(text, (("rules", name),), frozenset({RULE_ERROR, TIMEZONE}))


def transitions_text(entity: EntityView, rule: Rule) -> RuleText:
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
            signature(name, entity),
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


def frozen_text(entity: EntityView, rule: Rule) -> RuleText:
    status = entity.field(rule.status_field or "status")
    constant = f"{status.name.upper()}_FINAL"
    text = "\n".join(
        [
            lay_out(members_of(status, rule.values), indent=0, before=f"{constant} = "),
            "",
            "",
            f"def check_may_end({entity.snake}: {entity.name}) -> None:",
            f'    """{statement(rule)}"""',
            f"    if {entity.snake}.{status.name} in {constant}:",
            f"        raise ConflictError({literal(statement(rule))})",
            "",
            "",
            signature("check_may_change", entity),
            f'    """{statement(rule)}"""',
            "    if stored is not None:",
            "        check_may_end(stored)",
        ]
    )
    hooks = (("rules", "check_may_change"), ("delete_rules", "check_may_end"))
    return RuleText(text, hooks, frozenset({CONFLICT_ERROR, (f"api.models.{entity.snake}", status.enum)}))
