"""The modules of a project: dotted names of paths, and what an import statement means in one of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePosixPath

from common.python_source import parse_python

SUFFIXES = (".py", ".pyi")


def module_name(path: str) -> str:
    """``a/b/c.py`` is ``a.b.c``, ``a/__init__.py`` is ``a``."""
    parts = PurePosixPath(path).with_suffix("").parts
    if parts and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(part for part in parts if part not in ("/", "."))


class ModuleNames:
    """Finds the path of a dotted name, as seen from the project's root or from a source folder below it.

    ``root_package`` is the name by which the root itself is imported, when it is a package.
    """

    def __init__(self, paths: Iterable[str], root_package: str = "") -> None:
        self._root_package = root_package
        self._paths: dict[str, str] = {}
        python = sorted(
            (path for path in paths if path.endswith(SUFFIXES)), key=lambda path: (path.endswith("i"), path)
        )
        packages = {str(PurePosixPath(path).parent) for path in python if PurePosixPath(path).stem == "__init__"}
        self._shorter: dict[str, str] = {}
        self._prefixes: set[str] = set()
        for path in python:
            name = module_name(path)
            self._paths.setdefault(name, path)
            self._prefixes.update(name[:place] for place, letter in enumerate(name) if letter == ".")
        for path in python:
            folders = PurePosixPath(path).parent.parts
            for depth in range(1, len(folders) + 1):
                if "/".join(folders[:depth]) in packages:
                    break
                self._shorter.setdefault(module_name("/".join([*folders[depth:], PurePosixPath(path).name])), path)

    def path_of(self, name: str) -> str | None:
        name = name.removeprefix(".")
        found = self._paths.get(name) or self._shorter.get(name)
        if found is None and self._root_package:
            if name == self._root_package:
                return self._paths.get("")
            if name.startswith(f"{self._root_package}."):
                return self.path_of(name.removeprefix(f"{self._root_package}."))
        return found

    def is_package_prefix(self, name: str) -> bool:
        """Whether modules lie below ``name`` (a namespace package has no file of its own)."""
        return name in self._prefixes


def absolute_name(path: str, level: int, module: str | None) -> str:
    """The dotted name that ``from ..module import`` means in ``path``; level 0 is absolute."""
    if level == 0:
        return module or ""
    parts = module_name(path).split(".") if module_name(path) else []
    if PurePosixPath(path).stem != "__init__":
        parts = parts[:-1]
    if level > 1:
        parts = parts[: len(parts) - (level - 1)]
    return ".".join([*parts, *([module] if module else [])])


def parse_modules(sources: Mapping[str, bytes]) -> dict[str, ast.Module]:
    """Syntax trees by path, for the Python files that this interpreter can parse."""
    trees: dict[str, ast.Module] = {}
    for path, source in sources.items():
        if not path.endswith(SUFFIXES):
            continue
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            trees[path] = parse_python(source)
    return trees


def exported_names(tree: ast.Module) -> list[str] | None:
    """What ``__all__`` lists, additions included; None when the module has none that can be read."""
    found: list[str] | None = None
    for node in tree.body:
        value: ast.expr | None = None
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_is_all(target) for target in targets):
                value, found = node.value, []
        elif isinstance(node, ast.AugAssign) and _is_all(node.target):
            value, found = node.value, found or []
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            if isinstance(call.func, ast.Attribute) and _is_all(call.func.value) and call.args:
                value, found = call.args[0], found or []
        if value is not None and found is not None:
            found = found + [
                part.value for part in ast.walk(value) if isinstance(part, ast.Constant) and isinstance(part.value, str)
            ]
    return found


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"
