"""Waves: topological generations of units, split over a limit, the critical path first."""

from __future__ import annotations

from collections.abc import Sequence

from common.errors import Conflict
from execution.graph.memory import collecting_later
from execution.graph.model import Graph
from execution.graph.units import in_order, number_units, successors

WAVE_LIMIT = 100


class CyclicGraph(Conflict):
    code = "cyclic_graph"
    title = "The dependency graph has a cycle that was not broken"


@collecting_later()
def waves(graph: Graph, limit: int = WAVE_LIMIT) -> tuple[tuple[str, ...], ...]:
    """Atom ids by wave: everything an atom needs stands in an earlier wave, or beside it in its own unit.

    A generation larger than ``limit`` is split; a unit is never separated, even when it alone is larger.
    Raises CyclicGraph when edges that are not broken form a cycle.
    """
    if limit < 1:
        raise ValueError("The limit of a wave is at least 1.")
    unit_of, members = number_units(graph.nodes)
    after = successors(len(members), graph.edges, unit_of)
    generations = _generations(after)
    lines = [0] * len(members)
    for node in graph.nodes:
        lines[unit_of[node.id]] += max(1, node.lines)
    urgency = _critical_path(after, generations, lines)
    found: list[tuple[str, ...]] = []
    for generation in generations:
        ordered = sorted(generation, key=lambda unit: (-urgency[unit], unit))
        found.extend(_split([members[unit] for unit in ordered], limit))
    return tuple(found)


def _generations(after: Sequence[set[int]]) -> list[list[int]]:
    ordered = in_order(after)
    if len(ordered) < len(after):
        raise CyclicGraph(
            f"{len(after) - len(ordered)} of {len(after)} units form a cycle or wait for one.",
            hint="Break cycles before computing waves.",
        )
    depth = [0] * len(after)
    for unit in ordered:
        below = depth[unit] + 1
        for target in after[unit]:
            if depth[target] < below:
                depth[target] = below
    generations: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for unit, level in enumerate(depth):
        generations[level].append(unit)
    return generations


def _critical_path(after: Sequence[set[int]], generations: Sequence[Sequence[int]], lines: Sequence[int]) -> list[int]:
    """For each unit, the lines of the longest chain that begins with it."""
    length = list(lines)
    for generation in reversed(generations):
        for unit in generation:
            if after[unit]:
                length[unit] += max([length[target] for target in after[unit]])
    return length


def _split(units: Sequence[Sequence[str]], limit: int) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    wave: list[str] = []
    for unit in units:
        if wave and len(wave) + len(unit) > limit:
            found.append(tuple(wave))
            wave = []
        wave.extend(unit)
    if wave:
        found.append(tuple(wave))
    return found
