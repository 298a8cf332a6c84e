"""Cyclomatic complexity of Python functions, after McCabe (1976): decision points plus one."""

from __future__ import annotations

import ast

_DECISIONS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.IfExp,
    ast.ExceptHandler,
    ast.Assert,
    ast.comprehension,
    ast.match_case,
)


def complexity_of(function: ast.AST) -> int:
    """Complexity of one function or module body, what is nested in it included."""
    total = 1
    for node in ast.walk(function):
        if isinstance(node, _DECISIONS):
            total += 1
        elif isinstance(node, ast.BoolOp):
            total += len(node.values) - 1
    return total


def most_complex(tree: ast.Module) -> tuple[int, int, str]:
    """(complexity, line, name) of the most complex function of a module; (1, 1, "") when it has none."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return max(((complexity_of(node), node.lineno, node.name) for node in functions), default=(1, 1, ""))
