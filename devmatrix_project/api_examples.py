"""Examples of requests in the schema, by operation, for those that do not say their own."""

from __future__ import annotations

from typing import Any

ANY_ID = "0b0c6e5e-5b0a-4a53-9d0b-2f6e8f1c7a10"

EXAMPLES: dict[str, dict[str, Any]] = {
    "workspaces_create": {"name": "Shop"},
    "workspaces_partial_update": {"name": "Garden shop"},
    "conversations_create": {"title": "A shop"},
    "discoveries_partial_update": {"expected_volume": "A hundred orders a day"},
    "masterplans_partial_update": {"description": "Orders, products and customers, with tests."},
    "masterplans_add_task": {
        "milestone": "milestone_01_01", "title": "Repository of orders", "description": "Reads and writes orders.",
        "type": "implementation", "target_files": ["app/orders/repository.py"],
    },
    "masterplans_pause": {"reason": "The prices change."},
    "masterplans_resume": {"snapshot": ANY_ID},
    "masterplans_cancel": {"reason": "Not needed any more."},
    "masterplans_cost_limit": {"soft": "60", "hard": "250"},
    "tasks_partial_update": {"title": "Repository and queries of orders"},
    "tasks_move": {"milestone": "milestone_02_01"},
    "tasks_retry": {"hint": "Use a list.", "dry_run": False},
    "tasks_skip": {"reason": "Not needed.", "dry_run": True},
    "tasks_fix": {"reason": "Mended by hand."},
    "failures_choose": {"proposal": 0},
    "atoms_retry": {"hint": "Begin at zero.", "dry_run": True},
    "review_approve_create": {"review": ANY_ID, "reason": "Reads well."},
    "review_reject_create": {"review": ANY_ID, "reason": "It loses the discount."},
    "review_edit_create": {"review": ANY_ID, "code": "TOTAL = 0\n", "reason": "Begins at zero."},
    "review_regenerate_create": {"review": ANY_ID, "feedback": "Use Decimal, not float."},
    "review_bulk_create": {"decision": "approve", "filter": {"plan": ANY_ID}, "dry_run": True},
    "execution_start": {"masterplan_id": ANY_ID},
}  # fmt: skip
"""What a client may send; the id stands for one of its own."""


def add_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: what has no example gets the one kept here, else one made of its schema."""
    for calls in result["paths"].values():
        for call in calls.values():
            for content in call.get("requestBody", {}).get("content", {}).values():
                if "examples" not in content and "example" not in content:
                    schemas = result["components"]["schemas"]
                    content["example"] = EXAMPLES.get(call["operationId"]) or example_of(content["schema"], schemas)
    return result


def example_of(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Any:
    """The least that a schema takes: what is required, else everything, of the first kind that is allowed."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth + 1)
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return example_of(schema[choice][0], schemas, depth + 1)
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object" and depth < 6:
        properties = schema.get("properties", {})
        wanted = [name for name in schema.get("required", properties) if not properties[name].get("readOnly")]
        return {name: example_of(properties[name], schemas, depth + 1) for name in wanted}
    if schema.get("type") == "array":
        return [example_of(schema.get("items", {}), schemas, depth + 1)]
    return _plain(schema)


def _plain(schema: dict[str, Any]) -> Any:
    by_format = {"uuid": ANY_ID, "decimal": "1.50", "date-time": "2026-11-21T10:00:00Z", "date": "2026-11-21"}
    if schema.get("format") in by_format:
        return by_format[schema["format"]]
    by_type = {"integer": max(1, schema.get("minimum", 1)), "number": 0.5, "boolean": False, "object": {}}
    return by_type.get(str(schema.get("type")), "Some words")
