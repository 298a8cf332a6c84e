"""Exceptions that are caught broadly and vanish. The linter sees only ``pass`` and ``continue``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from common.python_source import tree_of
from integrations.llm.shapes import Diagnostic

_BROAD = {"Exception", "BaseException"}
SWALLOWED = "swallowed-exception"
SAME_AS_SWALLOWED = ("S110", "S112", "E722")
"""The linter's rules that say the same of the same handler, on its line."""


def check_swallowing(path: str, text: str) -> list[Diagnostic]:
    """Handlers of every exception that neither raise, nor call anything, nor look at what they caught."""
    tree = tree_of(text) if path.endswith(".py") else None
    return [] if tree is None else [_finding(path, handler) for handler in _handlers(tree) if _swallows(handler)]


def _handlers(tree: ast.Module) -> Iterator[ast.ExceptHandler]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler))


def _swallows(handler: ast.ExceptHandler) -> bool:
    if not _is_broad(handler.type):
        return False
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    looks = handler.name is not None and any(isinstance(node, ast.Name) and node.id == handler.name for node in inside)
    return not looks and not any(isinstance(node, ast.Raise | ast.Call | ast.Yield) for node in inside)


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(isinstance(name, ast.Name) and name.id in _BROAD for name in names)


def _finding(path: str, handler: ast.ExceptHandler) -> Diagnostic:
    return Diagnostic(
        path=path,
        line=handler.lineno,
        column=handler.col_offset + 1,
        layer="lint",
        code=SWALLOWED,
        message="Every exception is caught and vanishes: nobody will ever know that it happened.",
        hint="Catch the one that is expected, or log it, or let it pass.",
    )
