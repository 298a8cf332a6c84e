"""Twelve kinds of defects, each a way to spoil a working text at one place."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator

from execution.benchmarks.defects.sources import Edit, Function, Source, Sources

Place = tuple[Source, Edit]
_OPPOSITE: dict[type[ast.cmpop], str] = {
    ast.Lt: ">=", ast.LtE: ">", ast.Gt: "<=", ast.GtE: "<", ast.Eq: "!=", ast.NotEq: "==", ast.In: "not in",
    ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
}  # fmt: skip
_WRONG = {"int": '"seven"', "str": "7", "float": '"seven"', "bool": '"yes"', "bytes": "7"}
_UNSAFE = (
    "eval(str({name}))",
    "exec(str({name}))",
    "__import__('pickle').loads(bytes({name}))",
    "import pickle\n{indent}pickle.loads(bytes({name}))",
    "import os\n{indent}os.system(str({name}))",
    "import subprocess\n{indent}subprocess.run(str({name}), shell=True, check=True)",
)
_SQL = (
    'f"SELECT * FROM items WHERE id = {{{name}}}"',
    '"DELETE FROM items WHERE id = " + str({name})',
    '"UPDATE items SET done = 1 WHERE id = %s" % {name}',
    '"SELECT name FROM items WHERE id = {{}}".format({name})',
)


def syntax(project: Sources) -> Iterator[Place]:
    """A bracket that is not closed, a colon that is missing."""
    for source in project.files.values():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and source.data[source.end(node) - 1 : source.end(node)] == b")":
                yield source, Edit(source.end(node) - 1, source.end(node), "")
            elif isinstance(node, ast.If | ast.For | ast.While) and node.body[0].lineno > node.lineno:
                test = node.iter if isinstance(node, ast.For) else node.test
                colon = source.data.find(b":", source.end(test))
                yield source, Edit(colon, colon + 1, "")


def missing_import(project: Sources) -> Iterator[Place]:
    """An import statement of one used name, gone."""
    for source in project.files.values():
        used = {node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name)}
        for node in source.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom) and len(node.names) == 1:
                item = node.names[0]
                bound = item.asname or item.name.partition(".")[0]
                if bound in used and getattr(node, "module", "") != "__future__":
                    yield source, source.replacing(node, "")


def unknown_name(project: Sources) -> Iterator[Place]:
    """A name misspelt where it is used."""
    for source in project.files.values():
        for function in source.functions:
            for node in ast.walk(ast.Module(function.body, [])):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and len(node.id) > 3:
                    wrong = node.id[:-2] + node.id[-1] + node.id[-2]
                    if wrong not in source.names and not hasattr(builtins, wrong):
                        yield source, source.replacing(node, wrong)


def wrong_attribute(project: Sources) -> Iterator[Place]:
    """An attribute of the object itself, or of an imported module, misspelt."""
    for source in project.files.values():
        modules = {
            item.asname or item.name
            for node in source.tree.body
            if isinstance(node, ast.Import)
            for item in node.names
            if "." not in item.name
        }
        for function in source.functions:
            for node in ast.walk(function):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.ctx, ast.Load)
                    and isinstance(node.value, ast.Name)
                ):
                    if node.value.id in modules | {"self"} and f"{node.attr}_of" not in source.names:
                        yield source, Edit(source.end(node), source.end(node), "_of")


def wrong_type(project: Sources) -> Iterator[Place]:
    """A value that is not of the annotated type: returned, or given to a variable or parameter."""
    for source in project.files.values():
        for node in ast.walk(source.tree):
            if isinstance(node, Function) and _named(node.returns) in _WRONG and not _yields(node):
                for item in _own(node):
                    if isinstance(item, ast.Return) and item.value is not None:
                        yield source, source.replacing(item.value, _WRONG[_named(node.returns)])
            elif isinstance(node, ast.AnnAssign) and node.value is not None and _named(node.annotation) in _WRONG:
                yield source, source.replacing(node.value, _WRONG[_named(node.annotation)])


def wrong_argument_count(project: Sources) -> Iterator[Place]:
    """One argument too many, or a required one left out."""
    for source, call, function in project.calls():
        given = function.args
        starred = any(isinstance(item, ast.Starred) for item in call.args) or any(
            not item.arg for item in call.keywords
        )
        if given.vararg or given.kwarg or starred or function.decorator_list:
            continue
        positional = [*given.posonlyargs, *given.args]
        if len(call.args) == len(positional):
            first = source.start(call.args[0]) if call.args else source.end(call) - 1
            yield source, Edit(first, first, "None, ")
        required = len(positional) - len(given.defaults)
        if len(call.args) == 1 and required >= 1:
            yield source, source.replacing(call.args[0], "")


def missing_export(project: Sources) -> Iterator[Place]:
    """A function or class that another file imports, under another name."""
    for source in project.files.values():
        module = source.path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
        for name, node in source.top_level.items():
            if (module, name) in project.taken_elsewhere:
                start = source.data.find(name.encode(), source.start(node))
                yield source, Edit(start, start + len(name), f"{name}Moved" if name[0].isupper() else f"{name}_moved")


def broken_contract(project: Sources) -> Iterator[Place]:
    """A function that others call wants one more argument than they give."""
    called = {function.name for _, _, function in project.calls()}
    for source in project.files.values():
        for node in source.top_level.values():
            if isinstance(node, Function) and node.name in called and not node.decorator_list:
                opening = source.data.find(b"(", source.start(node)) + 1
                empty = source.data[opening : opening + 1] == b")"
                yield source, Edit(opening, opening, "required: int" if empty else "required: int, ")


def unsafe_call(project: Sources) -> Iterator[Place]:
    """What a caller gives is run: as code, as a pickle, by a shell."""
    yield from _inserted(project, _UNSAFE)


def sql_from_text(project: Sources) -> Iterator[Place]:
    """A query made of what a caller gives."""
    templates = (f"import sqlite3\n{{indent}}sqlite3.connect('items.db').execute({query})" for query in _SQL)
    yield from _inserted(project, tuple(templates))


def swallowed_exception(project: Sources) -> Iterator[Place]:
    """Whatever goes wrong in a statement is caught and forgotten."""
    for source in project.files.values():
        for number, function in enumerate(source.functions):
            for node in function.body:
                if isinstance(node, ast.Expr | ast.Assign) and node.lineno == node.end_lineno and not _is_text(node):
                    indent = " " * node.col_offset
                    caught, then = (("except Exception:", "pass"), ("except:", "pass"), ("except Exception:", "..."))[
                        number % 3
                    ]
                    words = f"try:\n{indent}    {source.words(node)}\n{indent}{caught}\n{indent}    {then}"
                    yield source, source.replacing(node, words)


def wrong_logic(project: Sources) -> Iterator[Place]:
    """A comparison turned round, ``and`` for ``or``, one more or less."""
    for source in project.files.values():
        for function in source.functions:
            for node in _own(function):
                if isinstance(node, ast.Compare) and len(node.ops) == 1:
                    left, right = source.words(node.left), source.words(node.comparators[0])
                    yield source, source.replacing(node, f"{left} {_OPPOSITE[type(node.ops[0])]} {right}")
                elif isinstance(node, ast.BoolOp) and len(node.values) == 2:
                    word = "or" if isinstance(node.op, ast.And) else "and"
                    one, other = (source.words(value) for value in node.values)
                    yield source, source.replacing(node, f"({one}) {word} ({other})")
                elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
                    yield source, source.replacing(node, f"bool({source.words(node.operand)})")


KINDS: dict[str, Callable[[Sources], Iterator[Place]]] = {
    kind.__name__: kind
    for kind in (
        syntax, missing_import, unknown_name, wrong_attribute, wrong_type, wrong_argument_count, missing_export,
        broken_contract, unsafe_call, sql_from_text, swallowed_exception, wrong_logic,
    )
}  # fmt: skip


def _inserted(project: Sources, templates: tuple[str, ...]) -> Iterator[Place]:
    """A statement at the beginning of a function, about its first parameter."""
    number = 0
    for source in project.files.values():
        for function in source.functions:
            names = [item.arg for item in function.args.args if item.arg not in ("self", "cls")]
            body = [node for node in function.body if not _is_text(node)]
            if (
                not names
                or not body
                or body[0].lineno == function.lineno
                or isinstance(body[0], Function | ast.ClassDef)
            ):
                continue
            indent = " " * body[0].col_offset
            words = templates[number % len(templates)].format(name=names[0], indent=indent)
            yield source, Edit(source.start(body[0]), source.start(body[0]), f"{words}\n{indent}")
            number += 1


def _own(function: Function) -> Iterator[ast.AST]:
    """What is in the function and in no function inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _yields(function: Function) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own(function))


def _named(annotation: ast.expr | None) -> str:
    return annotation.id if isinstance(annotation, ast.Name) else ""


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
