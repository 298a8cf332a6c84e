"""Realistic mistakes, each an edit of one line, made on purpose when a fault rate is set."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from common.python_source import parse_python
from integrations.llm.offline.dice import pick

FaultKind = Literal["syntax", "missing_import", "unknown_name", "wrong_type", "missing_export", "wrong_logic"]


@dataclass(frozen=True)
class Fault:
    """``line`` counts from 1; ``new`` None means that the line is gone."""

    kind: FaultKind
    line: int
    old: str
    new: str | None

    def apply(self, text: str) -> str:
        """``text`` with this mistake in it."""
        lines = text.split("\n")
        lines[self.line - 1 : self.line] = [] if self.new is None else [self.new]
        return "\n".join(lines)


def choose_fault(path: str, text: str, *words: object, lines: range | None = None) -> Fault | None:
    """One mistake for a file: first its kind is chosen, then its place; None when the file can hold none."""
    found = possible_faults(path, text)
    if lines is not None:
        found = [fault for fault in found if fault.line in lines]
    if not found:
        return None
    kind = pick(sorted({fault.kind for fault in found}), "kind", *words)
    return pick([fault for fault in found if fault.kind == kind], "place", *words)


def possible_faults(path: str, text: str) -> list[Fault]:
    """Every mistake this module can make in a clean file. Package files and documents stay clean."""
    if not path.endswith(".py") or path.endswith("__init__.py"):
        return []
    tree = parse_python(text)
    lines = text.split("\n")
    makers: list[Callable[[ast.Module, Sequence[str]], Iterator[Fault]]] = [
        _syntax,
        _missing_imports,
        _unknown_names,
        _wrong_types,
    ]
    found = [fault for maker in makers for fault in maker(tree, lines)]
    if not path.startswith("tests/"):
        found += _missing_exports(tree, lines)
        found += _wrong_logic(path, lines)
    return found


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _syntax(tree: ast.Module, lines: Sequence[str]) -> Iterator[Fault]:
    """The colon after a definition is forgotten."""
    for node in _functions(tree):
        line = lines[node.lineno - 1]
        if line.endswith(":"):
            yield Fault("syntax", node.lineno, line, line[:-1])


def _missing_imports(tree: ast.Module, lines: Sequence[str]) -> Iterator[Fault]:
    """One imported name is forgotten."""
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom) or node.module == "__future__" or node.lineno != node.end_lineno:
            continue
        line = lines[node.lineno - 1]
        aliases = [ast.unparse(alias) for alias in node.names]
        for forgotten in aliases:
            kept = ", ".join(alias for alias in aliases if alias != forgotten)
            new = f"from {node.module} import {kept}" if kept else None
            yield Fault("missing_import", node.lineno, line, new)


def _unknown_names(tree: ast.Module, lines: Sequence[str]) -> Iterator[Fault]:
    """A returned or asserted name is misspelt."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name) and node.lineno == node.end_lineno:
            line = lines[node.lineno - 1]
            yield Fault("unknown_name", node.lineno, line, f"{line}_found")


