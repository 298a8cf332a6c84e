"""Pictures of a stored graph, through the pure core that lays them out."""

from __future__ import annotations

import json

from execution.graph.model import Edge, Graph, Node
from execution.graph.picture import picture, to_json, to_mermaid
from execution.graph.svg import to_svg
from execution.models import Atom, AtomDependency, DependencyGraph, WaveAtom


def picture_as(stored: DependencyGraph, wanted: str) -> tuple[str, str]:
    """Content type and text of the graph as ``json``, ``svg`` or ``mermaid``. Three queries."""
    memberships = WaveAtom.objects.filter(graph=stored).order_by("wave__number", "position")
    waves: dict[int, list[str]] = {}
    for number, atom_id in memberships.values_list("wave__number", "atom_id"):
        waves.setdefault(number, []).append(str(atom_id))
    atoms = Atom.objects.filter(memberships__graph=stored).order_by("number")
    nodes = tuple(
        Node(id=str(atom.pk), path=atom.path, qualname=atom.qualname, kind=atom.kind, unit=atom.unit)  # type: ignore[arg-type]  # kinds are stored as text
        for atom in atoms
    )
    edges = tuple(
        Edge(source=str(source), target=str(target), type=kind, broken=broken, reason=reason)  # type: ignore[arg-type]  # types are constrained by the database
        for source, target, kind, broken, reason in AtomDependency.objects.filter(graph=stored).values_list(
            "source_id", "target_id", "type", "broken", "reason"
        )
    )
    states = {str(atom.pk): atom.status for atom in atoms}
    drawn = picture(Graph(nodes=nodes, edges=edges), [waves[number] for number in sorted(waves)], states)
    if wanted == "svg":
        return "image/svg+xml", to_svg(drawn)
    if wanted == "mermaid":
        return "text/plain; charset=utf-8", to_mermaid(drawn)
    return "application/json", json.dumps(to_json(drawn))
