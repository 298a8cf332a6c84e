"""What a retry takes from the file as it stands: names that are called otherwise there, imports that nothing uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from common.python_source import parse_python
from integrations.llm.shapes import Diagnostic

UNDEFINED = {"F821", "name-defined"}
UNUSED = re.compile(r"[`'\"](?P<name>[\w.]+)[`'\"] imported but unused")


def with_names_of_file(code: str, *, clean: str, given: str, errors: Sequence[Diagnostic]) -> str:
    """``code`` with what ``clean`` defines and ``given`` calls otherwise under the name that is there.

    Only names that are said to be undefined, and that the code does not define itself.
    """
    ours, theirs = _definitions(clean), _definitions(given)
    if len(ours) != len(theirs):
        return code
    said = " ".join(error.message for error in errors if error.code in UNDEFINED)
    for name, other in zip(ours, theirs, strict=True):
        is_missing = name != other and name not in theirs and name not in _definitions(code)
        if is_missing and re.search(rf"[`'\"]{name}[`'\"]", said):
            code = re.sub(rf"\b{name}\b", other, code)
    return code


def _definitions(text: str) -> list[str]:
    try:
        body = parse_python(text).body
    except SyntaxError:
        return []
    return [node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]


def without_unused(code: str, errors: Sequence[Diagnostic]) -> str:
    """Import statements without the names that the linter calls unused."""
    unused = {found["name"] for error in errors if (found := UNUSED.search(error.message)) is not None}
    lines: list[str | None] = list(code.split("\n"))
    for node, gone in _with_unused(code, unused):
        kept = [alias for alias in node.names if alias not in gone]
        if node.lineno == node.end_lineno or not kept:
            lines[node.lineno - 1 : node.end_lineno] = [None] * ((node.end_lineno or node.lineno) - node.lineno + 1)
        if node.lineno == node.end_lineno and kept:
            node.names = kept
            lines[node.lineno - 1] = ast.unparse(node)
        elif kept:
            for alias in gone:
                lines[alias.lineno - 1] = None
    text = "\n".join(line for line in lines if line is not None)
    return re.sub(r"\n{3,}(?=\S)", "\n\n", text).lstrip("\n") if unused else code


def _with_unused(code: str, unused: set[str]) -> Iterator[tuple[ast.Import | ast.ImportFrom, list[ast.alias]]]:
    try:
        body = parse_python(code).body if unused else []
    except SyntaxError:
        return
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            before = f"{'.' * node.level}{node.module or ''}." if isinstance(node, ast.ImportFrom) else ""
            gone = [alias for alias in node.names if f"{before}{alias.name}" in unused]
            if gone:
                yield node, gone
