"""Factories and tests of an entity."""

from __future__ import annotations

from integrations.llm.offline.project.django.access_files import role_field, strongest
from integrations.llm.offline.project.django.adapter_files import needed_factories, use_tests
from integrations.llm.offline.project.django.app_files import body_values
from integrations.llm.offline.project.django.fields import least
from integrations.llm.offline.project.django.logic_files import RANGE_FILTERS
from integrations.llm.offline.project.django.relations import APP
from integrations.llm.offline.project.django.rule_tests import TestText, distinct_tests, pair, rule_tests
from integrations.llm.offline.project.django.samples import Samples
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fields import FieldView
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView


def factory_text(service: ServiceView, entity: EntityView) -> str:
    """``tests/factories/<entity>.py``: a valid body and a stored record."""
    samples = Samples(service)
    numbered = samples.uses_number(entity)
    imports = Imports()
    imports.add(f"{APP}.models.{entity.snake}", entity.name)
    imports.add(f"{APP}.serializers.{entity.snake}", f"{entity.name}Serializer")
    imports.add(f"{APP}.services.{entity.snake}", f"{entity.name}Service")
    if numbered:
        imports.add("itertools", "count")
    for parent in entity.required_parents:
        imports.add(f"tests.factories.{parent.target.snake}", f"make_{parent.target.snake}")
    body = body_values(service, entity, [(field.name, samples.value(entity, field)) for field in entity.fields])
    return render("django/factory.py.j2", {"e": entity, "imports": imports, "needs_number": numbered, "body": body})


def _test_imports(entity: EntityView, *names: str) -> Imports:
    imports = Imports()
    imports.add("pytest")
    imports.add(f"tests.factories.{entity.snake}", *(f"{name}_{entity.snake}" for name in names))
    return imports


def model_test_text(service: ServiceView, entity: EntityView) -> str:
    """``tests/test_<entity>_model.py``."""
    required = [one for one in entity.fields if one.type in {"string", "text"} and not one.optional and not one.pattern]
    bounds = [bound for field in entity.fields for bound in _bounds(field)]
    emails = [field for field in entity.fields if field.type == "email"]
    patterned = [field for field in entity.fields if field.pattern]
    imports = _test_imports(entity, "make")
    imports.add(f"{APP}.models.{entity.snake}", entity.name, *(field.enum for field in entity.choices))
    if required or bounds or emails or patterned or entity.choices:
        imports.add(f"{APP}.serializers.{entity.snake}", f"{entity.name}Serializer")
        imports.add(f"tests.factories.{entity.snake}", f"{entity.snake}_body")
    if entity.unique_fields or entity.periods:
        imports.add("django.db", "IntegrityError", "transaction")
    for start, _ in entity.periods:
        for module, name in pair(start)[2]:
            imports.add(module, name)
    values = {
        "e": entity,
        "imports": imports,
        "update": Samples(service).changing(entity),
        "required_texts": required[:2],
        "bounds": bounds[:4],
        "email_fields": emails,
        "patterned": patterned,
        "period_values": lambda field: ", ".join(pair(field)[:2]),
    }
    return render("django/test_model.py.j2", values)


def _bounds(field: FieldView) -> list[tuple[FieldView, tuple[str, bool], str]]:
    """(field, (a value outside, whether it is below), the value at the bound)."""
    found = []
    lowest = least(field)
    if lowest is not None:
        whole = field.smallest or 0
        right = lowest.removeprefix('Decimal("').removesuffix('")')
        found.append((field, (str(field.schema.more_than if "." in right else whole - 1), True), right))
    highest = field.schema.maximum
    if highest is not None and field.type in {"integer", "decimal"}:
        found.append((field, (str(highest + 1), False), str(highest)))
    return found


def service_test_text(service: ServiceView, entity: EntityView) -> str:
    """``tests/test_<entity>_service.py``."""
    samples = Samples(service)
    update = samples.changing(entity)
    restricting = [parent for parent in entity.required_parents if parent.on_delete == "RESTRICT"]
    rules: list[TestText] = rule_tests(entity)
    told = use_tests(service, entity)
    imports = _test_imports(entity, "make")
    imports.add(f"{APP}.models.{entity.snake}", entity.name)
    imports.add(f"{APP}.services.{entity.snake}", f"{entity.name}Service")
    _import_value(imports, entity, update)
    if entity.unique_fields or restricting:
        imports.add(f"{APP}.errors", "ConflictError")
    for parent in restricting:
        imports.add(f"{APP}.services.{parent.target.snake}", f"{parent.target.name}Service")
    for link in entity.links:
        imports.add(f"tests.factories.{link.target.snake}", f"make_{link.target.snake}")
    for test in rules:
        for module, name in test.needs:
            imports.add(module, name)
    if told:
        imports.add("pytest_django", "DjangoCaptureOnCommitCallbacks")
        for name in needed_factories(service, entity):
            imports.add(f"tests.factories.{name}", f"make_{name}")
        imports.add(f"{APP}.adapters.base", "Message")
    values = {
        "e": entity,
        "imports": imports,
        "update": update,
        "kept": samples.kept(entity),
        "restricting": restricting,
        "rule_tests": distinct_tests([*(test.text for test in rules), *told]),
    }
    return render("django/test_service.py.j2", values)


