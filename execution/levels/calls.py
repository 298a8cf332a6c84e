"""Signatures as callers use them: every call of a project's function whose arguments cannot be bound to its parameters.

Read from the sources, for typed and untyped projects alike; what cannot be known for sure is left alone.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from common.python_source import parse_python
from execution.validation.modules import ProjectModule, absolute_name, module_name
from integrations.llm.shapes import Diagnostic

Function = ast.FunctionDef | ast.AsyncFunctionDef
Key = tuple[str, str]


@dataclass(frozen=True)
class Module:
    """``functions`` are what can be called at its top level, ``names`` what its local names mean in the project."""

    path: str
    calls: tuple[ast.Call, ...]
    functions: dict[str, ast.arguments] = field(default_factory=dict)
    names: dict[str, Key] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    """Local names of whole modules."""


@dataclass(frozen=True)
class Misfit:
    """A call that does not fit; ``callee`` is the path of what is called."""

    diagnostic: Diagnostic
    callee: str


def misfits(files: Mapping[str, str]) -> list[Misfit]:
    """Calls among the Python files whose arguments do not fit, by path and line. What does not parse is left out."""
    named = {module_name(path): (path, text) for path, text in files.items()}
    read = {name: _module(name, *file) for name, file in named.items() if name is not None}
    modules = {name: module for name, module in read.items() if module is not None}
    found = [misfit for module in modules.values() for misfit in _in_module(module, modules)]
    return sorted(found, key=lambda one: (one.diagnostic.path, one.diagnostic.line))


@lru_cache(maxsize=1000)
def _module(name: str, path: str, text: str) -> Module | None:
    """What a file says by itself, kept while its text stays: most files of a project are the same in the next round.

    Names that are bound exactly once in the whole module mean what they say; others are left alone.
    """
    try:
        tree = parse_python(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    module = Module(path, tuple(node for node in ast.walk(tree) if isinstance(node, ast.Call)))
    bound = Counter(_bindings(tree))
    own = ProjectModule(name, path, package=path.endswith("__init__.py"))
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and bound[node.name] == 1:
            parameters = _parameters(node)
            if parameters is not None:
                module.functions[node.name] = parameters
                module.names[node.name] = (name, node.name)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            _import(node, module, own, bound)
    return module


def _import(node: ast.ImportFrom | ast.Import, module: Module, own: ProjectModule, bound: Mapping[str, int]) -> None:
    if isinstance(node, ast.Import):
        module.modules.update(
            (item.asname, item.name) for item in node.names if item.asname and bound[item.asname] == 1
        )
        return
    source = absolute_name(own, node) or ""
    for item in node.names:
        local = item.asname or item.name
        if bound[local] == 1:
            module.names[local] = (source, item.name)
            module.modules[local] = f"{source}.{item.name}"


def _bindings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((item.asname or item.name).partition(".")[0] for item in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _parameters(node: ast.stmt) -> ast.arguments | None:
    """What a call of it takes; ``None`` where decorators, metaclasses or inheritance may change that."""
    if isinstance(node, Function):
        return None if node.decorator_list else node.args
    if not isinstance(node, ast.ClassDef) or node.decorator_list or node.keywords or node.bases:
        return None
    members = {item.name: item for item in node.body if isinstance(item, Function)}
    made = members.get("__init__")
    if made is None or made.decorator_list or "__new__" in members or not made.args.args:
        return None
    rest = made.args
    return ast.arguments(
        posonlyargs=rest.posonlyargs,
        args=rest.args[1:],
        vararg=rest.vararg,
        kwonlyargs=rest.kwonlyargs,
        kw_defaults=rest.kw_defaults,
        kwarg=rest.kwarg,
        defaults=rest.defaults,
    )


def _in_module(module: Module, modules: Mapping[str, Module]) -> Iterator[Misfit]:
    for node in module.calls:
        key = _meant(node.func, module)
        callee = modules.get(key[0]) if key else None
        if key is None or callee is None or key[1] not in callee.functions:
            continue
        problem = _problem(node, callee.functions[key[1]])
        if problem:
            message = f"{key[1]}() of {callee.path} {problem}"
            yield Misfit(
                Diagnostic(
                    path=module.path,
                    line=node.lineno,
                    column=node.col_offset + 1,
                    layer="contract",
                    code="call-does-not-fit",
                    message=message,
                    hint=f"Its parameters are: {ast.unparse(callee.functions[key[1]]) or 'none'}.",
                ),
                callee.path,
            )


def _meant(func: ast.expr, module: Module) -> Key | None:
    if isinstance(func, ast.Name):
        return module.names.get(func.id)
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
        source = module.modules.get(func.value.id)
        return (source, func.attr) if source else None
    return None


def _problem(call: ast.Call, takes: ast.arguments) -> str:
    """Why the arguments do not fit; empty when they do, or when some are only known as it runs."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return ""
    positional = [*takes.posonlyargs, *takes.args]
    given = {one.arg for one in call.keywords if one.arg}
    if len(call.args) > len(positional) and takes.vararg is None:
        return f"takes {len(positional)} positional arguments, {len(call.args)} are given"
    by_name = {one.arg for one in [*takes.args, *takes.kwonlyargs]}
    unknown = sorted(given - by_name)
    if unknown and takes.kwarg is None:
        return f"has no parameter {', '.join(unknown)}"
    filled = {one.arg for one in positional[: len(call.args)]}
    twice = sorted(filled & given & by_name)
    if twice:
        return f"gets {', '.join(twice)} twice"
    needed = [one.arg for one in positional[: len(positional) - len(takes.defaults)]]
    needed += [one.arg for one, default in zip(takes.kwonlyargs, takes.kw_defaults, strict=True) if default is None]
    missing = [one for one in needed if one not in filled | given]
    return f"misses {', '.join(missing)}" if missing else ""
