"""Node types of the grammars of TypeScript, TSX and JavaScript, and what is below a node of them."""

from __future__ import annotations

import re

from tree_sitter import Node

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
CLASS = re.compile(rb"class[^\w$]")


def unwrapped(node: Node) -> Node:
    """The declaration under ``export``, ``declare`` and the statement around an expression."""
    inner: Node | None
    while (kind := node.type) in WRAPPING:
        if kind == "expression_statement":
            inner = node.named_child(0)
        elif kind == "export_statement":
            inner = node.child_by_field_name("declaration") or node.child_by_field_name("value")
        else:
            inner = next((child for child in node.named_children if child.type not in COMMENTS), None)
        if inner is None:
            return node
        node = inner
    return node


def value_of(node: Node | None) -> Node | None:
    """The expression inside brackets and type assertions."""
    while node is not None and node.type in WRAPPERS and node.named_child_count:
        node = node.named_children[0]
    return node


def has_methods(node: Node) -> bool:
    """An object literal with functions as members."""
    return may_have_functions(node) and any(map(is_method, node.named_children))


def is_method(member: Node) -> bool:
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
        or b"<" in text
        or b"satisfies" in text
        or METHOD.search(text) is not None
        or AS_TYPE.search(text) is not None
        or CLASS.search(text) is not None
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


def is_require(value: Node | None) -> bool:
    while value is not None and value.type == "member_expression":
        value = value.child_by_field_name("object")
    if value is None or value.type != "call_expression":
        return False
    function = value.child_by_field_name("function")
    if function is None or function.type != "identifier":
        return is_require(function)
    return function.text == b"require"
