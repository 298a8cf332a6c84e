"""Python files that do not parse: nothing is known of what they hold, so whoever imports one needs the whole of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from execution.atoms import Atom, join
from execution.graph.model import Edge
from execution.graph.python.project import ModuleNames, absolute_name, parse_modules


def needs_of_unparsed(files: Mapping[str, tuple[Atom, ...]]) -> list[Edge]:
    """An edge from each such file to every atom that imports it: judged before it, an import would find no module."""
    whole = {path: atoms[0] for path, atoms in files.items() if len(atoms) == 1 and atoms[0].kind == "file"}
    parsed = parse_modules({path: atom.source for path, atom in whole.items()})
    unread = {path: atom for path, atom in whole.items() if path not in parsed and path.endswith(".py")}
    if not unread:
        return []
    names = ModuleNames(files)
    edges: dict[tuple[str, str], Edge] = {}
    for path, tree in parse_modules({path: join(atoms) for path, atoms in files.items()}).items():
        for line, name in _imported(path, tree):
            needed = unread.get(names.path_of(name) or "")
            if needed is not None:
                needing = _at(files[path], line)
                edges.setdefault((needed.id, needing.id), Edge(needed.id, needing.id, "import", line=line))
    return list(edges.values())


def _imported(path: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Lines, and every dotted name that may be a module; ``from a import b`` may mean ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = absolute_name(path, node.level, node.module)
            yield node.lineno, module
            yield from ((alias.lineno, f"{module}.{alias.name}") for alias in node.names)


def _at(atoms: tuple[Atom, ...], line: int) -> Atom:
    return next((atom for atom in reversed(atoms) if atom.start_line <= line), atoms[0])
