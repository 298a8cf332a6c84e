"""Which environment variables a generated project reads, with the defaults its code gives them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from execution.output.imports import is_test, parsed


@dataclass(frozen=True, order=True)
class EnvironmentVariable:
    """``default`` is None when the code gives none, or one that is not a plain value."""

    name: str
    default: str | None = None


def environment_of(files: Mapping[str, str]) -> list[EnvironmentVariable]:
    """Variables read through ``os.environ``, ``os.getenv``, django-environ or a pydantic settings class, each once."""
    found: dict[str, EnvironmentVariable] = {}
    for path, tree in parsed(files):
        if not is_test(path):
            for variable in _Reader(tree).variables():
                known = found.get(variable.name)
                if known is None or known.default is None:
                    found[variable.name] = variable
    return [found[name] for name in sorted(found)]


class _Reader:
    """Reads one module: its plain values by name, and the names that stand for the environment."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._values: dict[str, str] = {}
        self._bind(tree.body, owners=("",))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self._bind(node.body, owners=("cls.", "self.", f"{node.name}."))
        self._environments = {"os.environ", "environ"} | self._aliases()
        self._readers = self._names_of(("environ.Env", "Env"))

    def variables(self) -> Iterator[EnvironmentVariable]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
                yield from self._with_fallback(node)
            elif isinstance(node, ast.ClassDef) and any(
                ast.unparse(base).endswith("BaseSettings") for base in node.bases
            ):
                yield from _fields(node, self._plain)
            elif isinstance(node, (ast.Call, ast.Subscript)):
                yield from self._lookup(node)

    def _bind(self, body: list[ast.stmt], *, owners: tuple[str, ...]) -> None:
        for node in body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                value = self._plain(node.value)
                if value is not None and isinstance(target, ast.Name):
                    self._values.update({f"{owner}{target.id}": value for owner in owners})

    def _aliases(self) -> set[str]:
        """Names given ``os.environ``, also by choice, as in ``os.environ if given is None else given``."""
        return {
            target.id
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Assign)
            for value in _choices(node.value)
            if ast.unparse(value) in ("os.environ", "environ")
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def _names_of(self, classes: tuple[str, ...]) -> set[str]:
        """Names that hold an object of one of these classes."""
        return {
            target.id
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and ast.unparse(node.value.func) in classes
            for target in node.targets
            if isinstance(target, ast.Name)
        }

    def _plain(self, node: ast.expr | None) -> str | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float, bool)):
            return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)
        return self._values.get(ast.unparse(node)) if isinstance(node, (ast.Name, ast.Attribute)) else None

    def _lookup(self, node: ast.expr) -> Iterator[EnvironmentVariable]:
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in self._environments:
            name, default = self._plain(node.slice), None
        elif isinstance(node, ast.Call) and node.args and self._is_reading(node.func):
            name = self._plain(node.args[0])
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            default = self._default(node.args[1] if len(node.args) > 1 else given.get("default"))
        else:
            return
        if name:
            yield EnvironmentVariable(name, default)

    def _default(self, node: ast.expr | None) -> str | None:
        """A plain value, or a list of them as django-environ reads it; what is not known before it runs is empty."""
        if isinstance(node, ast.List):
            parts = [self._plain(item) for item in node.elts]
            return ",".join(part for part in parts if part is not None)
        return "" if isinstance(node, ast.JoinedStr) else self._plain(node)

    def _is_reading(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Attribute) and function.attr == "get":
            return ast.unparse(function.value) in self._environments
        owner = function.value if isinstance(function, ast.Attribute) else function
        return ast.unparse(function) in ("os.getenv", "getenv") or ast.unparse(owner) in self._readers

    def _with_fallback(self, node: ast.BoolOp) -> Iterator[EnvironmentVariable]:
        for variable in self._lookup(node.values[0]):
            yield EnvironmentVariable(variable.name, self._plain(node.values[-1]) or variable.default)


def _choices(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return list(node.values) if isinstance(node, ast.BoolOp) else [node]


def _fields(node: ast.ClassDef, plain: Callable[[ast.expr | None], str | None]) -> Iterator[EnvironmentVariable]:
    prefix = ""
    for item in node.body:
        if isinstance(item, (ast.Assign, ast.AnnAssign)) and isinstance(item.value, ast.Call):
            given = {keyword.arg: keyword.value for keyword in item.value.keywords}
            prefix = plain(given.get("env_prefix")) or prefix
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.target.id != "model_config":
            default = item.value
            if isinstance(default, ast.Call):
                given = {keyword.arg: keyword.value for keyword in default.keywords}
                default = default.args[0] if default.args else given.get("default")
            yield EnvironmentVariable(f"{prefix}{item.target.id}".upper(), plain(default))
