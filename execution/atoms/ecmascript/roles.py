"""What a statement or member of TypeScript and JavaScript is: an import, a definition with its name, or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tree_sitter import Node

from execution.atoms.ecmascript.nodes import (
    CLASSES,
    FIELDS,
    FUNCTIONS,
    NAMESPACES,
    SIGNATURES,
    VARIABLES,
    WRAPPING,
    has_methods,
    is_require,
    name_of,
    unwrapped,
    value_of,
)
from execution.atoms.pieces import Role
from execution.atoms.source import text_of

Found = tuple[Role, str, Node]
"""What a node is; of a definition also its name and its node."""


def role_of(node: Node) -> Found:
    find = STATEMENTS.get(node.type)
    return _plain(node) if find is None else find(node)


def is_directive(node: Node) -> bool:
    """``"use strict"`` and its like."""
    return (
        node.type == "expression_statement" and node.named_child_count == 1 and node.named_children[0].type == "string"
    )


def _plain(node: Node) -> Found:
    return "plain", "", node


def _import(node: Node) -> Found:
    return "import", "", node


def _function(node: Node) -> Found:
    return "function", name_of(node) or "default", node


def _class(node: Node) -> Found:
    return "class", name_of(node) or "default", node


def _namespace(node: Node) -> Found:
    return "namespace", text_of(node.child_by_field_name("name")).strip("'\""), node


def _field(node: Node) -> Found:
    value = _definition_in(node.child_by_field_name("value"))
    return _plain(node) if value is None else _valued(value, name_of(node))


def _pair(node: Node) -> Found:
    value = _definition_in(node.child_by_field_name("value"))
    return _plain(node) if value is None else _valued(value, text_of(node.child_by_field_name("key")))


def _assigned(node: Node) -> Found:
    """``exports.f = function () {}``, ``A.prototype.m = function () {}``, ``module.exports = class {}``."""
    value = _definition_in(node.child_by_field_name("right"))
    target = None if value is None else node.child_by_field_name("left")
    if value is None or target is None or target.type not in ("member_expression", "identifier"):
        return _plain(node)
    name = text_of(target)
    if "\n" in name:
        return _plain(node)
    for prefix in ("module.exports.", "exports."):
        name = name.removeprefix(prefix)
    if name == "module.exports":
        name = name_of(value) or "exports"
    return _valued(value, name.replace(".prototype.", "."))


def _variables(node: Node) -> Found:
    declarators = [child for child in node.named_children if child.type == "variable_declarator"]
    if len(declarators) == 1:
        value = _definition_in(declarators[0].child_by_field_name("value"))
        target = None if value is None else declarators[0].child_by_field_name("name")
        if value is not None and target is not None and target.type == "identifier":
            return _valued(value, text_of(target))
    return _plain(node)


def _variables_or_import(node: Node) -> Found:
    """``const a = require("b")`` is an import, also with a member taken or called right away."""
    values = [
        child.child_by_field_name("value") for child in node.named_children if child.type == "variable_declarator"
    ]
    return _import(node) if values and all(map(is_require, values)) else _variables(node)


def _wrapped(node: Node) -> Found:
    """What is exported, declared, or a statement of nothing but an expression."""
    is_export = node.type == "export_statement"
    if is_export and node.child_by_field_name("source") is not None:
        return _import(node)
    inner = unwrapped(node)
    find = DECLARATIONS.get(inner.type)
    if find is not None:
        return find(inner)
    if inner.type == "statement_block" and node.type == "ambient_declaration":
        return "namespace", "global", inner
    value = _definition_in(inner) if is_export else None
    return _plain(inner) if value is None else _valued(value, "default")


def _definition_in(value: Node | None) -> Node | None:
    """The function, the class or the object with methods that a value is, if it is one."""
    value = value_of(value)
    if value is None:
        return None
    kind = value.type
    return value if kind in FUNCTIONS or kind == "class" or (kind == "object" and has_methods(value)) else None


def _valued(value: Node, name: str) -> Found:
    kind = value.type
    if kind == "class":
        return "class", name, value
    return "class" if kind == "object" else "function", name.strip("'\""), value


Finder = Callable[[Node], Found]
DECLARATIONS: Mapping[str, Finder] = {
    **dict.fromkeys(FUNCTIONS | SIGNATURES, _function),
    **dict.fromkeys(CLASSES, _class),
    **dict.fromkeys(NAMESPACES, _namespace),
    **dict.fromkeys(VARIABLES, _variables),
    **dict.fromkeys(FIELDS, _field),
    "pair": _pair,
    "assignment_expression": _assigned,
}
STATEMENTS: Mapping[str, Finder] = {
    **DECLARATIONS,
    **dict.fromkeys(VARIABLES, _variables_or_import),
    **dict.fromkeys(WRAPPING, _wrapped),
    "import_statement": _import,
}
