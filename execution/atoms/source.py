"""Texts and places of nodes."""

from __future__ import annotations

import threading
from typing import NamedTuple

from tree_sitter import Language, Node, Parser, Tree

TRIVIA = frozenset({"comment", "html_comment", "line_continuation", "hash_bang_line"})


class Parsing(threading.local):
    """Parses with one parser for each thread: a new one for each file has to allocate anew what it works with."""

    def __init__(self, language: Language) -> None:
        self._parser = Parser(language)

    def __call__(self, data: bytes) -> Tree:
        return self._parser.parse(data)


def numbers_of(language: Language, kinds: frozenset[str]) -> frozenset[int]:
    """The numbers of named kinds of nodes: several times as quickly compared as their names."""
    return frozenset(
        number
        for number in range(language.node_kind_count)
        if language.node_kind_is_named(number) and language.node_kind_for_id(number) in kinds
    )


def text_of(node: Node | None) -> str:
    """Bytes that are not UTF-8 survive as surrogates; no node has no text."""
    text = None if node is None else node.text
    return "" if text is None else text.decode("utf-8", "surrogateescape")


def split_at_commas(text: str, opening: str = "([{", closing: str = ")]}") -> list[str]:
    """Split at commas that stand outside brackets."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in opening) - (character in closing)
        if character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [part for part in [*parts, current.strip()] if part]


class Boundaries(NamedTuple):
    """Where statements, members and clauses begin, and the end of what begins at a byte and is no code."""

    starts: set[int]
    trivia: dict[int, int]


def boundaries_below(root: Node, containers: frozenset[str], clauses: frozenset[str]) -> Boundaries:
    """Children of containers and clauses, wherever they are; found apart from the outline, to judge its cuts."""
    found = Boundaries(set(), {})
    todo = [root]
    while todo:
        node = todo.pop()
        children = node.children
        is_container = node.type in containers
        for child in children:
            kind = child.type
            if kind in TRIVIA:
                found.trivia[child.start_byte] = child.end_byte
            elif (is_container and child.is_named) or kind in clauses:
                found.starts.add(child.start_byte)
        todo.extend(children)
    return found
