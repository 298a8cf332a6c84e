"""Contract the pieces of one function to one vertex: they share wave, retry and verdict."""

from __future__ import annotations

from collections.abc import Sequence

from execution.graph.model import Edge, Node


def number_units(nodes: Sequence[Node]) -> tuple[dict[str, int], list[list[str]]]:
    """The unit number of each node, and the nodes of each unit; both in node order."""
    numbers: dict[str, int] = {}
    unit_of: dict[str, int] = {}
    members: list[list[str]] = []
    for node in nodes:
        number = numbers.get(node.unit)
        if number is None:
            number = numbers[node.unit] = len(members)
            members.append([])
        unit_of[node.id] = number
        members[number].append(node.id)
    return unit_of, members


def successors(count: int, edges: Sequence[Edge], unit_of: dict[str, int]) -> list[list[int]]:
    """For each unit the units that need it, over edges that are not broken; no loops, no duplicates."""
    after: list[set[int]] = [set() for _ in range(count)]
    for edge in edges:
        if not edge.broken:
            after[unit_of[edge.source]].add(unit_of[edge.target])
    return [sorted(targets - {unit}) for unit, targets in enumerate(after)]
