"""What a retry must keep, because others rely on it: defined names, signature, kind, place, indentation."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

from integrations.llm.shapes import Diagnostic

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def broken_promises(
    *, path: str, before: str, after: str, start_line: int, errors: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """What ``after`` changes that others rely on; nothing when the errors themselves lie in what is promised."""
    if not path.endswith(".py"):
        return []
    if _indentation(before) != _indentation(after):
        return [_finding(path, start_line, "indentation", "The atom must keep its indentation.")]
    old, new = _definitions(before), _definitions(after)
    if old is None or new is None or _errors_in_signature(before, start_line, errors):
        return []
    return [
        _finding(path, start_line, "contract", f"{name} must keep its signature: {signature}")
        for name, signature in old.items()
        if new.get(name) != signature
    ]


def _indentation(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return line[: len(line) - len(line.lstrip())]


def _definitions(text: str) -> dict[str, str] | None:
    """Definitions of a span and their signatures; ``None`` for a piece that does not parse by itself."""
    tree = _parsed(text)
    if tree is None:
        return None
    return {node.name: _signature(node) for node in tree.body if isinstance(node, Definition)}


def _parsed(text: str) -> ast.Module | None:
    dedented = textwrap.dedent(text)
    for attempt in (dedented, dedented + "\n    pass\n"):
        try:
            return ast.parse(attempt)
        except (SyntaxError, ValueError):
            continue
    return None


def _signature(node: Definition) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}({', '.join(ast.unparse(base) for base in node.bases)})"
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{word} {node.name}({ast.unparse(node.args)}){returns}"


def _errors_in_signature(text: str, start_line: int, errors: Sequence[Diagnostic]) -> bool:
    """A name or a signature that is itself at fault may change."""
    if any(error.layer in {"contract", "postconditions", "syntax"} for error in errors):
        return True
    tree = _parsed(text)
    lines = {error.line - start_line + 1 for error in errors}
    for node in tree.body if tree else []:
        if isinstance(node, Definition):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            last = node.body[0].lineno - 1 if node.body and node.body[0].lineno > node.lineno else node.lineno
            if any(first <= line <= last for line in lines):
                return True
    return False


def _finding(path: str, line: int, code: str, message: str) -> Diagnostic:
    return Diagnostic(path=path, line=line, layer="contract", code=code, message=message)
