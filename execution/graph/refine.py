"""Judge atoms again with what the graph knows: their real direct dependencies."""

from __future__ import annotations

from collections.abc import Mapping

from execution.atoms import CRITERIA, Atom, atomicity
from execution.atoms.criteria import MOST_DEPENDENCIES
from execution.graph.model import Graph


def refine(files: Mapping[str, tuple[Atom, ...]], graph: Graph) -> dict[str, tuple[Atom, ...]]:
    """The same atoms with ``failed_criteria`` and ``atomicity`` corrected by the graph's dependencies."""
    needed = direct_dependencies(graph)
    return {
        path: tuple(_refined(atom, len(needed.get(atom.id, ()))) for atom in atoms) for path, atoms in files.items()
    }


def direct_dependencies(graph: Graph) -> dict[str, frozenset[str]]:
    """For each atom the units it needs, without import atoms, its own unit, callbacks, and what only is checked."""
    nodes = {node.id: node for node in graph.nodes}
    found: dict[str, set[str]] = {}
    for edge in graph.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        if (
            source.kind != "import"
            and source.unit != target.unit
            and edge.timing not in ("checking", "callback")
            and target.kind != "import"
        ):
            found.setdefault(target.id, set()).add(source.unit)
    return {node: frozenset(units) for node, units in found.items()}


def _refined(atom: Atom, dependencies: int) -> Atom:
    holds = dependencies <= MOST_DEPENDENCIES
    failed = set(atom.failed_criteria) - {"has_few_dependencies"} | (set() if holds else {"has_few_dependencies"})
    ordered = tuple(name for name in CRITERIA if name in failed)
    return atom._replace(failed_criteria=ordered, atomicity=atomicity(ordered))
