"""What a project says it requires, in the files where projects say so."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

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


def _of_project(text: str) -> list[str]:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []  # the syntax layer says it
    project = document.get("project", {})
    groups = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    groups += document.get("dependency-groups", {}).values()
    return [item for group in groups for item in group if isinstance(item, str)]
