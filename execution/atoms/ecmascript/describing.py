"""What a reader of TypeScript and JavaScript sees first: signatures and doc comments."""

from __future__ import annotations

from tree_sitter import Node

from execution.atoms.ecmascript.nodes import COMMENTS
from execution.atoms.pieces import Piece
from execution.atoms.source import text_of

ABOVE = COMMENTS | {"decorator"}


def signature(piece: Piece, data: bytes) -> str:
    """``export function f(a: string): number``, ``const f = (a) =>``, ``class A extends B``, on one line."""
    node = piece.definition
    if node is None or not piece.nodes:
        return ""
    statement = _outermost(node, piece.nodes)
    body = node if node.type in ("object", "statement_block") else node.child_by_field_name("body")
    end = statement.end_byte if body is None else body.start_byte
    text = data[_begin_of_head(statement) : end].decode("utf-8", "surrogateescape")
    return " ".join(text.split()).rstrip(";")


def _outermost(definition: Node, nodes: list[Node]) -> Node:
    """The statement of the piece that holds the definition."""
    return next(
        (node for node in nodes if node.start_byte <= definition.start_byte and definition.end_byte <= node.end_byte),
        definition,
    )


def _begin_of_head(statement: Node) -> int:
    """Behind decorators and comments."""
    if statement.child_count and statement.child(0).type not in ABOVE:
        return statement.start_byte
    return next((child.start_byte for child in statement.children if child.type not in ABOVE), statement.start_byte)


def documentation(piece: Piece) -> str:
    """The ``/** ... */`` above a definition, without its stars."""
    first = piece.nodes[0] if piece.nodes else None
    if first is None or piece.definition is None:
        return ""
    above = first.prev_sibling
    if above is None or above.type != "comment":
        return ""
    text = text_of(above)
    return undecorated(text) if text.startswith("/**") else ""


def undecorated(comment: str) -> str:
    lines = comment.removeprefix("/**").removesuffix("*/").split("\n")
    return "\n".join(map(_without_star, lines)).strip()


def _without_star(line: str) -> str:
    text = line.strip()
    if text.startswith("*"):
        return text[2:] if text.startswith("* ") else text[1:]
    return line.rstrip()
