"""What the files of a project import, read by ``ast``."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from execution.sources import Sources


@dataclass(frozen=True, order=True)
class Import:
    """An absolute import: ``module`` is the dotted name, ``names`` what is taken from it."""

    path: str
    line: int
    module: str
    names: tuple[str, ...] = ()

    @property
    def root(self) -> str:
        return self.module.partition(".")[0]


def parsed(files: Mapping[str, str]) -> Iterator[tuple[str, ast.Module]]:
    """The Python files that parse, by path; one that does not is the validators' affair."""
    sources = Sources.of(files)
    for path in sorted(sources):
        tree = sources.tree(path)
        if tree is not None:
            yield path, tree


def imports_of(files: Mapping[str, str]) -> list[Import]:
    """Every absolute import of every Python file, by path and line."""
    return sorted(found for path, tree in parsed(files) for found in _imports_in(path, tree))


def _imports_in(path: str, tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield Import(path, node.lineno, node.module, tuple(alias.name for alias in node.names))


def local_roots(paths: Iterable[str]) -> frozenset[str]:
    """Names that importing finds in the project itself: top-level packages and modules, also below ``src``."""
    roots = set()
    for path in paths:
        parts = PurePosixPath(path).parts
        if parts[0] == "src" and len(parts) > 1:
            parts = parts[1:]
        if parts[-1].endswith(".py"):
            roots.add(parts[0].removesuffix(".py"))
            if is_test(path):  # pytest puts the folder of a test file on the path
                roots.add(parts[-1].removesuffix(".py"))
    return frozenset(roots)


def is_test(path: str) -> bool:
    """True for files that only the tests of a project need."""
    pure = PurePosixPath(path)
    return "tests" in pure.parts[:-1] or pure.name == "conftest.py" or pure.name.startswith("test_")


def foreign_imports(files: Mapping[str, str]) -> list[Import]:
    """Imports of what is neither the project's own nor the standard library's."""
    known = local_roots(files) | sys.stdlib_module_names
    return [found for found in imports_of(files) if found.root not in known]
