"""The workflows of a service: how records go from step to step, and what making one takes."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.design import Role, ServiceDesign
from integrations.llm.offline.phrases import Phrases
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.shapes import Workflow


def workflows_of(views: Sequence[EntityView], design: ServiceDesign, say: Phrases) -> list[Workflow]:
    """One for every status, and one for making each record that has rules or is told of, but no status."""
    found: list[Workflow] = []
    for view in views:
        status = next((field for field in view.choices if field.name == "status"), None)
        if status is not None:
            found.append(_of_status(view, status, design, say))
        elif view.required_parents and (view.rules or _told(view, design)):
            found.append(_of_making(view, design, say))
    return found


def _of_status(view: EntityView, status: FieldView, design: ServiceDesign, say: Phrases) -> Workflow:
    rules = [rule.statement for rule in view.rules]
    return Workflow(
        name=f"{view.name} {status.name}",
        trigger=say.trigger.format(who=_who(view, "update", design, say)),
        steps=_in_order(view, [value for _, value in status.members]),
        rules=[*rules, *_told(view, design)],
        failure_scenarios=[say.refused.format(rule=rule.rstrip(".")) for rule in rules],
    )


def _in_order(view: EntityView, values: list[str]) -> list[str]:
    """As the steps follow each other, where the request says it: each before all that may come after it."""
    after = {
        step.before: step.after
        for rule in view.rules_of("transitions")
        if rule.status_field == "status"
        for step in rule.transitions
    }
    ordered: list[str] = []

    def walk(value: str) -> None:
        if value not in ordered and value in values:
            ordered.append(value)
            for following in after.get(value, []):
                walk(following)

    targets = {value for following in after.values() for value in following}
    for value in [*(one for one in values if one not in targets), *values]:
        walk(value)
    return ordered


def _of_making(view: EntityView, design: ServiceDesign, say: Phrases) -> Workflow:
    rules = [rule.statement for rule in view.rules]
    told = _told(view, design)
    return Workflow(
        name=say.making.format(record=view.words),
        trigger=say.asks_for.format(who=_who(view, "create", design, say), record=view.words),
        steps=[
            *(say.finds.format(record=parent.words) for parent in view.required_parents),
            *([say.checks] if rules else []),
            say.stores.format(record=view.words),
            *([say.tells] if told else []),
        ],
        rules=[*rules, *told],
        failure_scenarios=[say.refused.format(rule=rule.rstrip(".")) for rule in rules],
    )


def _told(view: EntityView, design: ServiceDesign) -> list[str]:
    """What the request says of services outside about this record."""
    uses = [use for adapter in design.adapters for use in adapter.uses if use.entity == view.name]
    return list(dict.fromkeys(use.statement for use in uses if use.statement))


def _who(view: EntityView, operation: str, design: ServiceDesign, say: Phrases) -> str:
    """The roles that may do it, else anybody."""
    allowed = {one.role for one in design.permissions if one.entity == view.name and operation in one.operations}

    def may(role: Role) -> bool:
        return role.everything or role.name in allowed

    return ", ".join(role.name for role in design.roles if may(role)) or say.everybody
