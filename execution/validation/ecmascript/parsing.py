"""Parsing TypeScript and JavaScript, and whether a text parses at all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts")


def is_ecmascript(path: str) -> bool:
    return path.endswith(SUFFIXES)


def parse(path: str, text: str) -> Tree:
    return _parser(PurePosixPath(path).suffix).parse(text.encode("utf-8", "replace"))


def syntax_error(path: str, text: str) -> tuple[int, int, str] | None:
    """(line, column, message) of the first place that does not parse; None when all does."""
    root = parse(path, text).root_node
    if not root.has_error:
        return None
    for node in walk(root):
        if node.is_missing:
            return _place(node, f"{node.type} is missing here.")
        if node.is_error:
            return _place(node, "This does not parse.")
    return 1, 0, "This does not parse."


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(found.children))


def words_of(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def line_of(node: Node) -> int:
    return node.start_point[0] + 1


def _place(node: Node, message: str) -> tuple[int, int, str]:
    return node.start_point[0] + 1, node.start_point[1] + 1, message


@cache
def _parser(suffix: str) -> Parser:
    if suffix == ".tsx":
        return Parser(Language(tree_sitter_typescript.language_tsx()))
    if suffix in TYPESCRIPT:
        return Parser(Language(tree_sitter_typescript.language_typescript()))
    return Parser(Language(tree_sitter_javascript.language()))
