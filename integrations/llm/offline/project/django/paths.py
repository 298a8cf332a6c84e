"""Where everything stands in a generated Django project. Plan and files agree because both ask here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from integrations.llm.offline.project.entities import EntityView

ADAPTERS = "api/adapters/__init__.py"
PACKAGES: dict[str, str] = {
    "config/__init__.py": "Settings, addresses and the application of the servers.",
    "api/__init__.py": "The service.",
    "api/migrations/__init__.py": "The history of the tables.",
    "api/serializers/__init__.py": "Records in requests and answers.",
    "api/filters/__init__.py": "Parameters that narrow lists.",
    "api/services/__init__.py": "Rules.",
    "api/views/__init__.py": "Endpoints.",
    ADAPTERS: "Outside services.",
    "api/areas/__init__.py": "Endpoints of entities that belong together.",
    "api/management/__init__.py": "Commands of this service.",
    "api/management/commands/__init__.py": "Commands of this service, one a module.",
    "tests/__init__.py": "Tests of the service.",
    "tests/factories/__init__.py": "Makers of records for tests.",
}
FOLDERS = {
    "model": "api/models",
    "serializer": "api/serializers",
    "filter": "api/filters",
    "service": "api/services",
    "view": "api/views",
    "factory": "tests/factories",
}
TESTS = ("model", "service", "api")
VIEWS_IN_A_FILE = 4
WHOLE = "tests/test_health.py"
"""The tests of the service as a whole."""
Member = TypeVar("Member")


@dataclass(frozen=True)
class RouterGroup:
    """A file that brings at most four members together: entities, or (module, alias) of other groups."""

    path: str
    text: str
    entities: tuple[EntityView, ...] = ()
    members: tuple[tuple[str, str], ...] = ()


def entity_path(kind: str, entity: EntityView) -> str:
    """The file of one layer of an entity."""
    return f"{FOLDERS[kind]}/{entity.snake}.py"


def entity_test_path(kind: str, entity: EntityView) -> str:
    """The test file of one layer of an entity."""
    return f"tests/test_{entity.snake}_{kind}.py"


def migration_name(number: int, entity: EntityView) -> str:
    """``0003_order_item``: tables are made in the order of their migrations."""
    return f"{number:04}_{entity.snake}"


def migration_path(number: int, entity: EntityView) -> str:
    """The file of an entity's migration."""
    return f"api/migrations/{migration_name(number, entity)}.py"


def package(folder: str, first: bool) -> tuple[str, ...]:
    """The package file that the first module of a folder brings with it."""
    return (f"{folder}/__init__.py",) if first else ()


def router_groups(entities: Sequence[EntityView]) -> list[RouterGroup]:
    """The files that give the views their addresses, ``api/urls.py`` last; with more than four entities, by areas."""
    top = "Addresses of every endpoint of the service, except health."
    if len(entities) <= VIEWS_IN_A_FILE:
        return [RouterGroup("api/urls.py", top, entities=tuple(entities))]
    groups = [
        RouterGroup(f"api/areas/{chunk[0].snake}_area.py", _area_text(chunk), entities=chunk)
        for chunk in _even_chunks(list(entities))
    ]
    members = [(_module(group.path), f"{group.entities[0].snake}_area") for group in groups]
    level = 1
    while len(members) > VIEWS_IN_A_FILE:
        level += 1
        upper = [
            RouterGroup(f"api/areas/group_{level}_{number}.py", "Areas that belong together.", members=chunk)
            for number, chunk in enumerate(_even_chunks(members), 1)
        ]
        groups += upper
        members = [(_module(group.path), _module(group.path).rpartition(".")[2]) for group in upper]
    return [*groups, RouterGroup("api/urls.py", top, members=tuple(members))]


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _area_text(entities: Sequence[EntityView]) -> str:
    subjects = ", ".join(entity.words for entity in entities)
    return f"Addresses that belong together: {subjects}."


def _even_chunks(members: Sequence[Member]) -> list[tuple[Member, ...]]:
    number = -(-len(members) // VIEWS_IN_A_FILE)
    size, larger = divmod(len(members), number)
    chunks, begin = [], 0
    for place in range(number):
        end = begin + size + (place < larger)
        chunks.append(tuple(members[begin:end]))
        begin = end
    return chunks
