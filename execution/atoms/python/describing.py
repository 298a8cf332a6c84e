"""What a reader of Python sees first: signatures and docstrings."""

from __future__ import annotations

import ast
import re

from tree_sitter import Node

from common.python_source import parse_expression
from execution.atoms.pieces import Piece
from execution.atoms.source import text_of

QUOTES = ('"""', "'''")
INDENTS = re.compile(r"\n([^\S\n]*)(?=\S)")
"""The white space that lines begin with, the first line and blank ones left out."""


def signature(piece: Piece, data: bytes) -> str:
    """``def f(a: int) -> str`` or ``class A(B)`` on one line."""
    node = piece.definition
    body = None if node is None else node.child_by_field_name("body")
    if node is None or body is None:
        return ""
    head = data[node.start_byte : body.start_byte].rstrip()
    if b"#" in head or not head.endswith(b":"):
        head = data[node.start_byte : _end_of_head(node, body)]
    return " ".join(head.removesuffix(b":").decode("utf-8", "surrogateescape").split())


def _end_of_head(node: Node, body: Node) -> int:
    """Where comments or line continuations stand between the colon and the body."""
    colon = next(child for child in reversed(node.children) if child.type == ":" and child.end_byte <= body.start_byte)
    return colon.end_byte


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
    text = text_of(first.children[0])
    if text.startswith(QUOTES) and "\\" not in text and "\r" not in text:
        return _dedented(text[3:-3])
    try:
        value = ast.literal_eval(parse_expression(text.lstrip()))
    except (ValueError, SyntaxError):
        return ""
    return _dedented(value) if isinstance(value, str) else ""


def is_text(node: Node) -> bool:
    """A statement that is a string and nothing else."""
    return node.type == "expression_statement" and node.child_count == 1 and node.children[0].type == "string"


def _dedented(text: str) -> str:
    text = text.strip()
    margin = min(map(len, INDENTS.findall(text)), default=0)
    return re.sub(rf"\n[^\S\n]{{0,{margin}}}", "\n", text).strip() if margin else text
