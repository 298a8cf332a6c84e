"""Names that are put together when the program runs: ``getattr(self, f"visit_{kind}")`` goes to what begins so."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from execution.graph.python.values import Class, Instance, Module, Value

LEAST_LETTERS = 2
"""A shorter beginning says nothing: ``_`` would be everything private."""


def beginning(name: ast.expr, function: ast.AST, depth: int = 4) -> str:
    """The text that a computed name begins with for sure; empty when it is not known.

    A local name is looked up where ``function`` assigns it, if it does so once.
    """
    if depth == 0:
        return ""
    if isinstance(name, ast.Constant):
        return name.value if isinstance(name.value, str) else ""
    if isinstance(name, ast.JoinedStr):
        return beginning(name.values[0], function, depth - 1) if name.values else ""
    if isinstance(name, ast.BinOp) and isinstance(name.op, ast.Add):
        return beginning(name.left, function, depth - 1)
    if isinstance(name, ast.BinOp) and isinstance(name.op, ast.Mod):
        return beginning(name.left, function, depth - 1).split("%")[0]
    if isinstance(name, ast.Call) and isinstance(name.func, ast.Attribute) and name.func.attr in METHODS:
        return METHODS[name.func.attr](beginning(name.func.value, function, depth - 1))
    if isinstance(name, ast.Name):
        assigned = list(_assigned(name.id, function))
        return beginning(assigned[0], function, depth - 1) if len(assigned) == 1 else ""
    return ""


def members_beginning(holder: Value, text: str) -> list[str]:
    """The names of a class, an instance or a module that begin with ``text``, in the order of their definition."""
    if len(text.strip("_")) < LEAST_LETTERS:
        return []
    if isinstance(holder, Module):
        scopes = [holder.scope]
    elif isinstance(holder, (Class, Instance)):
        scopes = [cls.scope for cls in (holder if isinstance(holder, Class) else holder.cls).linearised()]
    else:
        return []
    return list(dict.fromkeys(name for scope in scopes for name in scope.cells if name.startswith(text)))


def _assigned(name: str, function: ast.AST) -> Iterator[ast.expr]:
    """What is assigned to a name; nothing for parameters, and twice nothing for what is bound in another way too."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == name for each in node.targets
        ):
            yield node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            yield node.target if node.value is None else node.value
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            yield node.value
        elif isinstance(node, ast.arg) and node.arg == name:
            yield from (ast.Constant(None), ast.Constant(None))


METHODS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "format": lambda text: text.split("{")[0],
}
"""Methods of a text after which its beginning is still known."""
