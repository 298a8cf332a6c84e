"""The graph laid out for the eye: waves as columns, positions computed here so that every client draws the same."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from execution.graph.model import EdgeType, Graph, Node

COLUMN, ROW = 190, 26
WIDTH, HEIGHT = 150, 20
MARGIN, TITLE = 20, 36

COLOURS: Mapping[str, str] = {
    "pending": "#9aa4b2",
    "running": "#2f7de1",
    "validating": "#8e5bd0",
    "accepted": "#2e9e5b",
    "failed": "#d64545",
    "blocked": "#e08a1e",
    "skipped": "#c9ced6",
}
"""Fill of a node by the status of its atom."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node in pixels; ``x``, ``y`` are its upper left corner."""

    id: str
    label: str
    path: str
    kind: str
    status: str
    wave: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    source: str
    target: str
    type: EdgeType
    broken: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    waves: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def picture(
    graph: Graph,
    waves: Sequence[Sequence[str]],
    states: Mapping[str, str] | None = None,
    *,
    most_rows: int | None = None,
) -> Picture:
    """Lay out ``graph``; ``states`` gives the status of each atom, ``pending`` where it is silent.

    Within a wave the order is turned towards the nodes each one needs, so that lines cross less. A wave of more than
    ``most_rows`` takes several columns.
    """
    nodes = {node.id: node for node in graph.nodes}
    lines = _lines(graph)
    needs: dict[str, list[str]] = {}
    for line in lines:
        if not line.broken:
            needs.setdefault(line.target, []).append(line.source)
    boxes: list[Box] = []
    row_of: dict[str, int] = {}
    rows = most_rows or max((len(wave) for wave in waves), default=0)
    columns = 0
    for number, wave in enumerate(waves):
        for place, node_id in enumerate(_towards_needs(wave, needs, row_of)):
            node = nodes[node_id]
            row_of[node_id] = place
            status = (states or {}).get(node_id, "pending")
            x, y = MARGIN + (columns + place // rows) * COLUMN, TITLE + place % rows * ROW
            boxes.append(Box(node_id, _label(node), node.path, node.kind, status, number + 1, x, y))
        columns += max(1, math.ceil(len(wave) / rows)) if rows else 1
    tallest = min(rows, max((len(wave) for wave in waves), default=0))
    return Picture(
        width=2 * MARGIN + max(1, columns) * COLUMN - (COLUMN - WIDTH),
        height=TITLE + tallest * ROW + MARGIN,
        waves=len(waves),
        boxes=tuple(boxes),
        lines=lines,
    )


def _label(node: Node) -> str:
    """The name; what has none of its own is told apart by its file."""
    return f"{PurePosixPath(node.path).stem}: {node.qualname}" if node.qualname == node.kind else node.qualname


def _towards_needs(wave: Sequence[str], needs: Mapping[str, Sequence[str]], row_of: Mapping[str, int]) -> list[str]:
    def centre(entry: tuple[int, str]) -> tuple[float, int]:
        place, node = entry
        rows = [row_of[need] for need in needs.get(node, ()) if need in row_of]
        return (sum(rows) / len(rows) if rows else place, place)

    return [node for _, node in sorted(enumerate(wave), key=centre)]


def _lines(graph: Graph) -> tuple[Line, ...]:
    """One line per pair of nodes; it is broken only when every edge between them is, and shows the strongest type."""
    strength: tuple[EdgeType, ...] = ("control", "data", "import", "type")
    pairs: dict[tuple[str, str], list[Line]] = {}
    for edge in graph.edges:
        pairs.setdefault((edge.source, edge.target), []).append(
            Line(edge.source, edge.target, edge.type, edge.broken, edge.reason)
        )
    return tuple(min(found, key=lambda line: (line.broken, strength.index(line.type))) for found in pairs.values())


def to_json(drawn: Picture) -> dict[str, Any]:
    """Plain types, for the page."""
    return asdict(drawn)


def to_mermaid(drawn: Picture) -> str:
    """Mermaid flowchart text: a subgraph per wave, broken edges dotted, a class per status."""
    short = {box.id: f"n{number}" for number, box in enumerate(drawn.boxes)}
    text = ["flowchart LR"]
    for wave in range(1, drawn.waves + 1):
        text.append(f'  subgraph w{wave}["Wave {wave}"]')
        for box in drawn.boxes:
            if box.wave == wave:
                label = box.label.replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
                text.append(f'    {short[box.id]}["{label}"]:::{box.status}')
        text.append("  end")
    for line in drawn.lines:
        arrow = "-.->" if line.broken else "-->"
        text.append(f"  {short[line.source]} {arrow}|{line.type}| {short[line.target]}")
    text.extend(f"  classDef {status} fill:{colour},color:#111" for status, colour in COLOURS.items())
    return "\n".join(text) + "\n"
