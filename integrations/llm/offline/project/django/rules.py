"""Business rules as functions of an entity's service module."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from integrations.llm.design import Rule, RuleKind
from integrations.llm.offline.project.django.rule_parts import RuleText
from integrations.llm.offline.project.django.rules_among_records import at_most_text, no_overlap_text, stock_text
from integrations.llm.offline.project.django.rules_of_one import (
    frozen_text,
    not_own_parent_text,
    not_past_text,
    order_text,
    transitions_text,
)
from integrations.llm.offline.project.entities import EntityView

_DEFINED = re.compile(r"^(?:def )?([A-Za-z_]\w*)(?:\(|: dict| = )", re.MULTILINE)


def rule_texts(entity: EntityView) -> list[RuleText]:
    """The functions of every rule of an entity, in order; what is final is asked first, that errors tell it."""
    own = [not_own_parent_text(parent) for parent in entity.parents if parent.is_self]
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


_WRITERS: dict[RuleKind, Callable[[EntityView, Rule], RuleText]] = {
    "order": order_text,
    "not_past": not_past_text,
    "at_most": at_most_text,
    "no_overlap": no_overlap_text,
    "transitions": transitions_text,
    "frozen": frozen_text,
    "stock": stock_text,
}
"""``unique_together`` is a constraint of the table, which the serializer checks too."""
