"""The names that statements bind, before anything of them is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from execution.graph.javascript.syntax import (
    CLASSES,
    FUNCTION_DECLARATIONS,
    LEXICAL,
    NAMES,
    TYPE_DECLARATIONS,
    line_of,
    text_of,
)
from execution.graph.javascript.values import Scope, Site, Variable

WRAPPERS = frozenset({"export_statement", "ambient_declaration", "expression_statement"})
NAMED = FUNCTION_DECLARATIONS | CLASSES | TYPE_DECLARATIONS | {"enum_declaration"}
NESTING = frozenset(
    "statement_block if_statement else_clause for_statement for_in_statement while_statement do_statement "
    "try_statement catch_clause finally_clause switch_statement switch_body switch_case switch_default "
    "labeled_statement export_statement with_statement".split()
)


def unwrapped(statement: Node) -> Node:
    """The declaration inside ``export`` or ``declare``; the statement itself when there is none."""
    node = statement
    while node.type in WRAPPERS:
        inner = [child for child in node.named_children if child.type not in ("decorator", "comment")]
        wanted = node.child_by_field_name("declaration") or (inner[0] if inner else None)
        if wanted is None or not _declares(wanted):
            return node
        node = wanted
    return node


def _declares(node: Node) -> bool:
    kind = node.type
    return kind in WRAPPERS or kind in NAMED or kind in LEXICAL or kind in ("internal_module", "module", "import_alias")


def declare(scope: Scope, statements: Sequence[Node], path: str) -> None:
    """Bind what a block declares; ``var`` is left to :func:`declare_vars`."""
    for statement in statements:
        node = unwrapped(statement)
        kind = node.type
        if kind == "lexical_declaration":
            is_constant = node.children[0].type == "const"
            for name in declared_names(node):
                bind(scope, name, path).is_constant |= is_constant
        elif (
            kind in FUNCTION_DECLARATIONS or kind in CLASSES or kind in TYPE_DECLARATIONS or kind == "enum_declaration"
        ):
            name_node = node.child_by_field_name("name")
            if name_node is not None:
                bind(scope, name_node, path)
        elif kind in ("internal_module", "module"):
            name_node = node.child_by_field_name("name")
            while name_node is not None and name_node.type == "nested_identifier":
                name_node = name_node.child_by_field_name("object")
            if name_node is not None and name_node.type == "identifier":
                bind(scope, name_node, path)


def declare_vars(scope: Scope, statements: Sequence[Node], path: str) -> None:
    """Bind every ``var`` below, functions left out."""
    todo = list(reversed(statements))
    while todo:
        node = todo.pop()
        if node.type == "variable_declaration":
            for name in declared_names(node):
                bind(scope, name, path)
        elif node.type == "for_in_statement" and (kind := node.child_by_field_name("kind")) and kind.type == "var":
            left = node.child_by_field_name("left")
            for name in names_in(left) if left is not None else ():
                bind(scope, name, path)
        if node.type in NESTING:
            todo.extend(reversed(node.named_children))


def bind(scope: Scope, name: Node, path: str) -> Variable:
    variable = scope.variable(text_of(name))
    variable.sites[Site(path, line_of(name), name.start_byte)] = None
    return variable


def declared_names(declaration: Node) -> Iterator[Node]:
    for declarator in declaration.named_children:
        if declarator.type == "variable_declarator":
            name = declarator.child_by_field_name("name")
            if name is not None:
                yield from names_in(name)


def names_in(pattern: Node) -> Iterator[Node]:
    """The identifiers that a pattern binds."""
    kind = pattern.type
    if kind in NAMES:
        yield pattern
    elif kind in ("assignment_pattern", "object_assignment_pattern"):
        left = pattern.child_by_field_name("left")
        if left is not None:
            yield from names_in(left)
    elif kind == "pair_pattern":
        value = pattern.child_by_field_name("value")
        if value is not None:
            yield from names_in(value)
    elif kind in ("object_pattern", "array_pattern", "rest_pattern"):
        for part in pattern.named_children:
            yield from names_in(part)
