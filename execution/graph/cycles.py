"""Break cycles at their lightest edges: strongly connected components, then a cheap feedback-arc order in each.

Edges are taken up class by class, the ones that must hold first. Within a class an order is chosen that keeps to
everything taken up before and turns as few lines as possible backwards (Eades, Lin and Smyth 1993); what still points
backwards is broken. So an edge is broken only in favour of harder ones or of more lines of its own class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush

import networkx

from execution.graph.memory import collecting_later
from execution.graph.model import Edge, EdgeType, Node, Timing
from execution.graph.units import in_order, number_units, successors

Pair = tuple[int, int]
SMALL = 400
"""Up to so many pairs of units, the quadratic heuristic is tried too."""
TIMINGS: tuple[Timing, ...] = ("definition", "import", "call", "callback", "checking")
TYPES: tuple[EdgeType, ...] = ("import", "control", "data", "type")
REASONS: dict[Timing, str] = {
    "checking": "needed by a type checker only",
    "callback": "called only when it is given",
    "call": "needed only when the function runs",
    "import": "last resort: every edge of this cycle is needed at import",
    "definition": "last resort: every edge of this cycle defines the next atom",
}


@collecting_later()
def break_cycles(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[Edge, ...]:
    """The same edges, some of them broken with the reason, so that no cycle among units is left. Deterministic."""
    unit_of, members = number_units(nodes)
    component_of, sizes = _components(successors(len(members), edges, unit_of))
    if not sizes:
        return tuple(edges)
    inside: list[list[int]] = [[] for _ in sizes]
    for index, edge in enumerate(edges):
        source, target = unit_of[edge.source], unit_of[edge.target]
        component_number = component_of.get(source)
        if component_number is None or source == target or edge.broken:
            continue
        if component_of.get(target) == component_number:
            inside[component_number].append(index)
    result = list(edges)
    for size, indices in zip(sizes, inside, strict=True):
        for index in _broken(edges, indices, unit_of):
            reason = f"{REASONS[edges[index].timing]}; lightest {edges[index].type} edge in a cycle of {size} units"
            result[index] = replace(edges[index], broken=True, reason=reason)
    return tuple(result)


def _components(after: Sequence[set[int]]) -> tuple[dict[int, int], list[int]]:
    """The component of each unit that lies in a cycle, and the sizes; most units lie in none and are left out first."""
    left = set(range(len(after))).difference(in_order(after))
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_edges_from((unit, target) for unit in sorted(left) for target in sorted(after[unit] & left))
    component_of: dict[int, int] = {}
    sizes: list[int] = []
    for component in networkx.strongly_connected_components(graph):
        if len(component) > 1:
            component_of.update(dict.fromkeys(component, len(sizes)))
            sizes.append(len(component))
    return component_of, sizes


def _broken(edges: Sequence[Edge], indices: Iterable[int], unit_of: dict[str, int]) -> list[int]:
    classes: dict[tuple[int, int], list[int]] = {}
    for index in indices:
        edge = edges[index]
        classes.setdefault((TIMINGS.index(edge.timing), TYPES.index(edge.type)), []).append(index)
    kept: set[Pair] = set()
    broken: list[int] = []
    for _, members in sorted(classes.items()):
        lines: dict[Pair, int] = {}
        for index in members:
            pair = (unit_of[edges[index].source], unit_of[edges[index].target])
            lines[pair] = lines.get(pair, 0) + edges[index].weight
        backward = _lightest(kept, lines)
        kept.update(pair for pair in lines if pair not in backward)
        broken.extend(
            index for index in members if (unit_of[edges[index].source], unit_of[edges[index].target]) in backward
        )
    return broken


def _lightest(hard: set[Pair], soft: dict[Pair, int]) -> set[Pair]:
    """Soft pairs to break so that what is left with the hard ones has no cycle; the better of two heuristics."""
    position = _Arrangement(hard, soft).run()
    backward = {pair for pair in soft if position[pair[0]] > position[pair[1]]}
    if backward and len(hard) + len(soft) <= SMALL:
        refused = _refused(hard, soft)
        if sum(soft[pair] for pair in refused) < sum(soft[pair] for pair in backward):
            return refused
    return backward


def _refused(hard: set[Pair], soft: dict[Pair, int]) -> set[Pair]:
    """Take the heaviest pairs first and refuse those that would close a cycle."""
    after: dict[int, set[int]] = {}
    for source, target in hard:
        after.setdefault(source, set()).add(target)
    refused: set[Pair] = set()
    for pair in sorted(soft, key=lambda each: (-soft[each], each)):
        source, target = pair
        if _reaches(after, target, source):
            refused.add(pair)
        else:
            after.setdefault(source, set()).add(target)
    return refused


def _reaches(after: dict[int, set[int]], start: int, goal: int) -> bool:
    seen = {start}
    todo = [start]
    while todo:
        unit = todo.pop()
        if unit == goal:
            return True
        todo.extend(after.get(unit, set()) - seen)
        seen.update(after.get(unit, ()))
    return False


class _Arrangement:
    """Vertices taken one by one: free of hard pairs first, then the one with fewest soft lines still to come in."""

    def __init__(self, hard: set[Pair], soft: dict[Pair, int]) -> None:
        self.waiting: Counter[int] = Counter()
        self.hard_after: dict[int, list[int]] = {}
        self.incoming: Counter[int] = Counter()
        self.outgoing: Counter[int] = Counter()
        self.soft_after: dict[int, list[tuple[int, int]]] = {}
        self.soft_before: dict[int, list[tuple[int, int]]] = {}
        for source, target in sorted(hard):
            self.hard_after.setdefault(source, []).append(target)
            self.waiting[target] += 1
        for (source, target), lines in sorted(soft.items()):
            self.outgoing[source] += lines
            self.incoming[target] += lines
            self.soft_after.setdefault(source, []).append((target, lines))
            self.soft_before.setdefault(target, []).append((source, lines))
        units = {unit for pair in (*hard, *soft) for unit in pair}
        self.ready = [self._priority(unit) for unit in sorted(units) if not self.waiting[unit]]
        heapify(self.ready)
        self.position: dict[int, int] = {}

    def _priority(self, unit: int) -> tuple[bool, int, int]:
        return (self.incoming[unit] > 0, self.incoming[unit] - self.outgoing[unit], unit)

    def _offer(self, unit: int) -> None:
        if unit not in self.position and not self.waiting[unit]:
            heappush(self.ready, self._priority(unit))

    def run(self) -> dict[int, int]:
        while self.ready:
            entry = heappop(self.ready)
            unit = entry[2]
            if unit not in self.position and entry == self._priority(unit):
                self.position[unit] = len(self.position)
                self._leave(unit)
        return self.position

    def _leave(self, unit: int) -> None:
        for target, lines in self.soft_after.get(unit, ()):
            self.incoming[target] -= lines
            self._offer(target)
        for source, lines in self.soft_before.get(unit, ()):
            self.outgoing[source] -= lines
            self._offer(source)
        for target in self.hard_after.get(unit, ()):
            self.waiting[target] -= 1
            self._offer(target)
