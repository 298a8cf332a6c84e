"""Every request in the schema has an example, and every example is one that the schema takes."""

from __future__ import annotations

from typing import Any, cast

import jsonschema
from drf_spectacular.generators import SchemaGenerator

from devmatrix_project.api_examples import EXAMPLES, example_of


def requests() -> dict[str, tuple[dict[str, Any], list[Any]]]:
    """By operation: the schema of its body, with everything it refers to, and the examples."""
    document = cast("Any", SchemaGenerator)().get_schema(request=None, public=True)
    for schema in document["components"]["schemas"].values():  # what only answers have is not required of requests
        properties = schema.get("properties", {})
        schema["required"] = [name for name in schema.get("required", []) if not properties[name].get("readOnly")]
    found = {}
    for calls in document["paths"].values():
        for call in calls.values():
            content = call.get("requestBody", {}).get("content", {}).get("application/json")
            if content is not None:
                given = [example["value"] for example in content.get("examples", {}).values()]
                schema = {**content["schema"], "components": document["components"]}
                found[call["operationId"]] = (schema, given + [content[key] for key in ("example",) if key in content])
    return found


def test_every_request_has_examples_that_its_schema_takes() -> None:
    found = requests()
    assert len(found) > 30
    assert [name for name, (_, examples) in found.items() if not examples] == []
    wrong = []
    for name, (schema, examples) in found.items():
        for example in examples:
            errors = jsonschema.Draft202012Validator(schema).iter_errors(example)
            wrong += [f"{name}: {error.json_path} {error.message}" for error in errors]
    assert wrong == []


def test_examples_are_kept_only_for_operations_that_there_are() -> None:
    assert sorted(EXAMPLES.keys() - requests().keys()) == []


def test_an_example_is_made_of_what_is_required() -> None:
    schemas = {"Inner": {"type": "object", "properties": {"a": {"type": "integer", "minimum": 4}}}}
    schema = {
        "type": "object",
        "required": ["inner", "ids"],
        "properties": {
            "inner": {"$ref": "#/components/schemas/Inner"},
            "ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "other": {"type": "string"},
        },
    }
    made = example_of(schema, schemas)
    assert (made["inner"], len(made["ids"]), set(made)) == ({"a": 4}, 1, {"inner", "ids"})
