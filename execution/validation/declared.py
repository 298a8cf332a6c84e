"""What a project says it requires, in the files where projects say so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from execution.validation.package_names import normalised_name

_LISTS = ("requirements.txt", "requirements-dev.txt", "dev-requirements.txt", "requirements/dev.txt")


def declared_requirements(files: Mapping[str, str]) -> str:
    """Requirements as lines, from requirement lists and ``pyproject.toml``; empty when nothing is declared.

    Lines that include another list are left out: the lists are read anyway.
    """
    lines: list[str] = []
    for name in _LISTS:
        lines += [line for line in files.get(name, "").split("\n") if not line.strip().startswith(("-r", "-c"))]
    lines += _of_project(files.get("pyproject.toml", ""))
    return "\n".join(line for line in lines if line.strip())


def place_of(package: str, files: Mapping[str, str]) -> tuple[str, int]:
    """(path, line) where the package is first required; the first line of the first list when it cannot be told."""
    lists = [name for name in (*_LISTS, "pyproject.toml") if name in files]
    for name in lists:
        for number, line in enumerate(files[name].split("\n"), start=1):
            if package in {normalised_name(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)}:
                return name, number
    return (lists or [_LISTS[0]])[0], 1


def _of_project(text: str) -> list[str]:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []  # the syntax layer says it
    project = document.get("project", {})
    groups = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    groups += document.get("dependency-groups", {}).values()
    return [item for group in groups for item in group if isinstance(item, str)]
