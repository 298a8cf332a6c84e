"""A project's Python sources as trees, and edits of their text by the places of nodes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from common.python_source import parse_python

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Edit:
    """``replacement`` for the bytes from ``start`` to ``end`` of a file."""

    start: int
    end: int
    replacement: str


class Source:
    """One file; offsets count bytes, as ``ast`` does within a line."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.data = text.encode()
        self.tree = parse_python(text)
        self._starts = [0]
        for line in self.data.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def start(self, node: ast.stmt | ast.expr | ast.arg | ast.alias) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.stmt | ast.expr | ast.arg | ast.alias) -> int:
        return self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def words(self, node: ast.stmt | ast.expr | ast.arg) -> str:
        return self.data[self.start(node) : self.end(node)].decode()

    def replacing(self, node: ast.stmt | ast.expr | ast.arg, replacement: str) -> Edit:
        return Edit(self.start(node), self.end(node), replacement)

    def line_of(self, offset: int) -> int:
        return self.data[:offset].count(b"\n") + 1

    def edited(self, edit: Edit) -> str:
        return (self.data[: edit.start] + edit.replacement.encode() + self.data[edit.end :]).decode()

    @cached_property
    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @cached_property
    def top_level(self) -> dict[str, ast.stmt]:
        """Functions and classes by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, Function | ast.ClassDef)}

    @cached_property
    def names(self) -> set[str]:
        """Every name that stands anywhere in the file."""
        names = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)}
        return names | {node.arg for node in ast.walk(self.tree) if isinstance(node, ast.arg)}


class Sources:
    """The files of a project that are its code, not its tests."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = {path: Source(path, text) for path, text in sorted(files.items()) if _is_code(path)}

    @cached_property
    def taken_elsewhere(self) -> set[tuple[str, str]]:
        """(last part of a module's name, name) of what files of the project import from each other."""
        return {
            ((node.module or "").rpartition(".")[2], item.name)
            for source in self.files.values()
            for node in ast.walk(source.tree)
            if isinstance(node, ast.ImportFrom)
            for item in node.names
        }

    @cached_property
    def defined(self) -> dict[str, Function]:
        """Functions at top level whose name stands for one thing in the whole project."""
        found: dict[str, list[ast.stmt]] = {}
        for source in self.files.values():
            for name, node in source.top_level.items():
                found.setdefault(name, []).append(node)
        alone = {name: nodes[0] for name, nodes in found.items() if len(nodes) == 1}
        return {name: node for name, node in alone.items() if isinstance(node, Function)}

    def calls(self) -> Iterator[tuple[Source, ast.Call, Function]]:
        """Calls by name of those functions, where the file defines or imports that very name."""
        for source in self.files.values():
            bound = {
                item.name for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom) for item in node.names
            }
            for node in ast.walk(source.tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    function = self.defined.get(node.func.id)
                    if function is not None and (node.func.id in bound or node.func.id in source.top_level):
                        yield source, node, function


def _is_code(path: str) -> bool:
    parts = path.split("/")
    test = "tests" in parts or parts[-1].startswith("test_") or parts[-1] == "conftest.py"
    return path.endswith(".py") and not test and "migrations" not in parts
