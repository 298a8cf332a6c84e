"""Layering rules of a generated project: what may import what when modules are loaded, and no circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Final

import networkx

from common.python_source import parse_python
from execution.validation.modules import ProjectModule, absolute_name, module_name
from integrations.llm.shapes import Diagnostic

RANKS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("models", "entities", "domain", "schemas", "serializers"), 0),
    **dict.fromkeys(("repositories", "repository", "crud", "dao"), 1),
    **dict.fromkeys(("services", "use_cases"), 2),
    **dict.fromkeys(("routes", "routers", "endpoints", "views", "controllers"), 3),
    **dict.fromkeys(("main", "urls", "asgi", "wsgi", "manage"), 4),
    "tests": 5,
}
"""A module that is called, or stands in a folder that is called, like this may import from its own rank and below."""
_NAMES: Final = ("data", "storage", "services", "interface", "entry", "tests")


def violations(files: Mapping[str, str]) -> list[Diagnostic]:
    """Imports that go up, and circles of imports, by path and line. Imports for types only, or inside functions, do not
    count: they happen when everything is loaded."""
    edges = {name: list(found) for name, found in _imports(files)}
    paths = {name: path for path in files if (name := module_name(path))}
    graph = networkx.DiGraph((name, target) for name, found in edges.items() for target, _ in found)
    circles = [part for part in networkx.strongly_connected_components(graph) if len(part) > 1]
    found = []
    for name, targets in edges.items():
        for target, line in targets:
            up = _up(name, target)
            if up:
                found.append(_finding(paths[name], line, "imports-upwards", up))
            elif any(name in circle and target in circle for circle in circles):
                message = f"{name} and {target} import each other, directly or over others."
                found.append(_finding(paths[name], line, "import-circle", message))
    return sorted(found, key=lambda item: (item.path, item.line))


def rank_of(module: str) -> int | None:
    """The rank of the innermost part of its name that has one."""
    if module.startswith("tests."):
        return RANKS["tests"]
    return next((RANKS[part] for part in reversed(module.split(".")) if part in RANKS), None)


def _up(name: str, target: str) -> str:
    low, high = rank_of(name), rank_of(target)
    if low is None or high is None or high <= low:
        return ""
    return f"{name} ({_NAMES[low]}) imports {target} ({_NAMES[high]}), which is above it."


def _imports(files: Mapping[str, str]) -> Iterator[tuple[str, set[tuple[str, int]]]]:
    """Modules of the project, each with those of the project that it imports when it is loaded, and the line."""
    modules = {name for path in files if (name := module_name(path))}
    for path, text in files.items():
        name = module_name(path)
        if name is None:
            continue
        try:
            body = parse_python(text).body
        except (SyntaxError, ValueError, RecursionError):
            continue
        own = ProjectModule(name, path, package=path.endswith("__init__.py"))
        yield (
            name,
            {
                (target, node.lineno)
                for node in _at_load(body)
                for target in _targets(own, node, modules)
                if target != name and not name.startswith(f"{target}.")
            },
        )


def _at_load(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.Try):
            yield from _at_load(node.body)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from _at_load([*node.body, *node.orelse])


def _targets(own: ProjectModule, node: ast.Import | ast.ImportFrom, modules: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (item.name for item in node.names if item.name in modules)
        return
    source = absolute_name(own, node) or ""
    for item in node.names:
        inner = f"{source}.{item.name}"
        if inner in modules:
            yield inner
        elif source in modules:
            yield source


def _finding(path: str, line: int, code: str, message: str) -> Diagnostic:
    return Diagnostic(path=path, line=line, layer="layering", code=code, message=message)
