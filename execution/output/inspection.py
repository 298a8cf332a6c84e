"""What can be read from one Python file by ``ast`` for the Definition of Done: names, documentation, debug output."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from common.python_source import parse_python
from execution.validation.complexity import complexity_of

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEBUG_CALLS: Final = frozenset({"print", "breakpoint", "pprint", "pdb.set_trace", "pprint.pprint", "ipdb.set_trace"})
_DEBUG_MODULES: Final = frozenset({"pdb", "ipdb", "pudb", "icecream"})


@dataclass(frozen=True)
class Place:
    """A name and the line, from 1, where it stands."""

    name: str
    line: int


def defined_names(tree: ast.Module) -> set[str]:
    """Names a module offers at its top level: definitions, assignments, imports, also inside ``if`` and ``try``."""
    names: set[str] = set()
    for node in _top_level(tree.body):
        if isinstance(node, Definition):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return names


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            for name in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def public_definitions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Qualified names of public functions and classes, and of public methods of public classes."""
    for node in _top_level(tree.body):
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for item in node.body:
                    if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) and not item.name.startswith("_"):
                        yield f"{node.name}.{item.name}", item


def undocumented(tree: ast.Module) -> list[Place]:
    """Public names without a docstring. Overrides marked ``@override`` and settings classes inside others need none."""
    return [
        Place(name, node.lineno)
        for name, node in public_definitions(tree)
        if ast.get_docstring(node) is None and not _is_overload(node)
    ]


def unannotated(tree: ast.Module) -> list[Place]:
    """Public functions and methods that lack a type for a parameter or for what they return."""
    return [
        Place(name, node.lineno)
        for name, node in public_definitions(tree)
        if not isinstance(node, ast.ClassDef) and not _is_annotated(node)
    ]


def _is_overload(node: Definition) -> bool:
    return any(ast.unparse(item).rpartition(".")[2] in ("override", "overload") for item in node.decorator_list)


def _is_annotated(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    if positional and positional[0].arg in ("self", "cls"):
        positional = positional[1:]
    optional = [argument for argument in (given.vararg, given.kwarg) if argument is not None]
    return node.returns is not None and all(
        argument.annotation is not None for argument in (*positional, *given.kwonlyargs, *optional)
    )


def debug_output(tree: ast.Module) -> list[Place]:
    """Calls and imports that are left over from looking for a mistake."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _DEBUG_CALLS:
            found.append(Place(ast.unparse(node.func), node.lineno))
        elif isinstance(node, ast.Import):
            found += [Place(alias.name, node.lineno) for alias in node.names if alias.name in _DEBUG_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in _DEBUG_MODULES:
            found.append(Place(node.module or "", node.lineno))
    return sorted(found, key=lambda place: place.line)


def placeholders(tree: ast.Module) -> list[Place]:
    """Functions whose body only says ``pass``, ``...`` or ``raise NotImplementedError``; abstract ones may."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _may_be_empty(node, tree):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if all(_says_nothing(statement) for statement in body):
                found.append(Place(node.name, node.lineno))
    return found


def _may_be_empty(node: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> bool:
    marks = {ast.unparse(item).rpartition(".")[2] for item in node.decorator_list}
    protocols = [
        item for item in ast.walk(tree)
        if isinstance(item, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in item.bases)
    ]  # fmt: skip
    return bool(marks & {"abstractmethod", "overload"}) or any(node in item.body for item in protocols)


def _says_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    is_ellipsis = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis
    return isinstance(node, ast.Pass) or is_ellipsis


def complexities(tree: ast.Module) -> list[tuple[Place, int]]:
    """Cyclomatic complexity of every function, as the validators count it."""
    return [
        (Place(node.name, node.lineno), complexity_of(node))
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def has_calls_to_test(text: str) -> bool:
    """Whether a module has a function or method with a body: something that a test could call."""
    try:
        tree = parse_python(text)
    except (SyntaxError, ValueError):
        return True  # the syntax check says so; nothing is excused by it
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(_does_something(statement) for node in functions for statement in node.body)


def _does_something(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)  # a docstring, or an ellipsis
    return not isinstance(statement, ast.Pass)
