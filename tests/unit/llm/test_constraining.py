"""Which answers a model can be held to by their schema."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.llm.constraining import can_be_held_to, too_complex
from integrations.llm.purposes import PURPOSES
from integrations.llm.shapes import PlanAnswer, TaskCode


def schema_of(names: int, *, required: int = 0, unions: int = 0) -> dict[str, Any]:
    union = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    properties = {f"p{number}": union if number < unions else {"type": "string"} for number in range(names)}
    part = {"type": "object", "properties": properties, "required": list(properties)[:required]}
    return {"type": "object", "properties": {"parts": {"items": part}}, "required": ["parts"]}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (schema_of(24), ""),
        (schema_of(25), "Schema has too many optional parameters (25, limit: 24)"),
        (schema_of(25, required=1), ""),
        (schema_of(16, required=16, unions=16), ""),
        (schema_of(17, required=17, unions=17), "Schema has too many parameters with union types (17, limit: 16)"),
        ({}, ""),
    ],
)
def test_a_schema_is_too_complex_from_a_certain_number_of_choices(schema: dict[str, Any], said: str) -> None:
    assert too_complex(schema) == said


def test_code_is_held_to_its_schema_and_a_whole_plan_is_not() -> None:
    assert can_be_held_to(TaskCode)
    assert not can_be_held_to(PlanAnswer)
    free = {name for name, purpose in PURPOSES.items() if not can_be_held_to(purpose.answer)}
    assert free == {"domain_model", "masterplan", "impact_analysis"}
