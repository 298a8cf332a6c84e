"""The OpenAPI description of the planning half: complete, without warnings, and truthful about names."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from planning.api import urls


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    generator: Any = SchemaGenerator
    described: dict[str, Any] = generator(patterns=urls.urlpatterns).get_schema(request=None, public=True)
    return described


def test_the_schema_is_valid_and_made_without_a_warning(schema: dict[str, Any]) -> None:
    check: Any = validate_schema
    check(schema)
    assert list(GENERATOR_STATS._warn_cache) + list(GENERATOR_STATS._error_cache) == []


def test_every_address_is_described(schema: dict[str, Any]) -> None:
    assert len(schema["paths"]) == len(urls.urlpatterns)


def test_operations_have_names_of_their_own(schema: dict[str, Any]) -> None:
    names = [call["operationId"] for path in schema["paths"].values() for call in path.values()]
    assert len(names) == len(set(names))


def test_writes_that_start_work_take_an_idempotency_key(schema: dict[str, Any]) -> None:
    for path in ["/masterplans/", "/discoveries/", "/masterplans/{id}/approve/"]:
        described = next(value for key, value in schema["paths"].items() if key.replace("{pk}", "{id}") == path)
        assert "Idempotency-Key" in [parameter["name"] for parameter in described["post"]["parameters"]]