def _import_value(imports: Imports, entity: EntityView, field: FieldView) -> None:
    """Import what the Python source of a field's values needs."""
    needed: dict[str, tuple[str, ...]] = {
        "decimal": ("decimal", "Decimal"),
        "date": ("datetime", "date"),
        "datetime": ("datetime", "UTC", "datetime"),
        "choice": (f"{APP}.models.{entity.snake}", field.enum),
    }
    if field.type in needed:
        module, *names = needed[field.type]
        imports.add(module, *names)


def api_test_text(service: ServiceView, entity: EntityView) -> str:
    """``tests/test_<entity>_api.py``."""
    samples = Samples(service)
    account = service.account is entity
    deleted = [
        parent for parent in entity.parents if not parent.is_self and parent.on_delete in {"CASCADE", "SET NULL"}
    ]
    narrowing = [parent for parent in entity.parents if not parent.is_self]
    imports = _test_imports(entity, "make")
    imports.add(f"tests.factories.{entity.snake}", f"{entity.snake}_body")
    imports.add("rest_framework.test", "APIClient")
    filter_tests = _filter_tests(entity, samples)
    range_tests = _range_tests(entity, samples)
    search = next((field for field in entity.search_fields if field.max_length >= 10), None)
    if filter_tests or range_tests or search:
        imports.add(f"{APP}.models.{entity.snake}", entity.name)
    for target in [*(parent.target for parent in narrowing), *(link.target for link in entity.links)]:
        imports.add(f"tests.factories.{target.snake}", f"make_{target.snake}")
    values = {
        "e": entity,
        "imports": imports,
        "client": "api_client",
        "account": account,
        "update": samples.changing(entity),
        "filter_tests": filter_tests,
        "range_tests": range_tests,
        "parent_filters": narrowing,
        "deleted_parents": deleted,
        "restricting": [parent for parent in narrowing if parent.on_delete == "RESTRICT"],
        "search": search,
        "search_value": '"A zebra"',
        "required": _required(entity),
    }
    return render("django/test_api.py.j2", values)


def _required(entity: EntityView) -> str:
    """The first name that a body must have; empty when there is none."""
    fields = [field.name for field in entity.fields if not field.optional and field.type != "boolean"]
    return next(iter([*fields, *(parent.name for parent in entity.required_parents)]), "")


def _filter_tests(entity: EntityView, samples: Samples) -> list[tuple[str, tuple[str, str]]]:
    found = []
    for field in entity.filters:
        if field.type == "boolean":
            found.append((field.name, ("True", "False")))
        elif len(field.members) > 1:
            found.append((field.name, (f'"{field.members[0][1]}"', f'"{field.members[-1][1]}"')))
    return found


def _range_tests(entity: EntityView, samples: Samples) -> list[tuple[str, str, str, str]]:
    """(parameter, a value below, the value at the limit, field) of the first range that no rule binds."""
    for field in entity.fields:
        if field.type in RANGE_FILTERS and samples.is_free(entity, field) and field.sample != field.changed:
            lower = "min" if field.type == "decimal" else "from"
            return [(f"{field.name}_{lower}", field.sample, field.changed, field.name)]
    return []


def conftest_text(service: ServiceView) -> str:
    """``tests/conftest.py``."""
    account, adapters = service.account, service.design.adapters
    imports = Imports()
    imports.add("pytest")
    imports.add("rest_framework.test", "APIClient")
    if account is not None or adapters:
        imports.add("pytest_django", "Settings")
    if adapters:
        imports.add(f"{APP}.adapters.base", "FakeAdapter", "Message")
    if account is not None:
        imports.add("django.core.cache", "cache")
        imports.add(f"tests.factories.{account.snake}", f"make_{account.snake}")
    strong = strongest(service)
    values: dict[str, object] = {
        "imports": imports,
        "account": account,
        "adapters": adapters,
        "strongest": f'{role_field(service)}="{strong}"' if strong else "",
    }
    return render("django/conftest.py.j2", values)
