"""The graph laid out for the eye: waves as columns, positions computed here so that every client draws the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any
from xml.sax.saxutils import escape, quoteattr

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
EDGE_COLOURS: Mapping[EdgeType, str] = {
    "import": "#64748b",
    "control": "#2563eb",
    "data": "#0d9488",
    "type": "#a855f7",
}


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


def picture(graph: Graph, waves: Sequence[Sequence[str]], states: Mapping[str, str] | None = None) -> Picture:
    """Lay out ``graph``; ``states`` gives the status of each atom, ``pending`` where it is silent.

    Within a column the order is turned towards the nodes each one needs, so that lines cross less.
    """
    nodes = {node.id: node for node in graph.nodes}
    lines = _lines(graph)
    needs: dict[str, list[str]] = {}
    for line in lines:
        if not line.broken:
            needs.setdefault(line.target, []).append(line.source)
    boxes: list[Box] = []
    row_of: dict[str, int] = {}
    for number, wave in enumerate(waves):
        for row, node_id in enumerate(_towards_needs(wave, needs, row_of)):
            node = nodes[node_id]
            row_of[node_id] = row
            status = (states or {}).get(node_id, "pending")
            x, y = MARGIN + number * COLUMN, TITLE + row * ROW
            boxes.append(Box(node_id, _label(node), node.path, node.kind, status, number + 1, x, y))
    tallest = max((len(wave) for wave in waves), default=0)
    return Picture(
        width=2 * MARGIN + max(1, len(waves)) * COLUMN - (COLUMN - WIDTH),
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


def to_svg(drawn: Picture) -> str:
    """A self-contained SVG document; each node carries its path and status as a title."""
    place = {box.id: box for box in drawn.boxes}
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawn.width}" height="{drawn.height}" '
        f'viewBox="0 0 {drawn.width} {drawn.height}" font-family="system-ui, sans-serif" font-size="11">'
    )
    text = [
        head,
        f'<rect width="{drawn.width}" height="{drawn.height}" fill="#ffffff"/>',
    ]
    for number in range(drawn.waves):
        x = MARGIN + number * COLUMN
        text.append(f'<text x="{x}" y="{TITLE - 14}" fill="#334155" font-weight="600">Wave {number + 1}</text>')
    text.extend(_svg_line(line, place[line.source], place[line.target]) for line in drawn.lines)
    text.extend(_svg_box(box) for box in drawn.boxes)
    text.append("</svg>")
    return "\n".join(text) + "\n"


def _svg_line(line: Line, source: Box, target: Box) -> str:
    x1, y1 = source.x + WIDTH, source.y + HEIGHT // 2
    x2, y2 = target.x, target.y + HEIGHT // 2
    bend = max(30, abs(x2 - x1) // 2)
    colour = "#d64545" if line.broken else EDGE_COLOURS[line.type]
    dashes = ' stroke-dasharray="5 4"' if line.broken else ""
    title = f"{line.type}: {line.reason}" if line.broken else line.type
    return (
        f'<path d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}" fill="none" stroke="{colour}" '
        f'stroke-opacity="0.45"{dashes}><title>{escape(title)}</title></path>'
    )


def _svg_box(box: Box) -> str:
    label = box.label if len(box.label) <= 23 else f"{box.label[:10]}…{box.label[-12:]}"
    title = f"{box.path} {box.label} ({box.kind}, {box.status})"
    colour = COLOURS.get(box.status, COLOURS["pending"])
    return (
        f'<g data-id={quoteattr(box.id)} class="atom {box.status}"><title>{escape(title)}</title>'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="#ffffff"/>'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{colour}" fill-opacity="0.25" '
        f'stroke="{colour}"/><text x="{box.x + 6}" y="{box.y + 14}" fill="#0f172a">{escape(label)}</text></g>'
    )
