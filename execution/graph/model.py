"""The dependency graph: atoms as nodes, and edges from the atom that is needed to the atom that needs it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from execution.atoms import Atom, Kind

EdgeType = Literal["import", "data", "control", "type"]
Timing = Literal["checking", "callback", "call", "import", "definition"]
"""When the need arises: only for a type checker, when a function runs what it was given, when a function runs, when
the module is imported, or to define the thing at all (bases, decorators, a method's class, the order of pieces)."""


@dataclass(frozen=True, slots=True)
class Node:
    """An atom as the graph sees it. Nodes with one ``unit`` share a wave."""

    id: str
    path: str
    qualname: str
    kind: Kind
    unit: str
    lines: int = 1

    @classmethod
    def of(cls, atom: Atom) -> Node:
        return cls(atom.id, atom.path, atom.qualname, atom.kind, atom.unit, atom.loc)


@dataclass(frozen=True, slots=True)
class Edge:
    """``source`` is needed by ``target``. ``weight`` counts the lines that cause it, ``line`` is the first of them."""

    source: str
    target: str
    type: EdgeType
    weight: int = 1
    broken: bool = False
    reason: str = ""
    line: int = 0
    timing: Timing = "import"


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in file order; edges sorted. Without its broken edges, and with units contracted, it has no cycle."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @property
    def broken_edges(self) -> tuple[Edge, ...]:
        return tuple(edge for edge in self.edges if edge.broken)

    def needed_by(self, node: str) -> tuple[str, ...]:
        """Ids of the nodes that ``node`` needs directly, sorted."""
        return tuple(sorted({edge.source for edge in self.edges if edge.target == node}))

    def dependents_of(self, nodes: Iterable[str]) -> frozenset[str]:
        """Everything that needs ``nodes``, directly or through others, over edges that are not broken."""
        after: dict[str, list[str]] = {}
        for edge in self.edges:
            if not edge.broken:
                after.setdefault(edge.source, []).append(edge.target)
        found: set[str] = set()
        todo = list(nodes)
        while todo:
            for target in after.get(todo.pop(), ()):
                if target not in found:
                    found.add(target)
                    todo.append(target)
        return frozenset(found)
