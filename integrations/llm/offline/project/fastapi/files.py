"""The text of every file of a generated FastAPI project, by its path."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from integrations.llm.offline.project.fastapi import (
    access_files,
    adapter_files,
    event_files,
    event_test_files,
    logic_files,
    model_files,
    rule_files,
    test_files,
)
from integrations.llm.offline.project.fastapi.documents import api_document, architecture_document, data_model_document
from integrations.llm.offline.project.fastapi.ground import Ground, client_of
from integrations.llm.offline.project.fastapi.paths import (
    ACCESS_PACKAGES,
    ADAPTERS_PACKAGES,
    PACKAGES,
    RULES_PACKAGES,
    RouterGroup,
    entity_path,
    entity_test_path,
    router_groups,
)
from integrations.llm.offline.project.fastapi.seeding import seed_text
from integrations.llm.offline.project.imports import Imports
from integrations.llm.offline.project.rendering import render
from integrations.llm.offline.project.service import ServiceView
from integrations.llm.offline.project.stack import Writer
from integrations.llm.offline.words import snake
from integrations.llm.shapes import ProjectContext

USUAL_PAGE = 20
COMMON = {
    "app/errors.py": "errors",
    "app/database.py": "database",
    "app/schemas/common.py": "schemas_common",
    "app/health.py": "health",
    "app/main.py": "main",
    "app/config.py": "config",
    "tests/conftest.py": "conftest",
    "tests/test_config.py": "test_config",
    "tests/test_health.py": "test_health",
}


def project_files(project: ProjectContext) -> dict[str, Writer]:
    """Every path of the project with the function that writes its text."""
    service = ServiceView(project)
    grounds = [Ground(service, entity) for entity in service.entities]
    writers: dict[str, Writer] = {
        path: partial(_package_text, text) for path, text in packages(service, grounds).items()
    }
    writers.update(_common_files(service, grounds))
    writers.update(_access_files(service))
    writers.update(_adapter_files(service))
    for group in router_groups(service.entities):
        writers[group.path] = partial(_router_group_text, group)
    for ground in grounds:
        writers.update(_entity_files(ground))
    return writers


def packages(service: ServiceView, grounds: list[Ground]) -> dict[str, str]:
    """The packages of a project with their docstrings."""
    found = dict(PACKAGES)
    if service.account is not None:
        found |= ACCESS_PACKAGES
    if any(ground.rules for ground in grounds):
        found |= RULES_PACKAGES
    if service.design.adapters:
        found |= ADAPTERS_PACKAGES
    return found


def _package_text(text: str) -> str:
    return render("fastapi/package.py.j2", {"text": text})


def _common_values(service: ServiceView, grounds: list[Ground]) -> dict[str, object]:
    title = " ".join(service.project.project_name.split()) or "Service"
    authentication = service.authentication
    stages = any(
        ground.reaches_own("create") or ground.reaches_own("update") or ground.uses_on("created", payment=True)
        for ground in grounds
    )
    return {
        **access_files.auth_values(service),
        "slug": snake(title) or "service",
        "title_literal": json.dumps(title),
        "client": client_of(service),
        "entities": service.entities,
        "page_size": service.design.page_size or USUAL_PAGE,
        "has_access": authentication is not None,
        "token_minutes": authentication.token_minutes if authentication else 0,
        "has_adapters": bool(service.design.adapters),
        "adapters": [adapter.name for adapter in service.design.adapters],
        "has_stage": stages,
    }


def _common_files(service: ServiceView, grounds: list[Ground]) -> dict[str, Writer]:
    values = _common_values(service, grounds)
    entities = service.entities
    writers: dict[str, Writer] = {
        path: partial(render, f"fastapi/{name}.py.j2", values) for path, name in COMMON.items()
    }
    writers["app/models/base.py"] = partial(model_files.base_text, entities)
    writers["docs/api.md"] = partial(api_document, service)
    writers["docs/architecture.md"] = partial(architecture_document, service)
    writers["docs/data_model.md"] = partial(data_model_document, entities)
    writers["scripts/seed.py"] = partial(seed_text, service)
    return writers


def _access_files(service: ServiceView) -> dict[str, Writer]:
    account = service.account
    if account is None:
        return {}
    writers: dict[str, Writer] = {
        path: partial(access_files.common_text, name, service) for path, name in access_files.COMMON.items()
    }
    writers["app/schemas/auth.py"] = partial(access_files.schemas_text, service, account)
    writers["app/services/auth.py"] = partial(access_files.service_text, service, account)
    writers["app/routes/auth.py"] = partial(access_files.routes_text, service, account)
    writers["scripts/create_account.py"] = partial(access_files.script_text, service, account)
    writers["tests/test_auth.py"] = partial(access_files.auth_test_text, service, account)
    if any(one.own_only for one in service.design.permissions):
        writers["app/repositories/scope.py"] = partial(render, "fastapi/scope.py.j2", {})
    return writers


def _adapter_files(service: ServiceView) -> dict[str, Writer]:
    adapters = service.design.adapters
    if not adapters:
        return {}
    writers: dict[str, Writer] = {
        f"app/adapters/{adapter.name}.py": partial(adapter_files.adapter_text, adapter.kind, adapter.provider)
        for adapter in adapters
    }
    writers["app/adapters/http.py"] = partial(render, "fastapi/adapter_http.py.j2", {})
    writers["app/adapters/bundle.py"] = partial(adapter_files.bundle_text, service)
    writers["tests/test_adapters.py"] = partial(adapter_files.adapters_test_text, service)
    return writers


def layers_of(ground: Ground) -> dict[str, Callable[[Ground], str]]:
    """The files of an entity by layer."""
    layers: dict[str, Callable[[Ground], str]] = {
        "model": model_files.model_text,
        "schema": model_files.schema_text,
        "repository": logic_files.repository_text,
        "service": logic_files.service_text,
        "routes": logic_files.routes_text,
        "factory": test_files.factory_text,
    }
    if ground.a is not None:
        layers["policy"] = access_files.policy_text
    if ground.rules:
        layers["rules"] = rule_files.rules_text
    if ground.uses:
        layers["events"] = event_files.events_text
    return layers


def tests_of(ground: Ground) -> dict[str, Callable[[Ground], str]]:
    """The test files of an entity by what they are about."""
    tests: dict[str, Callable[[Ground], str]] = {
        "model": test_files.model_test_text,
        "repository": test_files.repository_test_text,
        "service": test_files.service_test_text,
        "api": test_files.api_test_text,
    }
    if ground.a is not None:
        tests["access"] = access_files.access_test_text
    if ground.rules:
        tests["rules"] = rule_files.rules_test_text
    if ground.uses:
        tests["events"] = event_test_files.events_test_text
    return tests


def _entity_files(ground: Ground) -> dict[str, Writer]:
    layers, tests = layers_of(ground), tests_of(ground)
    writers: dict[str, Writer] = {entity_path(kind, ground.e): partial(text, ground) for kind, text in layers.items()}
    return writers | {entity_test_path(kind, ground.e): partial(text, ground) for kind, text in tests.items()}


def _router_group_text(group: RouterGroup) -> str:
    imports = Imports()
    imports.add("fastapi", "APIRouter")
    for module, alias in group.members:
        imports.add(module, f"router as {alias}")
    names = [alias for _, alias in group.members]
    values = {"text": group.text, "imports": imports, "variable": group.variable, "routers": names}
    return render("fastapi/router_group.py.j2", values)
