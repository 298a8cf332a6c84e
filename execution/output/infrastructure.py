"""Everything around the code that makes a project runnable: container, settings, requirements, README, CI, commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from execution.output.endpoints import Endpoint, endpoints_of
from execution.output.errors import UnsupportedProject
from execution.output.escaping import plain, slug
from execution.output.imports import foreign_imports, is_test
from execution.output.paths import safe_path
from execution.output.project_type import ProjectType, detect_project_type
from execution.output.rendering import TEMPLATES, render
from execution.output.requirements import missing_requirements, project_requirements, requirements_for
from execution.output.settings_of import EnvironmentVariable, environment_of
from execution.sources import Sources

__all__ = [
    "WRITTEN_AT_THE_END",
    "ProjectFacts",
    "infrastructure",
    "missing_requirements",
    "requirements_for",
    "supported_types",
]

_TARGETS: Final[dict[str, str]] = {
    "Dockerfile.j2": "Dockerfile",
    "dockerignore.j2": ".dockerignore",
    "docker-compose.yml.j2": "docker-compose.yml",
    "env.example.j2": ".env.example",
    "gitignore.j2": ".gitignore",
    "pyproject.toml.j2": "pyproject.toml",
    "Makefile.j2": "Makefile",
    "ci.yml.j2": ".github/workflows/ci.yml",
    "README.md.j2": "README.md",
}
WRITTEN_AT_THE_END: Final = frozenset({*_TARGETS.values(), "requirements.txt", "requirements-dev.txt"})
"""Paths that no task needs to write."""
_CACHES: Final = frozenset({"redis", "celery"})


@dataclass(frozen=True)
class ProjectFacts:
    """What the plan knows of the project. ``name`` and ``description`` are a person's words and never trusted."""

    name: str
    description: str = ""
    stack: str = "fastapi"
    port: int = 8000
    python: str = "3.11"


@dataclass(frozen=True)
class Findings:
    """What the files of the project show."""

    endpoints: list[Endpoint]
    variables: list[EnvironmentVariable]
    packages: list[str]
    roots: frozenset[str]
    uses_cache: bool
    has_tests: bool
    health_path: str
    folders: list[str]
    documents: list[str]
    django_project: str
    commands: list[str]


def supported_types() -> list[str]:
    """The types of project that have templates: a plan for another one cannot be finished, so ask before it is made."""
    return sorted(folder.name for folder in TEMPLATES.iterdir() if (folder / "README.md.j2").is_file())


def infrastructure(project: ProjectFacts, files: Mapping[str, str]) -> dict[str, str]:
    """The generated files by path, without those that ``files`` (the accepted code) already has.

    Raises ``UnsupportedProject`` when there are no templates for the type of the project.
    """
    files = Sources.of(files)
    kind = detect_project_type(project.stack, files)
    if kind not in supported_types():
        raise UnsupportedProject(
            f"There are no templates for a project of type {kind!r}.",
            hint=f"There are templates for: {', '.join(supported_types())}.",
            kind=kind,
        )
    made = _requirements_files(kind, files)
    values = {
        "project": project,
        "slug": slug(project.name),
        "title": plain(project.name) or "Project",
        "found": _findings(files),
    }
    for template, target in _TARGETS.items():
        if (TEMPLATES / kind / template).is_file():
            made[target] = render(f"{kind}/{template}", **values)
    return {safe_path(path): text for path, text in sorted(made.items()) if path not in files}


def _requirements_files(kind: ProjectType, files: Mapping[str, str]) -> dict[str, str]:
    found = project_requirements(kind, files)
    return {"requirements.txt": found.runtime, "requirements-dev.txt": found.development}


def _findings(files: Mapping[str, str]) -> Findings:
    roots = {found.root for found in foreign_imports(files)}
    endpoints = endpoints_of(files)
    return Findings(
        endpoints=endpoints,
        variables=environment_of(files),
        packages=_packages(files),
        roots=frozenset(roots),
        uses_cache=bool(roots & _CACHES),
        has_tests=any(is_test(path) for path in files),
        health_path=health_path(endpoints),
        folders=sorted({path.split("/")[0] for path in files if "/" in path}),
        documents=sorted(path for path in files if path.startswith("docs/") and path.endswith(".md")),
        django_project=_django_project(files),
        commands=sorted(
            PurePosixPath(path).stem for path in files if path.endswith(".py") and "/management/commands/" in path
        ),
    )


def _django_project(files: Mapping[str, str]) -> str:
    """The package of a Django project that holds its settings and ``wsgi.py``; a name that is safe in every format."""
    found = [path.removesuffix("/wsgi.py") for path in files if re.fullmatch(r"[A-Za-z_]\w*/wsgi\.py", path)]
    return min(found, default="config")


def _packages(files: Mapping[str, str]) -> list[str]:
    """Top-level folders and files that the running service needs."""
    needed = {"/".join(PurePosixPath(path).parts[:1]) for path in files if not is_test(path)}
    return sorted(name for name in needed if name.endswith((".py", ".ini")) or any(
        path.startswith(f"{name}/") and path.endswith(".py") for path in files
    ))  # fmt: skip


def health_path(endpoints: list[Endpoint]) -> str:
    """The health endpoint; the OpenAPI document of a FastAPI service, which every one has, when there is none."""
    readable = [endpoint.path for endpoint in endpoints if endpoint.method == "GET" and "{" not in endpoint.path]
    named = [path for path in readable if path.rstrip("/").rsplit("/", 1)[-1] in ("health", "healthz", "ready")]
    return min(named, key=len) if named else "/openapi.json"
