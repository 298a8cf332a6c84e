"""What modules a project has and which names each offers, read from its sources without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from execution.sources import Sources


@dataclass(slots=True)
class ProjectModule:
    """``names`` are those bound at top level; ``open`` means that more may exist than can be read from the source."""

    name: str
    path: str
    package: bool
    names: set[str] = field(default_factory=set)
    open: bool = False
    stars: list[str] = field(default_factory=list)


class Modules(Mapping[str, ProjectModule]):
    """Modules by dotted name, each read when it is first asked for.

    Directories without ``__init__.py`` count as packages too.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._sources = Sources.of(files)
        self._paths = {name: path for path in files if (name := module_name(path)) is not None}
        for name in list(self._paths):
            for parent in _parents(name):
                self._paths.setdefault(parent, "")
        self._inside: dict[str, set[str]] = {}
        for name in self._paths:
            parent, _, last = name.rpartition(".")
            self._inside.setdefault(parent, set()).add(last)
        self._read: dict[str, ProjectModule] = {}

    def __getitem__(self, name: str) -> ProjectModule:
        if name not in self._read:
            path = self._paths[name]
            module = _read(name, path, self._sources.tree(path)) if path else ProjectModule(name, "", package=True)
            module.names |= self._inside.get(name, set())
            self._read[name] = module
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


@lru_cache(maxsize=10_000)
def module_name(path: str) -> str | None:
    """``app/models/task.py`` is ``app.models.task``; a leading ``src`` does not count. None for other files."""
    pure = PurePosixPath(path)
    if pure.suffix != ".py":
        return None
    parts = list(pure.with_suffix("").parts)
    if parts[0] == "src" and len(parts) > 1:
        parts = parts[1:]
    if parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts) or None


def offered(modules: Mapping[str, ProjectModule], name: str, _seen: frozenset[str] = frozenset()) -> set[str] | None:
    """The names that can be imported from a project module, star imports followed; None when it cannot be known."""
    module = modules.get(name)
    if module is None or module.open:
        return None
    names = set(module.names)
    for star in module.stars:
        if star in _seen:
            continue
        more = offered(modules, star, _seen | {name})
        if more is None:
            return None
        names |= more
    return names


def _parents(name: str) -> Iterator[str]:
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _read(name: str, path: str, tree: ast.Module | None) -> ProjectModule:
    module = ProjectModule(name, path, package=path.endswith("__init__.py"))
    if tree is None:
        module.open = True
        return module
    for statement in _top_level(tree.body):
        _bind(module, statement)
    module.names |= {"__name__", "__file__", "__doc__"}
    module.open = module.open or "__getattr__" in module.names
    return module


def _top_level(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run in the module's own scope, those inside ``if``, ``try``, ``with`` and loops too."""
    for statement in statements:
        yield statement
        for field_name in ("body", "orelse", "finalbody"):
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _top_level(getattr(statement, field_name, []))
        for handler in getattr(statement, "handlers", []):
            yield from _top_level(handler.body)
        for case in getattr(statement, "cases", []):
            yield from _top_level(case.body)


def _bind(module: ProjectModule, statement: ast.stmt) -> None:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        module.names.add(statement.name)
    elif isinstance(statement, ast.Import):
        module.names |= {item.asname or item.name.partition(".")[0] for item in statement.names}
    elif isinstance(statement, ast.ImportFrom):
        if any(item.name == "*" for item in statement.names):
            module.stars.append(absolute_name(module, statement) or "")
        module.names |= {item.asname or item.name for item in statement.names if item.name != "*"}
    else:
        module.names |= {
            node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }


def absolute_name(module: ProjectModule, statement: ast.ImportFrom) -> str | None:
    """The dotted name that a ``from`` import means; None when its dots lead out of the project."""
    if not statement.level:
        return statement.module
    parts = module.name.split(".") if module.name else []
    drop = statement.level - (1 if module.package else 0)
    if drop > len(parts) or (drop == len(parts) and not statement.module):
        return None
    base = parts[: len(parts) - drop]
    return ".".join([*base, *(statement.module.split(".") if statement.module else [])]) or None
