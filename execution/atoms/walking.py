"""The walk over a tree that finds its names: what to do with a node is looked up by the number of its kind.

It visits every named node of a file, so it is written for speed: leaves are dealt with where they are seen, and what a
language has nothing to say about costs no call.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum, IntEnum
from typing import Any

from tree_sitter import Language, Node

from execution.atoms.scopes import Names, Scope


class Step(Enum):
    """What is done with a node without calling anybody."""

    SKIP = "nothing in it is a name"
    LOAD = "it is a name that is read"
    FIRST = "only its first child is looked at"
    LAST = "only its last named child is looked at"


class Count(IntEnum):
    """What a node counts as, whatever else is done with it."""

    NOTHING = 0
    BRANCH = 1
    OUTCOME = 2
    EFFECT = 3
    ANNOTATION = 4
    OPERATOR = 5
    """A branch if the second child is among ``SHORT_CIRCUITS``."""


Handler = Callable[[Any, Node, Scope], None]
Action = Handler | Step | None
SHORT_CIRCUITS = frozenset({"&&", "||", "??"})
SKIP, LOAD, FIRST, LAST = Step.SKIP, Step.LOAD, Step.FIRST, Step.LAST


class Table:
    """Actions and counts by number of kind. Kinds that are not named are walked through."""

    def __init__(self, language: Language, actions: Mapping[str, Handler | Step], counts: Mapping[str, Count]) -> None:
        names = [language.node_kind_for_id(number) or "" for number in range(language.node_kind_count)]
        named = [language.node_kind_is_named(number) for number in range(language.node_kind_count)]
        self.actions: list[Action] = [
            actions.get(name) if is_named else None for name, is_named in zip(names, named, strict=True)
        ]
        self.counts = [
            int(counts.get(name, Count.NOTHING)) if is_named else 0 for name, is_named in zip(names, named, strict=True)
        ]


class NameWalk(Names):
    """Walks a whole file once. ``starts`` are the bytes where its pieces begin."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], table: Table) -> None:
        super().__init__(len(starts))
        self._data = data
        self._starts = starts
        self._actions = table.actions
        self._counts = table.counts
        self._texts: dict[bytes, str] = {}
        self._read: list[Node] = []
        self._read_in: list[Scope] = []
        self._counted: tuple[list[Node], ...] = tuple([] for _ in Count)
        self._todo: list[tuple[Handler, Node, Scope]] = []
        self._push([root], self.module)
        self._walk()
        self._tally()
        self.resolve(self._loads())

    def decode(self, raw: bytes) -> str:
        """A name as the language compares it."""
        return raw.decode("utf-8", "surrogateescape")

    def text(self, node: Node | None) -> str:
        return "" if node is None else self._text(self._data[node.start_byte : node.end_byte])

    def piece(self, node: Node) -> int:
        return bisect_right(self._starts, node.start_byte) - 1

    def visit(self, nodes: Iterable[Node | None], scope: Scope) -> None:
        """Walk these in order, before anything else that waits."""
        self._push([node for node in nodes if node is not None], scope)

    def visit_but(self, node: Node, scope: Scope, *others: Node | None) -> None:
        """Walk the children of ``node`` without ``others``."""
        self.visit([child for child in node.named_children if child not in others], scope)

    def read(self, node: Node, scope: Scope) -> None:
        self._read.append(node)
        self._read_in.append(scope)

    def bind_node(self, node: Node, scope: Scope) -> None:
        self.bind(self.text(node), scope, self.piece(node))

    def _text(self, raw: bytes) -> str:
        known = self._texts.get(raw)
        if known is None:
            known = self._texts[raw] = self.decode(raw)
        return known

    def _walk(self) -> None:
        todo = self._todo
        while todo:
            handler, node, scope = todo.pop()
            handler(self, node, scope)

    def _push(self, nodes: list[Node], scope: Scope) -> None:
        """Go down from ``nodes`` to all that needs a handler; those wait, in the order of the file."""
        actions, counts, counted = self._actions, self._counts, self._counted
        read, read_in = self._read.append, self._read_in.append
        known = len(actions)
        found: list[tuple[Handler, Node, Scope]] = []
        below = nodes[::-1]
        while below:
            node = below.pop()
            kind = node.kind_id
            if kind >= known:  # an error
                below.extend(node.named_children[::-1])
                continue
            action = actions[kind]
            if counts[kind]:
                counted[counts[kind]].append(node)
            if action is LOAD:
                read(node)
                read_in(scope)
            elif action is None:
                below.extend(node.named_children[::-1])
            elif action is FIRST:
                below.extend(node.children[:1])
            elif action is LAST:
                below.extend(node.named_children[-1:])
            elif action is not SKIP:
                found.append((action, node, scope))  # type: ignore[arg-type]  # no step, so a handler
        self._todo.extend(found[::-1])

    def _tally(self) -> None:
        usages, piece = self.usages, self.piece
        for node in self._counted[Count.EFFECT]:
            usages[piece(node)].effects += 1
        for node in self._counted[Count.BRANCH]:
            usages[piece(node)].complexity += 1
        for node in self._counted[Count.OUTCOME]:
            usages[piece(node)].outcomes += 1
        for node in self._counted[Count.ANNOTATION]:
            usages[piece(node)].annotations += 1
        for node in self._counted[Count.OPERATOR]:
            if node.children[1].type in SHORT_CIRCUITS:
                usages[piece(node)].complexity += 1

    def _loads(self) -> Iterator[tuple[Scope, str, int]]:
        """What was read: where, which name, by which piece."""
        data, starts, texts = self._data, self._starts, self._texts
        for scope, node in zip(self._read_in, self._read, strict=True):
            start = node.start_byte
            raw = data[start : node.end_byte]
            yield scope, texts.get(raw) or self._text(raw), bisect_right(starts, start) - 1
