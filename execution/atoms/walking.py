"""The walk over a tree that finds its names: what to do with a node is looked up by the number of its kind.

It visits every named node of a file, so it is written for speed: leaves are dealt with where they are seen, and what a
language has nothing to say about costs no call. Nothing may depend on the order in which nodes are met: bindings carry
the byte where they stand, and are put in the order of the file before names are resolved.
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
    TYPE = "it is the name of a type that is read"
    FIRST = "only its first child is looked at"
    LAST = "only its last named child is looked at"


class Count(IntEnum):
    """What a node counts as, whatever else is done with it."""

    BRANCH = 0
    OUTCOME = 1
    EFFECT = 2
    ANNOTATION = 3
    OPERATOR = 4
    """A branch if the second child is among ``SHORT_CIRCUITS``."""


Handler = Callable[[Any, Node, Scope], None]
Action = Handler | Step | Count | None
SHORT_CIRCUITS = frozenset({"&&", "||", "??"})
SKIP, LOAD, TYPE, FIRST, LAST = Step
KINDS = 1 << 16
"""More than any grammar has; an error has the last number."""


class Table:
    """Actions by number of kind. Kinds that are not named, and errors, are walked through."""

    def __init__(self, language: Language, actions: Mapping[str, Handler | Step], counts: Mapping[str, Count]) -> None:
        self.actions: list[Action] = [None] * KINDS
        for number in range(language.node_kind_count):
            name = language.node_kind_for_id(number)
            if name is not None and language.node_kind_is_named(number):
                self.actions[number] = _action(actions.get(name), counts.get(name))


def _action(action: Handler | Step | None, count: Count | None) -> Action:
    if count is None or action is None:
        return count if action is None else action
    if isinstance(action, Step):
        raise TypeError(f"{action} calls nobody, so nothing can be counted with it")

    def counting(walk: NameWalk, node: Node, scope: Scope) -> None:
        walk.count(node, count)
        action(walk, node, scope)

    return counting


class NameWalk(Names):
    """Walks a whole file once. ``starts`` are the bytes where its pieces begin."""

    def __init__(self, root: Node, data: bytes, starts: Sequence[int], table: Table) -> None:
        super().__init__(starts)
        self._data = data
        self._texts: dict[bytes, str] = {}
        self._reads: list[Node] = []
        self._walked: list[tuple[Scope, int]] = []
        """The scopes in the order in which they were walked, and how many names had been read before each."""
        self._type_names: list[tuple[Scope, Node]] = []
        """Names of types that were read: for languages that say which names are types."""
        self._counted: tuple[list[Node], ...] = ([], [], [], [], [])
        """By ``Count``."""
        self._below: list[Node] = []
        self._scope = self.module
        self._todo: list[tuple[list[Node], Scope]] = [([root], self.module)]
        self._walk(table.actions)
        self._tally()
        self.resolve(self._loads())

    def decode(self, raw: bytes) -> str:
        """A name as the language compares it."""
        return raw.decode("utf-8", "surrogateescape")

    def text(self, node: Node | None) -> str:
        return "" if node is None else self._text(self._data[node.start_byte : node.end_byte])

    def piece(self, node: Node) -> int:
        return bisect_right(self.starts, node.start_byte) - 1

    def piece_at(self, start: int) -> int:
        return bisect_right(self.starts, start) - 1

    def visit(self, nodes: list[Node], scope: Scope) -> None:
        """Walk these too. What comes in a row for one scope is walked at once."""
        todo = self._todo
        if scope is self._scope:
            self._below.extend(nodes)
        elif todo and todo[-1][1] is scope:
            todo[-1][0].extend(nodes)
        else:
            todo.append((nodes, scope))

    def visit_but(self, node: Node, scope: Scope, *others: Node | None) -> None:
        """Walk the children of ``node`` without ``others``."""
        self.visit([child for child in node.named_children if child not in others], scope)

    def read(self, node: Node) -> None:
        """A name is read, in the scope that is being walked."""
        self._reads.append(node)

    def count(self, node: Node, as_what: Count) -> None:
        self._counted[as_what].append(node)

    def bind_node(self, node: Node, scope: Scope) -> None:
        start = node.start_byte
        self.bind(self._text(self._data[start : node.end_byte]), scope, start)

    def _text(self, raw: bytes) -> str:
        known = self._texts.get(raw)
        if known is None:
            known = self._texts[raw] = self.decode(raw)
        return known

    def _walk(self, actions: Sequence[Action]) -> None:
        todo, counted, reads, types = self._todo, self._counted, self._reads, self._type_names
        while todo:
            below, scope = self._below, self._scope = todo.pop()
            self._walked.append((scope, len(reads)))
            while below:
                node = below.pop()
                action = actions[node.kind_id]
                if action is LOAD:
                    reads.append(node)
                elif action is None:
                    below.extend(node.named_children)
                elif action is FIRST:
                    below.append(node.child(0))
                elif action is SKIP:
                    continue
                elif action.__class__ is Count:
                    counted[action].append(node)
                    below.extend(node.named_children)
                elif action is TYPE:
                    reads.append(node)
                    types.append((scope, node))
                elif action is LAST:
                    below.extend(node.named_children[-1:])
                else:
                    action(self, node, scope)  # type: ignore[operator]  # neither step nor count, so a handler

    def _tally(self) -> None:
        usages, starts = self.usages, self.starts
        branches, outcomes, effects, annotations, operators = self._counted
        branches.extend([node for node in operators if node.child(1).type in SHORT_CIRCUITS])
        for node in effects:
            usages[bisect_right(starts, node.start_byte) - 1].effects += 1
        for node in branches:
            usages[bisect_right(starts, node.start_byte) - 1].complexity += 1
        for node in outcomes:
            usages[bisect_right(starts, node.start_byte) - 1].outcomes += 1
        for node in annotations:
            usages[bisect_right(starts, node.start_byte) - 1].annotations += 1

    def _loads(self) -> Iterator[tuple[Scope, Iterable[tuple[str, int]]]]:
        """For each scope the names that were read in it, and by which piece; each once."""
        data, starts, texts, text = self._data, self.starts, self._texts, self._text
        reads = [
            (
                texts.get(raw := data[(start := node.start_byte) : node.end_byte]) or text(raw),
                bisect_right(starts, start) - 1,
            )
            for node in self._reads
        ]
        ends = [first for _, first in self._walked[1:]] + [len(reads)]
        for (scope, first), end in zip(self._walked, ends, strict=True):
            if first < end:
                yield scope, dict.fromkeys(reads[first:end])
