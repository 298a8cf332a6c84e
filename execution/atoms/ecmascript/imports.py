"""Names that imports, re-exports and ``require`` bring."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from execution.atoms.ecmascript.nodes import is_require
from execution.atoms.source import text_of


def imported_names(node: Node) -> Iterator[tuple[Node, str, str]]:
    """For each name that an ``import`` binds: its node, the name, and a statement that imports it alone."""
    source = text_of(node.child_by_field_name("source"))
    kind = "import type" if any(child.type == "type" for child in node.children) else "import"
    for clause in node.named_children:
        if clause.type == "import_require_clause":
            name = clause.named_children[0]
            yield name, text_of(name), f"import {text_of(clause)}"
        elif clause.type == "import_clause":
            for child in clause.named_children:
                yield from _clause(child, kind, source)


def _clause(node: Node, kind: str, source: str) -> Iterator[tuple[Node, str, str]]:
    if node.type == "identifier":
        name = text_of(node)
        yield node, name, f"{kind} {name} from {source}"
    elif node.type == "namespace_import":
        name = text_of(node.named_children[0])
        yield node, name, f"{kind} * as {name} from {source}"
    elif node.type == "named_imports":
        for specifier in node.named_children:
            if specifier.type == "import_specifier":
                text = text_of(specifier)
                alias = specifier.child_by_field_name("alias")
                bound = (
                    text
                    if specifier.named_child_count == 1 and text.isidentifier()
                    else text_of(alias or specifier.child_by_field_name("name"))
                )
                yield specifier, bound, f"{kind} {{ {' '.join(text.split())} }} from {source}"


def reexported_names(node: Node) -> Iterator[tuple[Node, str]]:
    """Names that ``export ... from`` gives to others; ``export *`` names none."""
    for clause in node.named_children:
        if clause.type == "namespace_export":
            yield clause, text_of(clause.named_children[0])
        elif clause.type == "export_clause":
            for specifier in clause.named_children:
                if specifier.type == "export_specifier":
                    alias = specifier.child_by_field_name("alias") or specifier.child_by_field_name("name")
                    yield specifier, text_of(alias)


def required_names(declarator: Node) -> Iterator[tuple[str, str]]:
    """For each name bound by ``= require(...)``: the name and a statement that requires it alone."""
    target, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
    if target is None or not is_require(value):
        return
    source = text_of(value)
    if target.type == "identifier":
        yield text_of(target), f"const {text_of(target)} = {source}"
    for part in target.named_children:
        name = part.child_by_field_name("value") or part
        if name.type in ("identifier", "shorthand_property_identifier_pattern"):
            yield text_of(name), f"const {{ {text_of(part)} }} = {source}"


def bound_by(statement: str) -> str:
    """``c`` for ``import { b as c } from "d"`` and for ``const { b: c } = require("d")``."""
    head = re.split(r"\bfrom\b|=", statement.replace("{", " ").replace("}", " "), maxsplit=1)[0]
    words = re.findall(r"[\w$]+", head)
    return words[-1] if words else ""
