"""Where everything stands in a generated FastAPI project. Plan and files agree because both ask here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.llm.offline.project.entities import EntityView

PACKAGES = {
    "app/__init__.py": "The service.",
    "app/models/__init__.py": "Tables.",
    "app/schemas/__init__.py": "Bodies, answers and parameters of the endpoints.",
    "app/repositories/__init__.py": "Queries.",
    "app/services/__init__.py": "Rules.",
    "app/routes/__init__.py": "Endpoints.",
    "app/areas/__init__.py": "Routers of entities that belong together.",
    "tests/__init__.py": "Tests of the service.",
    "tests/factories/__init__.py": "Makers of records for tests.",
    "scripts/__init__.py": "Scripts for developers.",
}

ACCESS_PACKAGES = {"app/policies/__init__.py": "Who may do what."}
RULES_PACKAGES = {"app/rules/__init__.py": "Business rules that look beyond one value."}
ADAPTERS_PACKAGES = {
    "app/adapters/__init__.py": "Services outside.",
    "app/events/__init__.py": "What the world outside is told.",
}

KINDS = ("model", "schema", "repository", "service", "routes", "factory")
TESTS = ("model", "repository", "service", "api")
ROUTERS_IN_A_FILE = 4


@dataclass(frozen=True)
class RouterGroup:
    """A file that brings at most four routers together. ``members`` are (module, alias) pairs."""

    path: str
    variable: str
    text: str
    members: list[tuple[str, str]]


def entity_path(kind: str, entity: EntityView) -> str:
    """The file of one layer of an entity."""
    folder = {
        "model": "app/models",
        "schema": "app/schemas",
        "repository": "app/repositories",
        "service": "app/services",
        "routes": "app/routes",
        "factory": "tests/factories",
        "policy": "app/policies",
        "rules": "app/rules",
        "events": "app/events",
    }[kind]
    return f"{folder}/{entity.snake}.py"


def entity_test_path(kind: str, entity: EntityView) -> str:
    """The test file of one layer of an entity."""
    return f"tests/test_{entity.snake}_{kind}.py"


def router_groups(entities: Sequence[EntityView]) -> list[RouterGroup]:
    """The files that include the routers; with more than four entities, areas of four, and ``app/api.py`` on top.

    The last group is always ``app/api.py``.
    """
    routers = [(f"app.routes.{entity.snake}", f"{entity.snake}_router") for entity in entities]
    areas: list[RouterGroup] = []
    while len(routers) > ROUTERS_IN_A_FILE:
        chunks = _even_chunks(routers)
        groups = [_area(chunk, len(areas) + number) for number, chunk in enumerate(chunks, 1)]
        areas.extend(groups)
        routers = [(group.path[:-3].replace("/", "."), f"{group.path[10:-3]}_router") for group in groups]
    return [*areas, RouterGroup("app/api.py", "api_router", "Every endpoint of the service, except health.", routers)]


def _even_chunks(routers: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    number = -(-len(routers) // ROUTERS_IN_A_FILE)
    size, larger = divmod(len(routers), number)
    chunks, begin = [], 0
    for place in range(number):
        end = begin + size + (place < larger)
        chunks.append(routers[begin:end])
        begin = end
    return chunks


def _area(members: list[tuple[str, str]], number: int) -> RouterGroup:
    name = members[0][1].removesuffix("_router")
    path = f"app/areas/{name}_area.py" if not name.endswith("_area") else f"app/areas/group_{number}_area.py"
    subjects = ", ".join(alias.removesuffix("_router").replace("_", " ") for _, alias in members)
    return RouterGroup(path, "router", f"Endpoints that belong together: {subjects}.", members)
