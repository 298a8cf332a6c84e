"""Requirements of generated projects: exact, with everything that they pull in, from the table in ``pins/``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from execution.output.errors import UnsupportedProject
from execution.output.imports import Import, foreign_imports, is_test

_PINS: Final = Path(__file__).parent / "pins" / "known.txt"
_DISTRIBUTION_OF: Final[dict[str, str]] = {
    "argon2": "argon2-cffi",
    "dateutil": "python-dateutil",
    "django_filters": "django-filter",
    "dotenv": "python-dotenv",
    "drf_spectacular": "drf-spectacular",
    "email_validator": "email-validator",
    "environ": "django-environ",
    "factory": "factory-boy",
    "jwt": "pyjwt",
    "multipart": "python-multipart",
    "pydantic_core": "pydantic-core",
    "pydantic_settings": "pydantic-settings",
    "pytest_asyncio": "pytest-asyncio",
    "rest_framework": "djangorestframework",
    "slugify": "python-slugify",
    "time_machine": "time-machine",
    "yaml": "pyyaml",
}
# Packages that a name needs although no file imports them.
_SILENT_NEEDS: Final[dict[tuple[str, str], str]] = {
    ("pydantic", "EmailStr"): "email-validator",
    ("pydantic", "NameEmail"): "email-validator",
    ("fastapi", "Form"): "python-multipart",
    ("fastapi", "File"): "python-multipart",
    ("fastapi", "UploadFile"): "python-multipart",
    ("fastapi.security", "OAuth2PasswordRequestForm"): "python-multipart",
    ("fastapi.templating", "Jinja2Templates"): "jinja2",
    ("fastapi.testclient", "TestClient"): "httpx2",
    ("starlette.testclient", "TestClient"): "httpx2",
    ("sqlalchemy.ext.asyncio", "create_async_engine"): "greenlet",
}
_RUNTIME: Final[dict[str, tuple[str, ...]]] = {
    "fastapi": ("fastapi", "uvicorn", "sqlalchemy", "pydantic"),
    "django": ("django", "gunicorn", "whitenoise"),
}
_EXPECTED: Final[dict[str, tuple[str, ...]]] = {
    "fastapi": ("pydantic-settings", "email-validator", "httpx"),
    "django": ("djangorestframework", "django-environ", "django-filter", "drf-spectacular", "httpx"),
}
_DRIVERS: Final = ("psycopg",)
_TESTS: Final[dict[str, tuple[str, ...]]] = {
    "fastapi": ("pytest", "coverage", "httpx2"),
    "django": ("pytest", "pytest-django", "coverage"),
}
# Types that the checker needs beside the code; what imports show is in _STUBS.
_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "fastapi": (),
    "django": ("django-stubs", "djangorestframework-stubs"),
}
_TOOLS: Final[dict[str, tuple[str, ...]]] = {
    "fastapi": ("ruff", "mypy"),
    "django": ("ruff", "mypy"),
}
_STUBS: Final[dict[str, str]] = {
    "requests": "types-requests",
    "pyyaml": "types-pyyaml",
    "python-dateutil": "types-python-dateutil",
    "djangorestframework": "djangorestframework-stubs",
}


@dataclass(frozen=True)
class Pin:
    """One line of the table: ``line`` is what pip reads, ``needs`` the names of packages it pulls in directly."""

    name: str
    line: str
    needs: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Requirements:
    """The texts of ``requirements.txt`` and ``requirements-dev.txt``, and the imports that no known package offers."""

    runtime: str
    development: str
    unknown: tuple[Import, ...]


@cache
def known_pins() -> Mapping[str, Pin]:
    """Every known package by its normalised name."""
    pins: dict[str, Pin] = {}
    wanted_by: list[tuple[str, str]] = []
    current = ""
    for line in _PINS.read_text("utf-8").splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            current = line.partition("==")[0]
            pins[current] = Pin(current, line.strip())
        elif line.startswith("    #"):
            parent = line.strip("# ").removeprefix("via").strip()
            if parent and not parent.startswith("-r"):
                wanted_by.append((parent, current))
    for parent, child in wanted_by:
        pins[parent].needs.add(child)
    return pins


def distribution_of(module: str) -> str | None:
    """The known package that offers the top-level ``module``, or None."""
    name = _DISTRIBUTION_OF.get(module, module.replace("_", "-").lower())
    return name if name in known_pins() else None


def with_dependencies(names: Iterable[str]) -> set[str]:
    """``names`` and everything they pull in."""
    pins = known_pins()
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(pins[name].needs)
    return found


def requirements_for(stack: str) -> str:
    """What a stack's sandbox needs before any code exists: to import, serve, check types, and test with coverage.

    Raises ``UnsupportedProject`` for a stack without known packages.
    """
    _check(stack)
    return _lines(with_dependencies(_expected_by(stack)))


def usual_requirements(stack: str) -> str:
    """What the requirements files of a stack's projects name at most, as a rule: fetched before any is installed."""
    _check(stack)
    return _lines(with_dependencies({*_expected_by(stack), *_DRIVERS, *_TOOLS[stack]}))


