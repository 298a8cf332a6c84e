"""Cohesion of a module: do its definitions have to do with each other, or are they strangers in one file?

Two definitions belong together when one uses the other or both use a third name of the module or of the project; what
counts is the share of definitions in the largest such group (after LCOM4, Hitz and Montazeri, 1995).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Final

from common.python_source import parse_python
from execution.validation.modules import module_name
from integrations.llm.shapes import Diagnostic

FEWEST: Final = 4
"""Below so many definitions there is nothing to say."""
LEAST: Final = 0.5
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def cohesion(text: str, *, packages: frozenset[str] = frozenset()) -> float:
    """From 0 to 1; 1 for a module with one definition or none. ``packages`` are the project's top-level names."""
    tree = parse_python(text)
    definitions = [node for node in tree.body if isinstance(node, Definition)]
    if len(definitions) < 2:
        return 1.0
    shared = {node.name for node in definitions} | _constants(tree) | _project_names(tree, packages)
    uses = {node.name: ({node.name} | _names(node)) & shared for node in definitions}
    return max(len(group) for group in _groups(uses)) / len(uses)


def strangers(files: Mapping[str, str], paths: frozenset[str]) -> list[Diagnostic]:
    """A warning for each of the Python files in which most definitions have nothing to do with each other.

    Files of classes alone are lists of records, and tests stand alone on purpose.
    """
    packages = frozenset(name.partition(".")[0] for path in files if (name := module_name(path)))
    found = []
    for path in sorted(paths & files.keys()):
        if not path.endswith(".py") or path.startswith("tests/"):
            continue
        try:
            definitions = [node for node in parse_python(files[path]).body if isinstance(node, Definition)]
            share = cohesion(files[path], packages=packages)
        except (SyntaxError, ValueError, RecursionError):
            continue
        records = all(isinstance(node, ast.ClassDef) for node in definitions)
        if len(definitions) >= FEWEST and share < LEAST and not records:
            message = f"Only {share:.0%} of its {len(definitions)} definitions have to do with each other."
            found.append(
                Diagnostic(
                    path=path,
                    line=1,
                    layer="cohesion",
                    code="strangers",
                    message=message,
                    severity="warning",
                    hint="Give each group a module of its own.",
                )
            )
    return found


def _constants(tree: ast.Module) -> set[str]:
    targets = [
        target
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def _project_names(tree: ast.Module, packages: frozenset[str]) -> set[str]:
    return {
        item.asname or item.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").partition(".")[0] in packages)
        for item in node.names
    }


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _groups(uses: Mapping[str, set[str]]) -> list[set[str]]:
    """Definitions that share a name, directly or over others."""
    groups: list[tuple[set[str], set[str]]] = []
    for name, used in uses.items():
        members, names = {name}, set(used)
        apart = []
        for others, known in groups:
            if known & names:
                members, names = members | others, names | known
            else:
                apart.append((others, known))
        groups = [*apart, (members, names)]
    return [members for members, _ in groups]
