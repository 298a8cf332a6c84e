"""Conditions about files of TypeScript and JavaScript: what they define, export and import."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from tree_sitter import Node

from execution.validation.ecmascript.imports import check_imports, is_package, offered
from execution.validation.ecmascript.modules import resolved
from execution.validation.ecmascript.parsing import is_ecmascript, line_of, parse, walk, words_of
from execution.validation.ecmascript.rules import FUNCTIONS, complexity_of, functions_in
from execution.validation.results import NotRun
from execution.validation.subjects import Place, read_place

_CLASSES = {"class_declaration", "abstract_class_declaration", "class"}
_KEY = re.compile(r"\b(?:PrimaryColumn|PrimaryGeneratedColumn|PrimaryKey|primaryKey)\b")
"""TypeORM, sequelize-typescript and MikroORM; Sequelize and Drizzle."""


def place_in(subject: str, files: Mapping[str, str]) -> Place | None:
    """What the subject is about, when that is a file of these languages: by its path, or without its ending."""
    place = read_place(subject)
    if is_ecmascript(place.path):
        return place
    found = resolved("", place.module, files) if "/" in place.module else None
    return Place(found, "", place.name) if found is not None and is_ecmascript(found) else None


def _import_available(place: Place, files: Mapping[str, str]) -> str:
    if not place.path:
        return "" if is_package(place.module or place.name, files) else f"no module {place.module or place.name}"
    return _exports(place, files) if place.name else _there(place, files)


def _exports(place: Place, files: Mapping[str, str]) -> str:
    """Every one of the names is exported by the file."""
    if not place.path or not place.name:
        raise NotRun("The subject must name a file and what it exports.")
    names = offered(place.path, files)
    wanted = re.split(r"\s*,\s*", place.name)
    missing = [name for name in wanted if names is not None and name not in names]
    return _there(place, files) or (f"{place.path} does not export {', '.join(missing)}" if missing else "")


def _class_available(place: Place, files: Mapping[str, str]) -> str:
    return _defined(place, files, "class", lambda node: node.type in _CLASSES)


def _function_available(place: Place, files: Mapping[str, str]) -> str:
    return _defined(place, files, "function", lambda node: node.type in FUNCTIONS)


def _defined(place: Place, files: Mapping[str, str], word: str, is_one: Callable[[Node], bool]) -> str:
    """Of a class a method by ``Class.method``; a function may be the value of a constant."""
    name = place.name or place.module
    if not name:
        raise NotRun(f"The subject names no {word}.")
    *owner, last = name.split(".")
    for node in _nodes(place, files):
        found, value = _named(node)
        if found == last and value is not None and is_one(value) and (not owner or _owner_of(node) == owner[-1]):
            return ""
    return _there(place, files) or f"no {word} {name}"


def _named(node: Node) -> tuple[str, Node | None]:
    """A declaration, or a constant with what it is."""
    name = words_of(node.child_by_field_name("name"))
    return name, node.child_by_field_name("value") if node.type == "variable_declarator" else node


def _owner_of(node: Node) -> str:
    body = node.parent
    return words_of(body.parent.child_by_field_name("name")) if body is not None and body.parent is not None else ""


def _imports_resolve(place: Place, files: Mapping[str, str]) -> str:
    found = [item for item in check_imports(files) if item.path == place.path]
    return _there(place, files) or (f"line {found[0].line}: {found[0].message}" if found else "")


def _table_defined(place: Place, files: Mapping[str, str]) -> str:
    return "" if next(_tables(place, files), None) is not None else "no model or table defines it"


def _has_primary_key(place: Place, files: Mapping[str, str]) -> str:
    table = next(_tables(place, files), None)
    if table is None:
        return "no model or table defines it"
    adds_one = table.type == "call_expression" and _function_of(table) == "define"  # Sequelize
    return "" if adds_one or _KEY.search(words_of(table)) else "no column is the primary key"


def _tables(place: Place, files: Mapping[str, str]) -> Iterator[Node]:
    """A class by its name or that in its decorator; ``pgTable("users", ...)`` and ``define("users", ...)``."""
    wanted = place.name or place.module
    return (node for node in _nodes(place, files) if node.is_named and wanted in _table_names(node))


def _table_names(node: Node) -> list[str]:
    if node.type in _CLASSES:
        return [words_of(node.child_by_field_name("name")), *_in_decorators(node)]
    if node.type != "call_expression" or not re.fullmatch(r"\w*Table|define", _function_of(node)):
        return []
    arguments = node.child_by_field_name("arguments")
    first = next(iter(arguments.named_children), None) if arguments is not None else None
    return [words_of(first).strip("'\"`"), _named_after(node)]


def _in_decorators(node: Node) -> list[str]:
    """The first text of each decorator: ``@Entity("users")``."""
    around = [*node.children, *(node.parent.children if node.parent is not None else ())]
    words = [words_of(item) for item in around if item.type == "decorator"]
    return [found[1] for found in (re.search(r"['\"`](\w+)['\"`]", text) for text in words) if found]


def _named_after(call: Node) -> str:
    return words_of(call.parent.child_by_field_name("name")) if call.parent is not None else ""


def _function_of(call: Node) -> str:
    return words_of(call.child_by_field_name("function")).rpartition(".")[2]


def _nodes(place: Place, files: Mapping[str, str]) -> Iterator[Node]:
    """Of the file, or of every file of these languages for a bare name."""
    paths = [place.path] if place.path else [path for path in files if is_ecmascript(path)]
    for path in paths:
        if path in files:
            yield from walk(parse(path, files[path]).root_node)


def _there(place: Place, files: Mapping[str, str]) -> str:
    return "there is no such file" if place.path and place.path not in files else ""


def most_complex(path: str, text: str) -> tuple[int, int]:
    """(complexity, line) of the most complex function of a file; (1, 1) when it has none."""
    return max(((complexity_of(node), line_of(node)) for node in functions_in(path, text)), default=(1, 1))


CHECKS: Mapping[str, Callable[[Place, Mapping[str, str]], str]] = {
    "import_available": _import_available,
    "class_available": _class_available,
    "function_available": _function_available,
    "imports_resolve": _imports_resolve,
    "table_defined": _table_defined,
    "has_primary_key": _has_primary_key,
    "exports": _exports,
}