def sandbox_requirements(stack: str, files: Mapping[str, str]) -> str:
    """``requirements_for`` completed from the imports of ``files``."""
    _check(stack)
    return _lines(with_dependencies({*_expected_by(stack), *_needed_by(foreign_imports(files))}))


def _expected_by(stack: str) -> tuple[str, ...]:
    return (*_RUNTIME[stack], *_EXPECTED[stack], *_TESTS[stack], *_TYPES[stack])


def project_requirements(stack: str, files: Mapping[str, str]) -> Requirements:
    """Pinned requirements of a project: what its code and tests import, its server, its database driver, its tools."""
    _check(stack)
    foreign = foreign_imports(files)
    runtime = {*_RUNTIME[stack], *_DRIVERS, *_needed_by(found for found in foreign if not is_test(found.path))}
    tests = {*_TESTS[stack], *_needed_by(found for found in foreign if is_test(found.path))}
    stubs = {*_TYPES[stack], *(_STUBS[name] for name in runtime | tests if name in _STUBS)}
    installed = with_dependencies(runtime)
    development = with_dependencies(tests | stubs | set(_TOOLS[stack])) - installed
    unknown = tuple(found for found in foreign if distribution_of(found.root) is None)
    return Requirements(_lines(installed), f"-r requirements.txt\n{_lines(development)}", unknown)


def missing_requirements(files: Mapping[str, str]) -> list[Import]:
    """Imports that are not local, not standard and not declared, first use of each.

    Declared is what the requirements files among ``files`` name; without any, what DevMatrix can pin by itself.
    """
    declared = declared_names(files)
    missing: dict[str, Import] = {}
    for found in foreign_imports(files):
        name = distribution_of(found.root)
        offered = {name or "", normalised(found.root), _DISTRIBUTION_OF.get(found.root, "")}
        if (name is None) if declared is None else not (offered & declared):
            missing.setdefault(found.root, found)
    return list(missing.values())


def declared_names(files: Mapping[str, str]) -> set[str] | None:
    """Normalised names in the project's requirements files; None when it has none."""
    texts = [text for path, text in files.items() if re.fullmatch(r"requirements[\w.-]*\.(txt|in)", path)]
    if not texts:
        return None
    lines = (re.match(r"\s*([A-Za-z0-9][\w.-]*)", line) for text in texts for line in text.splitlines())
    return {normalised(found.group(1)) for found in lines if found}


def normalised(name: str) -> str:
    """A package name as registries compare them (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _needed_by(imports: Iterable[Import]) -> set[str]:
    needed = set()
    for found in imports:
        name = distribution_of(found.root)
        if name is not None:
            needed.add(name)
        needed |= {
            _SILENT_NEEDS[found.module, taken] for taken in found.names if (found.module, taken) in _SILENT_NEEDS
        }
    return needed


def _lines(names: Iterable[str]) -> str:
    return "".join(f"{known_pins()[name].line}\n" for name in sorted(names))


def _check(stack: str) -> None:
    if stack not in _RUNTIME:
        raise UnsupportedProject(
            f"There are no known packages for the stack {stack!r}.",
            hint=f"Known stacks: {', '.join(sorted(_RUNTIME))}.",
        )