def _wrong_types(tree: ast.Module, lines: Sequence[str]) -> Iterator[Fault]:
    """A function promises another type than it returns."""
    for node in _functions(tree):
        if node.returns is None or not any(isinstance(part, ast.Return) and part.value for part in _own_nodes(node)):
            continue
        promised = ast.unparse(node.returns)
        line = lines[node.returns.lineno - 1]
        if node.returns.lineno != node.returns.end_lineno or "Any" in promised:
            continue
        wrong = "bytes" if promised != "bytes" else "int"
        new = line[: node.returns.col_offset] + wrong + line[node.returns.end_col_offset :]
        yield Fault("wrong_type", node.returns.lineno, line, new)


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _missing_exports(tree: ast.Module, lines: Sequence[str]) -> Iterator[Fault]:
    """A promised class or function has another name."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            line = lines[node.lineno - 1]
            wrong = f"{node.name}Data" if isinstance(node, ast.ClassDef) else f"do_{node.name}"
            yield Fault("missing_export", node.lineno, line, line.replace(f" {node.name}", f" {wrong}", 1))


LOGIC: list[tuple[str, str, str]] = [
    # path, what stands there, what a hurried author writes; every one is caught by a test of the same entity
    (r"app/repositories/\w+\.py", r"\.offset\(query\.offset\)", ".offset(query.offset + 1)"),
    (r"app/repositories/\w+\.py", r"\.limit\(query\.limit\)", ".limit(query.limit + 1)"),
    (r"app/repositories/\w+\.py", r"column\.desc\(\) if query\.sort", "column if query.sort"),
    (r"app/services/auth\.py", r" or not right", " or right"),
    (r"app/policies/base\.py", r"if found is None:$", "if found is not None:"),
    (r"app/rules/\w+\.py", r" >= (\d+):$", r" > \1:"),
    (r"app/repositories/\w+\.py", r" == query\.(\w+)\)", r" != query.\1)"),
    (r"app/services/\w+\.py", r"setattr\((\w+), name, value\)", r"setattr(\1, name, getattr(\1, name))"),
    (r"app/services/\w+\.py", r"found is not owner:", "found is owner:"),
    (r"app/services/\w+\.py", r"and end < start$", "and end <= start"),
    (r"app/services/\w+\.py", r"if (\w+) not in (\w+\.\w+):", r"if \1 in \2:"),
    (r"app/services/\w+\.py", r"\.find\(query\), ", ".find(query)[1:], "),
    (r"app/routes/\w+\.py", r"HTTP_201_CREATED", "HTTP_200_OK"),
    (r"app/routes/\w+\.py", r"total=total", "total=len(items)"),
    (r"app/errors\.py", r"HTTP_409_CONFLICT", "HTTP_400_BAD_REQUEST"),
    (r"app/errors\.py", r"HTTP_404_NOT_FOUND", "HTTP_400_BAD_REQUEST"),
    (r"app/health\.py", r"HTTP_503_SERVICE_UNAVAILABLE", "HTTP_200_OK"),
    (r"app/config\.py", r" in TRUE_WORDS", " not in TRUE_WORDS"),
    (r"app/schemas/common\.py", r"le=MAX_PAGE\)", "le=MAX_PAGE * 10)"),
    (r"app/schemas/common\.py", r"getattr\(self, name\) is None", "getattr(self, name) is not None"),
    (r"api/services/base\.py", r"setattr\(record, name, data\[name\]\)", "setattr(record, name, None)"),
    (r"api/services/base\.py", r"in data\.keys\(\) - links:", "in data.keys() & links:"),
    (r"api/services/\w+\.py", r" < (\w+\.\w+):", r" <= \1:"),
    (r"api/services/\w+\.py", r"others\.count\(\) >= ", "others.count() > "),
    (r"api/services/\w+\.py", r"if others\.exists\(\):", "if not others.exists():"),
    (r"api/services/\w+\.py", r'=F\("(\w+)"\) - ', r'=F("\1") + '),
    (r"api/errors\.py", r"HTTP_409_CONFLICT", "HTTP_400_BAD_REQUEST"),
    (r"api/health\.py", r"status=503", "status=200"),
    (r"api/access\.py", r"and found == account", "and found != account"),
    (r"api/authentication\.py", r"token\.created < ", "token.created > "),
    (r"api/views/base\.py", r'self\.action != "list"', 'self.action == "list"'),
    (r"config/settings\.py", r"if PRODUCTION:", "if not PRODUCTION:"),
]


def _wrong_logic(path: str, lines: Sequence[str]) -> list[Fault]:
    found: list[Fault] = []
    for place, right, wrong in LOGIC:
        if not re.fullmatch(place, path):
            continue
        for number, line in enumerate(lines, 1):
            new = re.sub(right, wrong, line, count=1)
            if new != line:
                found.append(Fault("wrong_logic", number, line, new))
    return found
