"""Where bounded contexts stand on a picture: those that supply others above those that are supplied. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from integrations.llm.shape import Shape
from integrations.llm.shapes import BoundedContext

WIDTH, HEAD, LINE, PADDING = 200, 34, 18, 10
GAP_X, GAP_Y, MARGIN = 36, 74, 12
IN_A_ROW = 3
MOST_ENTITIES = 6


class ContextBox(Shape):
    """A context at its place; ``more`` entities besides those that are named."""

    name: str
    x: int
    y: int
    width: int
    height: int
    entities: list[str]
    more: int
    responsibilities: list[str]


class ContextLine(Shape):
    """``source`` supplies ``target``; ``path`` is for an SVG, its words stand at ``x``, ``y``."""

    source: str
    target: str
    relation: str
    path: str
    x: int
    y: int


class ContextMap(Shape):
    """Lengths are pixels."""

    width: int
    height: int
    boxes: list[ContextBox]
    lines: list[ContextLine]


def context_map(contexts: Sequence[BoundedContext]) -> ContextMap:
    """Levels from top to bottom, at most ``IN_A_ROW`` boxes beside each other, in the order given."""
    known = {context.name: context for context in contexts}
    relations = _relations(known)
    rows = _rows(_levels(list(known), relations))
    widest = max((len(row) for row in rows), default=0)
    width = 2 * MARGIN + widest * (WIDTH + GAP_X) - GAP_X if rows else 0
    boxes: dict[str, ContextBox] = {}
    y = MARGIN
    for row in rows:
        x = (width - len(row) * (WIDTH + GAP_X) + GAP_X) // 2
        for position, name in enumerate(row):
            boxes[name] = _box(known[name], x + position * (WIDTH + GAP_X), y)
        y += max(boxes[name].height for name in row) + GAP_Y
    height = y - GAP_Y + MARGIN if rows else 0
    return ContextMap(width=width, height=height, boxes=list(boxes.values()), lines=_lines(boxes, relations))


def _relations(known: Mapping[str, BoundedContext]) -> dict[tuple[str, str], str]:
    """Who supplies whom, each pair once, with the relation that the supplied side names, if any."""
    found: dict[tuple[str, str], str] = {}
    for context in known.values():
        pairs = [(source, context.name) for source in context.upstream]
        pairs += [(context.name, target) for target in context.downstream]
        for source, target in pairs:
            if source not in known or target not in known or source == target:
                continue
            named = known[target].relation
            found[source, target] = context.relation if named == "none" else named
    return found


def _levels(names: Iterable[str], relations: Iterable[tuple[str, str]]) -> dict[str, int]:
    """One below the lowest supplier. Where contexts supply each other in a ring, the first one stands above."""
    sources: dict[str, set[str]] = defaultdict(set)
    for source, target in relations:
        sources[target].add(source)
    levels: dict[str, int] = {}
    left = dict.fromkeys(names)
    while left:
        for name in [name for name in left if not sources[name] & left.keys()] or [next(iter(left))]:
            levels[name] = 1 + max((levels[source] for source in sources[name] if source in levels), default=-1)
            del left[name]
    return levels


def _rows(levels: Mapping[str, int]) -> list[list[str]]:
    by_level: dict[int, list[str]] = defaultdict(list)
    for name, level in levels.items():
        by_level[level].append(name)
    rows: list[list[str]] = []
    for level in sorted(by_level):
        names = by_level[level]
        rows += [names[start : start + IN_A_ROW] for start in range(0, len(names), IN_A_ROW)]
    return rows


def _box(context: BoundedContext, x: int, y: int) -> ContextBox:
    named = context.entities[:MOST_ENTITIES]
    more = len(context.entities) - len(named)
    lines = len(named) + bool(more)
    return ContextBox(
        name=context.name,
        x=x,
        y=y,
        width=WIDTH,
        height=HEAD + lines * LINE + PADDING,
        entities=named,
        more=more,
        responsibilities=context.responsibilities,
    )


def _lines(boxes: Mapping[str, ContextBox], relations: Mapping[tuple[str, str], str]) -> list[ContextLine]:
    """From the lower edge of a box to the upper edge of another; those of one box begin and end beside each other."""
    starts, ends = Counter(source for source, _ in relations), Counter(target for _, target in relations)
    begun: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    lines = []
    for (source, target), relation in relations.items():
        begun[source] += 1
        ended[target] += 1
        first, last = boxes[source], boxes[target]
        x1 = first.x + first.width * begun[source] // (starts[source] + 1)
        x2 = last.x + last.width * ended[target] // (ends[target] + 1)
        y1, y2 = first.y + first.height, last.y
        bend = max(GAP_Y // 2, abs(y2 - y1) // 2)
        path = f"M{x1} {y1} C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2}"
        place = {"x": (x1 + x2) // 2, "y": (y1 + y2) // 2}
        lines.append(ContextLine(source=source, target=target, relation=relation, path=path, **place))
    return lines
