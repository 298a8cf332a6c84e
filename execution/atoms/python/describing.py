"""What a reader of Python sees first: signatures and docstrings."""

from __future__ import annotations

import ast

from tree_sitter import Node

from execution.atoms.pieces import Piece
from execution.atoms.source import text_of


def signature(piece: Piece) -> str:
    """``def f(a: int) -> str`` or ``class A(B)`` on one line."""
    node = piece.definition
    body = None if node is None else node.child_by_field_name("body")
    if node is None or body is None or node.text is None:
        return ""
    colon = next(child for child in reversed(node.children) if child.type == ":" and child.end_byte <= body.start_byte)
    head = node.text[: colon.start_byte - node.start_byte].decode("utf-8", "surrogateescape")
    return " ".join(head.split())


def docstring(piece: Piece) -> str:
    """The docstring's value, indentation removed."""
    first: Node | None = piece.nodes[0] if piece.nodes and piece.start_row == 0 else None
    if piece.definition is not None:
        body = piece.definition.child_by_field_name("body")
        first = body.named_child(0) if body is not None and body.named_child_count else None
        while first is not None and first.type == "comment":
            first = first.next_named_sibling
    if first is None or not is_text(first):
        return ""
    try:
        value = ast.literal_eval(text_of(first.children[0]))
    except (ValueError, SyntaxError):
        return ""
    return _dedented(value) if isinstance(value, str) else ""


def is_text(node: Node) -> bool:
    """A statement that is a string and nothing else."""
    return node.type == "expression_statement" and [child.type for child in node.children] == ["string"]


def _dedented(text: str) -> str:
    lines = text.strip().split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return "\n".join([lines[0], *(line[margin:] for line in lines[1:])]).strip()
