"""What kind of project a set of files is: the stack the plan names, corrected by what the files show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from execution.output.imports import imports_of, is_test

ProjectType = Literal["fastapi", "django", "express", "react", "library"]


def detect_project_type(stack: str, files: Mapping[str, str]) -> ProjectType:
    """The type by evidence in the files, else by ``stack``; code without any framework is a library."""
    roots = {found.root for found in imports_of(files) if not is_test(found.path)}
    packages = _node_packages(files)
    shown: list[ProjectType] = []
    if "manage.py" in files or "django" in roots:
        shown.append("django")
    if "fastapi" in roots:
        shown.append("fastapi")
    if "express" in packages:
        shown.append("express")
    if "react" in packages:
        shown.append("react")
    by_stack: dict[str, ProjectType] = {
        "fastapi": "fastapi", "django": "django", "express": "express", "node": "express", "react": "react",
    }  # fmt: skip
    planned = by_stack.get(stack.strip().lower())
    if planned in shown or (planned and not shown):
        return planned
    return shown[0] if shown else "library"


def _node_packages(files: Mapping[str, str]) -> set[str]:
    try:
        manifest = json.loads(files.get("package.json", "{}"))
    except ValueError:
        return set()
    if not isinstance(manifest, dict):
        return set()
    sections = (manifest.get(name) for name in ("dependencies", "devDependencies", "peerDependencies"))
    return {package for section in sections if isinstance(section, dict) for package in section}
