"""What an outline is made of: statements and regions as a grammar gives them, items to choose cuts among, pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tree_sitter import Node

from execution.atoms.atom import Kind
from execution.atoms.source import Boundaries
from execution.atoms.tiling import Rows

Role = Literal["import", "function", "class", "namespace", "plain"]


Lines = tuple[list[Node], int, int]
"""Nodes that are never separated, with their first and their last row: a statement or member, with its decorators and
what shares its lines. Rows count from 0, comments above not included. A plain tuple, since there are so many of them.
"""


@dataclass(slots=True)
class Statement:
    """``Lines`` with what they are: ``definition`` is the function or class, decorators and ``export`` taken off.
    ``overloads`` are signatures of the same function above it.
    """

    nodes: list[Node]
    first_row: int
    last_row: int
    role: Role = "plain"
    name: str = ""
    definition: Node | None = None
    overloads: Sequence[Statement] = ()
    regions: list[Region] | None = None
    """Those of a long statement, once they were asked for."""


@dataclass(slots=True)
class Region:
    """A place inside a long statement that may be cut: a block, a class body, the members of an object.

    ``head_row`` to ``open_row`` are the lines before its first statement, since the region before; ``close_row`` is
    the line of its closing bracket, -1 in a language without. ``is_clause`` says that the head begins a node.
    """

    block: Node
    head_row: int
    open_row: int
    close_row: int = -1
    is_clause: bool = True
    statements: list[Statement] | None = None
    """Those in the block, once they were asked for."""


@dataclass(slots=True)
class Piece:
    """A tile before it becomes an atom. ``parent`` and ``unit_of`` are indices of pieces.

    ``code_row`` is where the comments above it end.
    """

    start_row: int
    code_row: int
    kind: Kind
    name: str
    qualname: str
    parent: int | None
    unit_of: int | None
    nodes: list[Node]
    definition: Node | None = None


class Grammar(Protocol):
    """What an outline asks of a language."""

    def statements(self, block: Node, rows: Rows) -> list[Statement]:
        """The statements or members of a file or region in order; no two share a line."""

    def lines(self, block: Node, rows: Rows) -> Iterable[Lines]:
        """The same without what they are: enough inside a function, and quicker."""

    def regions(self, nodes: list[Node], first_row: int, rows: Rows) -> list[Region]:
        """The outermost regions of a statement in order, each beginning on a line below its opening."""

    def body(self, statement: Statement, rows: Rows) -> Region | None:
        """The region of a class or namespace that holds its members."""

    def run_kind(self, nodes: list[Node]) -> tuple[Kind, str]:
        """``constant`` or ``statement`` for a run of statements, and its name."""

    def boundaries(self, root: Node) -> Boundaries:
        """Where cuts may be, found apart from the outline."""
