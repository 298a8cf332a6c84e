"""Node types of the grammars of TypeScript, TSX and JavaScript, and the definition inside a statement."""

from __future__ import annotations

from tree_sitter import Node

from execution.atoms.pieces import Role
from execution.atoms.source import text_of

COMMENTS = frozenset({"comment", "html_comment"})
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "generator_function_declaration",
        "function_expression",
        "generator_function",
        "arrow_function",
        "method_definition",
    }
)
SIGNATURES = frozenset({"function_signature", "method_signature", "abstract_method_signature"})
CLASSES = frozenset(
    {
        "class_declaration",
        "abstract_class_declaration",
        "class",
        "interface_declaration",
        "enum_declaration",
    }
)
NAMESPACES = frozenset({"internal_module", "module"})
VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})
FIELDS = frozenset({"public_field_definition", "field_definition"})
MEMBERS = FIELDS | SIGNATURES | {"property_signature", "enum_assignment", "method_definition"}
NAMED_MEMBERS = MEMBERS | {"pair", "property_identifier", "shorthand_property_identifier"}
WRAPPING = frozenset({"export_statement", "ambient_declaration", "expression_statement"})
WRAPPERS = frozenset({"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"})


def unwrapped(node: Node) -> Node:
    """The declaration under ``export``, ``declare`` and the statement around an expression."""
    while True:
        if node.type == "export_statement":
            inner = node.child_by_field_name("declaration") or node.child_by_field_name("value")
        elif node.type == "ambient_declaration":
            inner = next((child for child in node.named_children if child.type not in COMMENTS), None)
        elif node.type == "expression_statement":
            inner = node.named_children[0] if node.named_child_count else None
        else:
            return node
        if inner is None:
            return node
        node = inner


def value_of(node: Node | None) -> Node | None:
    """The expression inside brackets and type assertions."""
    while node is not None and node.type in WRAPPERS and node.named_child_count:
        node = node.named_children[0]
    return node


def role_of(node: Node) -> tuple[Role, str, Node]:
    """What a statement or member is, its name, and its definition."""
    inner = unwrapped(node) if node.type in WRAPPING else node
    kind = inner.type
    if kind in FUNCTIONS or kind in SIGNATURES:
        return "function", name_of(inner) or "default", inner
    if kind in CLASSES:
        return "class", name_of(inner) or "default", inner
    if kind in NAMESPACES:
        return "namespace", text_of(inner.child_by_field_name("name")).strip("'\""), inner
    if kind == "statement_block" and node.type == "ambient_declaration":
        return "namespace", "global", inner
    if kind in VARIABLES:
        return _variable(inner)
    if kind in FIELDS:
        return _valued(inner, inner.child_by_field_name("value"), name_of(inner))
    if kind == "pair":
        return _valued(inner, inner.child_by_field_name("value"), text_of(inner.child_by_field_name("key")))
    return _of_expression(node, inner)


def _of_expression(node: Node, inner: Node) -> tuple[Role, str, Node]:
    if inner.type == "assignment_expression":
        return _assigned(inner)
    if node.type == "export_statement":
        return _valued(inner, inner, "default")
    return "plain", "", inner


def _variable(node: Node) -> tuple[Role, str, Node]:
    declarators = [child for child in node.named_children if child.type == "variable_declarator"]
    if len(declarators) != 1:
        return "plain", "", node
    target, value = declarators[0].child_by_field_name("name"), declarators[0].child_by_field_name("value")
    if target is None or target.type != "identifier":
        return "plain", "", node
    return _valued(node, value, text_of(target))


def _assigned(node: Node) -> tuple[Role, str, Node]:
    """``exports.f = function () {}``, ``A.prototype.m = function () {}``, ``module.exports = class {}``."""
    target = node.child_by_field_name("left")
    name = text_of(target)
    if target is None or target.type not in ("member_expression", "identifier") or "\n" in name:
        return "plain", "", node
    for prefix in ("module.exports.", "exports."):
        name = name.removeprefix(prefix)
    own = value_of(node.child_by_field_name("right"))
    if name == "module.exports" and own is not None:
        name = name_of(own) or "exports"
    return _valued(node, own, name.replace(".prototype.", "."))


def _valued(node: Node, value: Node | None, name: str) -> tuple[Role, str, Node]:
    value = value_of(value)
    if value is None:
        return "plain", name, node
    if value.type in FUNCTIONS:
        return "function", name.strip("'\""), value
    if value.type == "class":
        return "class", name, value
    if value.type == "object" and has_methods(value):
        return "class", name.strip("'\""), value
    return "plain", name, node


def has_methods(node: Node) -> bool:
    """An object literal with functions as members."""
    for member in node.named_children:
        if member.type == "method_definition":
            return True
        if member.type == "pair":
            value = value_of(member.child_by_field_name("value"))
            if value is not None and value.type in FUNCTIONS and value.end_point.row > value.start_point.row:
                return True
    return False


def name_of(node: Node) -> str:
    return text_of(node.child_by_field_name("name") or node.child_by_field_name("property")).strip("'\"")


def member_name(node: Node) -> str:
    """The name of a member of an object, a class, an interface or an enum; other nodes have none."""
    if node.type == "pair":
        return text_of(node.child_by_field_name("key")).strip("'\"")
    if node.type in ("property_identifier", "shorthand_property_identifier"):
        return text_of(node)
    return name_of(node) if node.type in MEMBERS else ""


def is_required(node: Node) -> bool:
    """``const a = require("b")``, also with a member taken or called right away."""
    if node.type not in VARIABLES:
        return False
    values = [
        child.child_by_field_name("value") for child in node.named_children if child.type == "variable_declarator"
    ]
    return bool(values) and all(is_require(value) for value in values)


def is_require(value: Node | None) -> bool:
    while value is not None and value.type == "member_expression":
        value = value.child_by_field_name("object")
    if value is None or value.type != "call_expression":
        return False
    function = value.child_by_field_name("function")
    return function is not None and (function.text == b"require" or is_require(function))


def is_directive(node: Node) -> bool:
    """``"use strict"`` and its like."""
    return (
        node.type == "expression_statement" and node.named_child_count == 1 and node.named_children[0].type == "string"
    )
