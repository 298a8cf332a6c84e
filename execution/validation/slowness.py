"""Our own rules of the performance layer: queries in loops and obvious quadratic patterns. They only warn."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from common.python_source import tree_of
from integrations.llm.shapes import Diagnostic

_CONNECTIONS = {"session", "db", "database", "connection", "conn", "cursor", "engine"}
_QUERIES = {"execute", "scalar", "scalars", "get", "query", "fetch", "fetchone", "fetchall", "fetchrow", "refresh"}
_SCANS = {"index", "count", "remove"}
_Loop = ast.For | ast.AsyncFor | ast.While
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


@dataclass(slots=True)
class _Known:
    """Local names of a function that hold lists, and texts that begin empty."""

    lists: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def check_slowness(path: str, text: str) -> list[Diagnostic]:
    """Warnings for one Python file; nothing for one that does not parse."""
    tree = tree_of(text) if path.endswith(".py") else None
    if tree is None:
        return []
    scopes = [tree, *(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))]
    found: dict[tuple[int, str], Diagnostic] = {}
    for scope in scopes:
        known = _known_in(scope)
        for loop in _own(scope):
            if isinstance(loop, _Loop):
                for item in _in_loop(path, loop, known):
                    found.setdefault((item.line, item.code), item)
    return list(found.values())


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """What runs in the scope itself: nested functions and classes are scopes of their own."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, _Scope):
            yield child
            yield from _own(child)


def _known_in(scope: ast.AST) -> _Known:
    known = _Known()
    for node in _own(scope):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            _learn(known, node.targets[0].id, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            _learn(known, node.target.id, node.value)
    return known


def _learn(known: _Known, name: str, value: ast.expr) -> None:
    made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("list", "sorted")
    if made or isinstance(value, ast.List | ast.ListComp):
        known.lists.add(name)
    elif isinstance(value, ast.Constant) and value.value == "":
        known.texts.add(name)


def _in_loop(path: str, loop: _Loop, known: _Known) -> Iterator[Diagnostic]:
    for statement in (item for item in loop.body if not isinstance(item, _Scope)):
        for node in (statement, *_own(statement)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from _call(path, node, node.func, known)
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
                if _name(node.comparators[0]) in known.lists:
                    yield _warning(path, node, "list-searched-in-loop", "Each turn looks through a list.", _SET)
            elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and _name(node.target) in known.texts:
                yield _warning(
                    path, node, "text-grown-in-loop", "Each turn copies the whole text.", "Join a list once."
                )


_SET = "Keep a set or a dict beside it."


def _call(path: str, node: ast.Call, function: ast.Attribute, known: _Known) -> Iterator[Diagnostic]:
    owner = _name(function.value)
    if _is_query(function):
        hint = "Ask once before the loop, for all of them."
        yield _warning(path, node, "query-in-loop", "Each turn asks the database.", hint)
    elif owner in known.lists and function.attr in _SCANS:
        yield _warning(path, node, "list-searched-in-loop", "Each turn looks through a list.", _SET)
    elif owner in known.lists and function.attr == "insert" and node.args and _is_zero(node.args[0]):
        hint = "Append and reverse at the end, or use collections.deque."
        yield _warning(path, node, "inserted-in-front-in-loop", "Each turn moves the whole list.", hint)


def _is_query(function: ast.Attribute) -> bool:
    """``session.execute`` and the like, and whatever is called on a Django manager (``Model.objects...``)."""
    if function.attr in _QUERIES and _name(function.value).rpartition("_")[2].lower() in _CONNECTIONS:
        return True
    inner: ast.expr = function
    while isinstance(inner, ast.Attribute | ast.Call):
        if isinstance(inner, ast.Attribute) and inner.attr == "objects":
            return True
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return False


def _name(node: ast.expr) -> str:
    """The last name of ``a`` or ``self.a``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def _warning(path: str, node: ast.expr | ast.stmt, code: str, message: str, hint: str) -> Diagnostic:
    return Diagnostic(
        path=path,
        line=node.lineno,
        column=node.col_offset + 1,
        layer="performance",
        code=code,
        message=message,
        severity="warning",
        hint=hint,
    )
