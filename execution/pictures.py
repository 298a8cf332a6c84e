"""Pictures of a stored graph, through the pure core that lays them out."""

from __future__ import annotations

import json
import math
from typing import Any

from execution.graph.model import Edge, Graph, Node
from execution.graph.picture import COLUMN, HEIGHT, ROW, WIDTH, picture, to_json, to_mermaid
from execution.graph.svg import to_svg
from execution.models import Atom, AtomDependency, DependencyGraph, WaveAtom

WIDER_THAN_HIGH = 1.8
KINDS = ("control", "data", "import", "type")


def picture_as(stored: DependencyGraph, wanted: str) -> tuple[str, str]:
    """Content type and text of the graph as ``json``, ``svg`` or ``mermaid``. Three queries."""
    drawn = picture(*_graph_of(stored))
    if wanted == "svg":
        return "image/svg+xml", to_svg(drawn)
    if wanted == "mermaid":
        return "text/plain; charset=utf-8", to_mermaid(drawn)
    return "application/json", json.dumps(to_json(drawn))


def layout_of(stored: DependencyGraph) -> dict[str, Any]:
    """The graph for the live page: columns of numbers, since there may be thousands, and no state. Three queries.

    An edge is source, target (places in ``atoms``), kind (a place in ``kinds``) and, if it was broken, why.
    """
    graph, waves, _ = _graph_of(stored)
    drawn = picture(graph, waves, most_rows=_rows_for(len(graph.nodes)))
    place = {box.id: index for index, box in enumerate(drawn.boxes)}
    starts: dict[int, int] = {}
    for box in drawn.boxes:
        starts.setdefault(box.wave, box.x)
    return {
        "id": str(stored.pk),
        "width": drawn.width,
        "height": drawn.height,
        "box": [WIDTH, HEIGHT],
        "waves": [{"number": number, "x": x, "atoms": len(waves[number - 1])} for number, x in starts.items()],
        "atoms": [box.id for box in drawn.boxes],
        "labels": [box.label for box in drawn.boxes],
        "x": [box.x for box in drawn.boxes],
        "y": [box.y for box in drawn.boxes],
        "kinds": KINDS,
        "edges": [
            [place[line.source], place[line.target], KINDS.index(line.type), *([line.reason] if line.broken else [])]
            for line in drawn.lines
        ],
    }


def _rows_for(atoms: int) -> int:
    """So many rows that the whole is somewhat wider than high."""
    return max(12, math.ceil(math.sqrt(atoms * COLUMN / (ROW * WIDER_THAN_HIGH))))


def _graph_of(stored: DependencyGraph) -> tuple[Graph, list[list[str]], dict[str, str]]:
    """The graph, its waves, and the status of each atom. Three queries."""
    memberships = WaveAtom.objects.filter(graph=stored).order_by("wave__number", "position")
    waves: dict[int, list[str]] = {}
    for number, atom_id in memberships.values_list("wave__number", "atom_id"):
        waves.setdefault(number, []).append(str(atom_id))
    columns = ("pk", "path", "qualname", "kind", "unit", "status")
    atoms = list(Atom.objects.filter(memberships__graph=stored).order_by("number").values(*columns))
    nodes = tuple(
        Node(id=str(atom["pk"]), path=atom["path"], qualname=atom["qualname"], kind=atom["kind"], unit=atom["unit"])
        for atom in atoms
    )
    edges = tuple(
        Edge(source=str(source), target=str(target), type=kind, broken=broken, reason=reason)  # type: ignore[arg-type]  # types are constrained by the database
        for source, target, kind, broken, reason in AtomDependency.objects.filter(graph=stored).values_list(
            "source_id", "target_id", "type", "broken", "reason"
        )
    )
    return (
        Graph(nodes=nodes, edges=edges),
        [waves[number] for number in sorted(waves)],
        {str(atom["pk"]): atom["status"] for atom in atoms},
    )
