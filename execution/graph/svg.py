"""A picture of the graph as one SVG document that needs nothing else, for light and dark screens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from execution.graph.model import EdgeType
from execution.graph.picture import COLOURS, HEIGHT, MARGIN, TITLE, WIDTH, Box, Line, Picture

LEGEND = 24
MANY_LINES, FAINT, CLEAR = 400, 0.22, 0.5
"""Above so many lines each is drawn fainter, so that boxes stay readable."""
EDGE_COLOURS: Mapping[EdgeType, tuple[str, str]] = {
    "import": ("#64748b", "#94a3b8"),
    "control": ("#2563eb", "#60a5fa"),
    "data": ("#0d9488", "#2dd4bf"),
    "type": ("#9333ea", "#c084fc"),
}
"""On light and on dark ground."""
BROKEN = "#d64545"
LEGEND_STEP = 80
LEAST_WIDTH = 2 * MARGIN + LEGEND_STEP * (len(COLOURS) + len(EDGE_COLOURS) + 1)
MOST_BEND = 160


def to_svg(drawn: Picture) -> str:
    """Lines lie below boxes; a title tells path, kind and status, or type and reason."""
    place = {box.id: box for box in drawn.boxes}
    width, height = max(drawn.width, LEAST_WIDTH), drawn.height + LEGEND
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {-LEGEND} {width} {height}" width="{width}"'
    text = [
        f'{head} height="{height}" font-family="system-ui, sans-serif" font-size="11">',
        f"<style>{_style(len(drawn.lines))}</style>",
        f'<rect class="ground" y="{-LEGEND}" width="{width}" height="{height}"/>',
        *_titles(drawn),
        *(_line(line, place[line.source], place[line.target]) for line in drawn.lines),
        *(_box(box) for box in drawn.boxes),
        *_legend(),
        "</svg>",
    ]
    return "\n".join(text) + "\n"


def _style(lines: int) -> str:
    opacity = FAINT if lines > MANY_LINES else CLEAR
    light = [f".{kind}{{stroke:{colours[0]}}}" for kind, colours in EDGE_COLOURS.items()]
    dark = [f".{kind}{{stroke:{colours[1]}}}" for kind, colours in EDGE_COLOURS.items()]
    states = [f".{status} .fill{{fill:{colour};stroke:{colour}}}" for status, colour in COLOURS.items()]
    return (
        ".ground,.back{fill:#fff}text{fill:#0f172a}.head{fill:#334155;font-weight:600}.fill{fill-opacity:.25}"
        f"path{{fill:none;stroke-opacity:{opacity}}}path:hover{{stroke-opacity:1;stroke-width:2.5}}"
        + "".join([*light, *states])
        + f".broken{{stroke:{BROKEN};stroke-opacity:.7}}"
        + "@media(prefers-color-scheme:dark){.ground,.back{fill:#0f172a}text{fill:#f1f5f9}.head{fill:#cbd5e1}"
        + f".fill{{fill-opacity:.4}}{''.join(dark)}.broken{{stroke:#f87171}}}}"
    )


def _titles(drawn: Picture) -> Iterator[str]:
    columns: dict[int, tuple[int, int]] = {}
    for box in drawn.boxes:
        columns[box.wave] = (box.x, columns.get(box.wave, (0, 0))[1] + 1)
    for wave, (x, count) in columns.items():
        yield f'<text class="head" x="{x}" y="{TITLE - 14}">Wave {wave} · {count}</text>'


def _line(line: Line, source: Box, target: Box) -> str:
    x1, y1 = source.x + WIDTH, source.y + HEIGHT // 2
    x2, y2 = target.x, target.y + HEIGHT // 2
    bend = min(max(30, abs(x2 - x1) // 2), MOST_BEND)
    kind = f"{line.type} broken" if line.broken else line.type
    dashes = ' stroke-dasharray="5 4"' if line.broken else ""
    title = f"{source.label} → {target.label}: {line.type}" + (f", broken: {line.reason}" if line.broken else "")
    return (
        f'<path class="{kind}" d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"{dashes}>'
        f"<title>{escape(title)}</title></path>"
    )


def _box(box: Box) -> str:
    label = box.label if len(box.label) <= 22 else f"{box.label[:9]}…{box.label[-11:]}"
    title = f"{box.path} {box.label} ({box.kind}, {box.status})"
    where = f'x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="4"'
    return (
        f'<g data-id={quoteattr(box.id)} class="atom {box.status}"><title>{escape(title)}</title>'
        f'<rect class="back" {where}/><rect class="fill" {where}/>'
        f'<text x="{box.x + 6}" y="{box.y + 14}">{escape(label)}</text></g>'
    )


def _legend() -> Iterator[str]:
    x, y = MARGIN, -6
    for status in COLOURS:
        yield (
            f'<g class="{status}"><rect class="fill" x="{x}" y="{y - 8}" width="12" height="9" rx="2"/>'
            f'<text x="{x + 16}" y="{y}">{status}</text></g>'
        )
        x += LEGEND_STEP
    for kind in (*EDGE_COLOURS, "broken"):
        dashes = ' stroke-dasharray="5 4"' if kind == "broken" else ""
        yield (
            f'<line class="{kind}" x1="{x}" y1="{y - 4}" x2="{x + 20}" y2="{y - 4}"{dashes}/>'
            f'<text x="{x + 24}" y="{y}">{kind}</text>'
        )
        x += LEGEND_STEP
