"""Which answers a model can be held to by their schema: the vendor refuses schemas with too many choices in them.

Source: the vendor's page on structured outputs. An answer beyond that is asked for in words, found in the text, and
validated all the same.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from integrations.llm.shapes import Shape

MOST_OPTIONAL: Final = 24
MOST_UNIONS: Final = 16


def too_complex(schema: dict[str, Any]) -> str:
    """Why a JSON schema cannot be compiled, in the vendor's terms; empty where it can."""
    optional, unions = _choices(schema)
    if optional > MOST_OPTIONAL:
        return f"Schema has too many optional parameters ({optional}, limit: {MOST_OPTIONAL})"
    if unions > MOST_UNIONS:
        return f"Schema has too many parameters with union types ({unions}, limit: {MOST_UNIONS})"
    return ""


@cache
def can_be_held_to(shape: type[Shape]) -> bool:
    """Whether an answer of this shape can be constrained at all."""
    return not too_complex(shape.model_json_schema())


def _choices(part: Any) -> tuple[int, int]:
    """Properties that may be missing, and those of several types, anywhere in a schema."""
    if isinstance(part, list):
        found = [_choices(one) for one in part]
    elif isinstance(part, dict):
        found = [_choices(one) for one in part.values()]
        properties, required = part.get("properties"), part.get("required", [])
        if isinstance(properties, dict):
            found.append((sum(name not in required for name in properties), 0))
        if isinstance(part.get("anyOf"), list) or isinstance(part.get("type"), list):
            found.append((0, 1))
    else:
        return 0, 0
    return sum(optional for optional, _ in found), sum(unions for _, unions in found)
