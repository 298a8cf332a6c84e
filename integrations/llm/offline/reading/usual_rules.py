"""Business rules that follow from the names of fields, whether or not the request says them."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.llm.design import Rule
from integrations.llm.offline.phrases import Phrases
from integrations.llm.offline.words import words_of
from integrations.llm.shapes import EntitySchema

PERIODS = [
    ("start_date", "end_date"),
    ("starts_on", "ends_on"),
    ("starts_at", "ends_at"),
    ("start_at", "end_at"),
    ("check_in", "check_out"),
    ("loaned_on", "due_on"),
    ("loan_date", "due_date"),
    ("loaned_on", "due_date"),
    ("loan_date", "returned_on"),
    ("loaned_on", "returned_on"),
    ("issued_on", "due_on"),
    ("hired_on", "left_on"),
]
"""Pairs of fields of which the second must not come before the first."""


def usual_rules(entities: Sequence[EntitySchema], say: Phrases) -> list[Rule]:
    """Periods end after they start."""
    return [rule for entity in entities for rule in _periods(entity, say)]


def _periods(entity: EntitySchema, say: Phrases) -> list[Rule]:
    types = {field.name: field.type for field in entity.fields if field.type in {"date", "datetime"}}
    pairs = [(start, end) for start, end in PERIODS if start in types and types.get(end) == types[start]]
    return [
        Rule(
            kind="order",
            entity=entity.name,
            fields=[start, end],
            statement=say.rule(say.period, words_of(entity.name), start=words_of(start), end=words_of(end)),
        )
        for start, end in pairs
        if types[start] == types[pairs[0][0]]
    ]
