"""Node types of the grammars of TypeScript, TSX and JavaScript, and the definition inside a statement."""

from __future__ import annotations

import re

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

METHOD = re.compile(rb"\)\s*[/{:\x80-\xff]")
"""What is before the body of a method, its type, or a comment or white space beyond ASCII before these."""
AS_TYPE = re.compile(rb"as[^\w$]")


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
    """What a statement or member is; of a definition also its name and its node."""
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
        value = _definition_in(inner.child_by_field_name("value"))
        return ("plain", "", inner) if value is None else _valued(value, name_of(inner))
    if kind == "pair":
        value = _definition_in(inner.child_by_field_name("value"))
        return ("plain", "", inner) if value is None else _valued(value, text_of(inner.child_by_field_name("key")))
    if kind == "assignment_expression":
        return _assigned(inner)
    value = _definition_in(inner) if node.type == "export_statement" else None
    return ("plain", "", inner) if value is None else _valued(value, "default")


def _variable(node: Node) -> tuple[Role, str, Node]:
    declarators = [child for child in node.named_children if child.type == "variable_declarator"]
    if len(declarators) == 1:
        value = _definition_in(declarators[0].child_by_field_name("value"))
        target = None if value is None else declarators[0].child_by_field_name("name")
        if value is not None and target is not None and target.type == "identifier":
            return _valued(value, text_of(target))
    return "plain", "", node


def _assigned(node: Node) -> tuple[Role, str, Node]:
    """``exports.f = function () {}``, ``A.prototype.m = function () {}``, ``module.exports = class {}``."""
    value = _definition_in(node.child_by_field_name("right"))
    target = None if value is None else node.child_by_field_name("left")
    if value is None or target is None or target.type not in ("member_expression", "identifier"):
        return "plain", "", node
    name = text_of(target)
    if "\n" in name:
        return "plain", "", node
    for prefix in ("module.exports.", "exports."):
        name = name.removeprefix(prefix)
    if name == "module.exports":
        name = name_of(value) or "exports"
    return _valued(value, name.replace(".prototype.", "."))


def _definition_in(value: Node | None) -> Node | None:
    """The function, the class or the object with methods that a value is, if it is one."""
    value = value_of(value)
    if value is None:
        return None
    kind = value.type
    return value if kind in FUNCTIONS or kind == "class" or (kind == "object" and has_methods(value)) else None


def _valued(value: Node, name: str) -> tuple[Role, str, Node]:
    kind = value.type
    if kind == "class":
        return "class", name, value
    return "class" if kind == "object" else "function", name.strip("'\""), value


def has_methods(node: Node) -> bool:
    """An object literal with functions as members."""
    return may_have_functions(node) and any(map(_is_method, node.named_children))


def _is_method(member: Node) -> bool:
    kind = member.type
    if kind != "pair":
        return kind == "method_definition"
    value = value_of(member.child_by_field_name("value"))
    return value is not None and value.type in FUNCTIONS and value.end_point[0] > value.start_point[0]


def may_have_functions(node: Node) -> bool:
    """Whether the text of an object may hold functions, classes or types: a text is searched quicker than a tree.

    Where something is wrong the tree may have what the text has not. The pieces are searched one by one because each
    begins with a letter that is quickly found.
    """
    text = node.text or b""
    return (
        b"=>" in text
        or b"function" in text
        or b"class" in text
        or b"<" in text
        or b"satisfies" in text
        or METHOD.search(text) is not None
        or AS_TYPE.search(text) is not None
        or node.has_error
    )


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
