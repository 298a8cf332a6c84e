"""The text of every file of a generated FastAPI project, by its path."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from integrations.llm.offline.project.entities import EntityView
from integrations.llm.offline.project.fastapi import logic_files, model_files, test_files
from integrations.llm.offline.project.fastapi.documents import api_document, architecture_document, data_model_document
from integrations.llm.offline.project.fastapi.paths import (
    PACKAGES,
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


def project_files(project: ProjectContext) -> dict[str, Writer]:
    """Every path of the project with the function that writes its text."""
    entities = ServiceView(project).entities
    writers: dict[str, Writer] = {path: partial(_package_text, path) for path in PACKAGES}
    writers.update(_common_files(project, entities))
    for group in router_groups(entities):
        writers[group.path] = partial(_router_group_text, group)
    for entity in entities:
        writers.update(_entity_files(entity))
    return writers


def _package_text(path: str) -> str:
    return render("fastapi/package.py.j2", {"text": PACKAGES[path]})


def _common_files(project: ProjectContext, entities: list[EntityView]) -> dict[str, Writer]:
    title = " ".join(project.project_name.split()) or "Service"
    settings: dict[str, object] = {"slug": snake(title) or "service", "title_literal": json.dumps(title)}
    fixed = {
        "app/errors.py": "errors",
        "app/database.py": "database",
        "app/schemas/common.py": "schemas_common",
        "app/health.py": "health",
        "app/main.py": "main",
        "tests/conftest.py": "conftest",
        "tests/test_config.py": "test_config",
    }
    writers: dict[str, Writer] = {path: partial(render, f"fastapi/{name}.py.j2", {}) for path, name in fixed.items()}
    writers["app/config.py"] = partial(render, "fastapi/config.py.j2", settings)
    writers["app/models/base.py"] = partial(model_files.base_text, entities)
    writers["tests/test_health.py"] = partial(render, "fastapi/test_health.py.j2", {"entities": entities})
    writers["docs/api.md"] = partial(api_document, entities)
    writers["docs/architecture.md"] = partial(architecture_document, project.description, entities)
    writers["docs/data_model.md"] = partial(data_model_document, entities)
    writers["scripts/seed.py"] = partial(seed_text, entities)
    return writers


def _entity_files(entity: EntityView) -> dict[str, Writer]:
    layers: dict[str, Callable[[EntityView], str]] = {
        "model": model_files.model_text,
        "schema": model_files.schema_text,
        "repository": logic_files.repository_text,
        "service": logic_files.service_text,
        "routes": logic_files.routes_text,
        "factory": test_files.factory_text,
    }
    tests: dict[str, Callable[[EntityView], str]] = {
        "model": test_files.model_test_text,
        "repository": test_files.repository_test_text,
        "service": test_files.service_test_text,
        "api": test_files.api_test_text,
    }
    writers: dict[str, Writer] = {entity_path(kind, entity): partial(text, entity) for kind, text in layers.items()}
    return writers | {entity_test_path(kind, entity): partial(text, entity) for kind, text in tests.items()}


def _router_group_text(group: RouterGroup) -> str:
    imports = Imports()
    imports.add("fastapi", "APIRouter")
    for module, alias in group.members:
        imports.add(module, f"router as {alias}")
    names = [alias for _, alias in group.members]
    values = {"text": group.text, "imports": imports, "variable": group.variable, "routers": names}
    return render("fastapi/router_group.py.j2", values)
