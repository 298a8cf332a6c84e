"""Small mends of Python code that change nothing but what is wrong: what a careful reader would write in its place."""

from __future__ import annotations

import ast
import re
import textwrap

from common.python_source import parse_python


def mend(text: str) -> str:
    """``text`` with a bare ``except`` named, and ``-> None`` where a function returns nothing; as it was if unsure."""
    tree = _parsed(text)
    if tree is None:
        return text
    lines = text.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            place = node.lineno - 1
            lines[place] = re.sub(r"\bexcept\s*:", "except Exception:", lines[place], count=1)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is None and _gives_nothing(node):
            place = node.body[0].lineno - 1
            _annotate(lines, node.lineno - 1, place)
    mended = "\n".join(lines)
    return mended if _parsed(mended) is not None else text


def _annotate(lines: list[str], first: int, body: int) -> None:
    """``-> None`` before the colon that ends the signature, where that ends a line."""
    for place in range(max(first, body - 1), first - 1, -1):
        if lines[place].rstrip().endswith("):"):
            lines[place] = lines[place].rstrip()[:-1] + " -> None:"
            return


def _gives_nothing(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the function itself, without those inside it, neither returns a value nor yields."""
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(part, ast.Yield | ast.YieldFrom) or (isinstance(part, ast.Return) and part.value is not None):
            return False
        waiting += ast.iter_child_nodes(part)
    return True


def _parsed(text: str) -> ast.Module | None:
    try:
        return parse_python(textwrap.dedent(text))
    except SyntaxError:
        return None
