"""What a task is shown of the files it depends on: the whole text where it is small, else signatures and docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from common.python_source import parse_python
from integrations.llm.shapes import ProjectFile

SMALL = 4_000
"""Characters up to which a file is shown whole."""
LONGEST_VALUE = 200


def interface_of(file: ProjectFile) -> ProjectFile:
    """The file as others need to see it; a long file that does not parse is shown by its beginning."""
    if len(file.text) <= SMALL or not file.path.endswith(".py"):
        return ProjectFile(path=file.path, text=file.text[:SMALL])
    try:
        tree = parse_python(file.text)
    except (SyntaxError, ValueError):
        return ProjectFile(path=file.path, text=file.text[:SMALL])
    return ProjectFile(path=file.path, text="\n".join(_outline(tree.body)) + "\n")


def _outline(body: Iterable[ast.stmt], indent: str = "") -> list[str]:
    lines: list[str] = []
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            lines.append(indent + ast.unparse(node))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            lines.append(indent + _assignment(node))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines += _function(node, indent)
        elif isinstance(node, ast.ClassDef):
            bases = ", ".join(ast.unparse(base) for base in node.bases)
            lines.append(f"{indent}class {node.name}({bases}):" if bases else f"{indent}class {node.name}:")
            inside = [*_docstring(node, indent + "    "), *_outline(node.body, indent + "    ")]
            lines += inside or [f"{indent}    ..."]
    return lines


def _assignment(node: ast.Assign | ast.AnnAssign) -> str:
    """The whole of a short one; of a long one what it is called."""
    whole = ast.unparse(node)
    if len(whole) <= LONGEST_VALUE:
        return whole
    if isinstance(node, ast.AnnAssign):
        return f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)} = ..."
    return " = ".join([*map(ast.unparse, node.targets), "..."])


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, indent: str) -> list[str]:
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    lines = [f"{indent}@{ast.unparse(decorator)}" for decorator in node.decorator_list]
    lines.append(f"{indent}{word} {node.name}({ast.unparse(node.args)}){returns}:")
    return [*lines, *_docstring(node, indent + "    "), f"{indent}    ..."]


def _docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, indent: str) -> list[str]:
    text = ast.get_docstring(node)
    return [f'{indent}"""{text.splitlines()[0]}"""'] if text else []
