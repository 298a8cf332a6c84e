"""The text of every file of a generated Django project, by its path."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from integrations.llm.offline.project.django import (
    access_files,
    adapter_files,
    app_files,
    documents,
    logic_files,
    model_files,
    test_files,
)
from integrations.llm.offline.project.django.paths import (
    ADAPTERS,
    PACKAGES,
    entity_path,
    entity_test_path,
    migration_path,
    router_groups,
)
from integrations.llm.offline.project.django.relations import tables_in_order
from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.offline.project.stack import Writer
from integrations.llm.shapes import ProjectContext

FIXED = {
    "manage.py": "manage",
    "config/wsgi.py": "wsgi",
    "config/asgi.py": "asgi",
    "api/apps.py": "apps",
    "api/errors.py": "errors",
    "api/health.py": "health",
    "api/models/base.py": "models_base",
    "api/services/base.py": "services_base",
    "tests/test_settings.py": "test_settings",
}
PAGE_SIZE = 20
EntityWriter = Callable[[ServiceView, EntityView], str]


def project_files(project: ProjectContext) -> dict[str, Writer]:
    """Every path of the project with the function that writes its text."""
    service = ServiceView(project)
    tables = tables_in_order(service.entities)
    writers: dict[str, Writer] = {path: partial(_package_text, path) for path in PACKAGES}
    if not service.design.adapters:
        del writers[ADAPTERS]
    writers.update({path: partial(render, f"django/{name}.py.j2", {}) for path, name in FIXED.items()})
    writers.update(_common_files(service, tables))
    writers.update(_account_files(service))
    writers.update(_adapter_files(service))
    for group in router_groups(service.entities):
        writers[group.path] = partial(app_files.group_text, group)
    for number, entity in enumerate(tables, 1):
        writers[migration_path(number, entity)] = partial(model_files.migration_text, service, tables, number)
        writers.update(_entity_files(service, entity))
    return writers


def _package_text(path: str) -> str:
    return render("django/package.py.j2", {"text": PACKAGES[path]})


def _common_files(service: ServiceView, tables: list[EntityView]) -> dict[str, Writer]:
    return {
        "config/settings.py": partial(_settings_text, service),
        "config/urls.py": partial(_service_text, "config_urls", service),
        "api/pagination.py": partial(
            render, "django/pagination.py.j2", {"page_size": service.design.page_size or PAGE_SIZE}
        ),
        "api/models/__init__.py": partial(model_files.models_text, tables),
        "api/views/base.py": partial(access_files.views_base_text, service),
        "api/admin.py": partial(app_files.admin_text, service),
        "api/management/commands/seed.py": partial(app_files.seed_text, service),
        "tests/conftest.py": partial(test_files.conftest_text, service),
        "tests/test_health.py": partial(_service_text, "test_health", service),
        "docs/api.md": partial(documents.api_document, service),
        "docs/architecture.md": partial(documents.architecture_document, service),
        "docs/data_model.md": partial(documents.data_model_document, service),
    }


def _account_files(service: ServiceView) -> dict[str, Writer]:
    """Files of a service that knows who is asking."""
    if service.account is None:
        return {}
    writers: dict[str, Writer] = {
        "api/authentication.py": partial(render, "django/authentication.py.j2", {}),
        "api/serializers/auth.py": partial(_service_text, "auth_serializers", service),
        "api/views/auth.py": partial(access_files.auth_views_text, service),
        "api/auth_urls.py": partial(_service_text, "auth_urls", service),
        "tests/test_auth.py": partial(access_files.auth_test_text, service),
    }
    if service.roles:
        writers["api/access.py"] = partial(access_files.access_text, service)
    for entity in service.entities:
        writers[entity_test_path("access", entity)] = partial(access_files.access_test_text, service, entity)
    return writers


def _adapter_files(service: ServiceView) -> dict[str, Writer]:
    """Files of a service that calls others."""
    if not service.design.adapters:
        return {}
    writers: dict[str, Writer] = {
        f"api/adapters/{adapter.name}.py": partial(adapter_files.adapter_text, adapter)
        for adapter in service.design.adapters
    }
    writers["api/adapters/base.py"] = partial(render, "django/adapters_base.py.j2", {})
    writers["tests/test_adapters.py"] = partial(adapter_files.adapters_test_text, service)
    return writers


def _settings_text(service: ServiceView) -> str:
    title = " ".join(service.project.project_name.split()) or "Service"
    values: dict[str, object] = {
        "title_literal": json.dumps(title),
        "authentication": service.authentication,
        "roles": service.roles,
        "adapters": service.design.adapters,
        "adapter_class": adapter_files.adapter_class,
        "enum_overrides": _enum_overrides(service),
    }
    return render("django/settings.py.j2", values)


def _enum_overrides(service: ServiceView) -> list[tuple[str, str]]:
    """Names of choices in the OpenAPI document, for fields of one name with different choices."""
    fields = [(entity, field) for entity in service.entities for field in entity.choices]
    names = [field.name for _, field in fields]
    return [
        (field.enum, f"api.models.{entity.snake}.{field.enum}")
        for entity, field in fields
        if names.count(field.name) > 1
    ]


def _service_text(name: str, service: ServiceView) -> str:
    values = {
        "service": service,
        "entities": service.entities,
        "authentication": service.authentication,
        "account": service.account,
    }
    return render(f"django/{name}.py.j2", values)


def _entity_files(service: ServiceView, entity: EntityView) -> dict[str, Writer]:
    layers: dict[str, EntityWriter] = {
        "model": model_files.model_text,
        "serializer": logic_files.serializer_text,
        "filter": logic_files.filter_text,
        "service": logic_files.service_text,
        "view": logic_files.view_text,
        "factory": test_files.factory_text,
    }
    tests: dict[str, EntityWriter] = {
        "model": test_files.model_test_text,
        "service": test_files.service_test_text,
        "api": test_files.api_test_text,
    }
    written = {entity_path(kind, entity): partial(text, service, entity) for kind, text in layers.items()}
    tested = {entity_test_path(kind, entity): partial(text, service, entity) for kind, text in tests.items()}
    return {**written, **tested}
