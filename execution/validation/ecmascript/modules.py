"""What the modules of a TypeScript or JavaScript project import and export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from execution.validation.ecmascript.parsing import SUFFIXES, line_of, parse, walk, words_of


@dataclass(frozen=True, slots=True)
class Imported:
    """One import; ``names`` are those taken from the module, ``default`` among them."""

    source: str
    line: int
    column: int
    names: tuple[str, ...]


@dataclass(slots=True)
class Module:
    """``open`` means that it may export more than can be read; ``stars`` are the sources of ``export *``."""

    imports: list[Imported] = field(default_factory=list)
    exports: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)
    open: bool = False


def read_module(path: str, text: str) -> Module:
    module = Module()
    for node in walk(parse(path, text).root_node):
        if node.type == "import_statement":
            module.imports += _imported(node, _taken(node))
        elif node.type == "export_statement":
            _export(module, node)
        elif node.type == "call_expression":
            _call(module, node)
        elif node.type in ("assignment_expression", "ambient_declaration"):
            module.open = module.open or words_of(node).startswith(("module.exports", "exports.", "declare"))
    return module


def _export(module: Module, node: Node) -> None:
    if node.child_by_field_name("source") is not None:
        given = [item for item in walk(node) if item.type == "export_specifier"]
        module.imports += _imported(node, tuple(words_of(item.child_by_field_name("name")) for item in given))
        if not given and not any(item.type == "namespace_export" for item in node.children):
            module.stars += [item.source for item in module.imports[-1:]]
    for child in node.children:
        if child.type == "default":
            module.exports.add("default")
        elif child.type == "namespace_export":
            module.exports.add(words_of(child.named_children[0]))
        elif child.type == "export_clause":
            module.exports |= {_outer_name(item) for item in child.named_children if item.type == "export_specifier"}
        elif child.type == "=":
            module.open = True
    declared = node.child_by_field_name("declaration")
    if declared is not None:
        module.exports |= set(_declared(declared))


def _declared(node: Node) -> Iterator[str]:
    name = node.child_by_field_name("name")
    if name is not None:
        yield words_of(name)
        return
    for child in node.named_children:
        if child.type == "variable_declarator":
            target = child.child_by_field_name("name")
            kinds = ("identifier", "shorthand_property_identifier_pattern")
            if target is not None:
                yield from (words_of(item) for item in walk(target) if item.type in kinds)
        elif child.child_by_field_name("name") is not None:
            yield words_of(child.child_by_field_name("name"))


def _call(module: Module, node: Node) -> None:
    """``require("x")`` and ``import("x")`` of a plain text."""
    arguments = node.child_by_field_name("arguments")
    if words_of(node.child_by_field_name("function")) not in ("require", "import") or arguments is None:
        return
    given = arguments.named_children
    if len(given) == 1 and given[0].type == "string":
        module.imports.append(Imported(_text(given[0]), line_of(node), node.start_point[1] + 1, ()))


def _imported(node: Node, names: tuple[str, ...]) -> list[Imported]:
    source = node.child_by_field_name("source")
    if source is None:
        return []
    return [Imported(_text(source), line_of(node), node.start_point[1] + 1, names)]


def _taken(node: Node) -> tuple[str, ...]:
    names = []
    for clause in (child for child in node.named_children if child.type == "import_clause"):
        names += ["default" for child in clause.named_children if child.type == "identifier"]
        specifiers = [item for item in walk(clause) if item.type == "import_specifier"]
        names += [words_of(item.child_by_field_name("name")) for item in specifiers]
    return tuple(names)


def _outer_name(specifier: Node) -> str:
    return words_of(specifier.child_by_field_name("alias") or specifier.child_by_field_name("name"))


def _text(node: Node) -> str:
    return words_of(node).strip("'\"`")


def resolved(path: str, source: str, files: Mapping[str, object]) -> str | None:
    """The file of the project that a relative ``source`` means when imported from ``path``, or None."""
    parts = path.split("/")[:-1]
    for part in source.split("?")[0].split("/"):
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    base = "/".join(parts)
    bare = next((base.removesuffix(end) for end in (".js", ".jsx", ".mjs", ".cjs") if base.endswith(end)), base)
    index = f"{base}/index" if base else "index"
    tries = [base, *(stem + end for stem in (base, bare, index) for end in (*SUFFIXES, ".d.ts", ".json"))]
    return next((item for item in tries if item in files), None)
