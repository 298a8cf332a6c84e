"""Contract the pieces of one function to one vertex: they share wave, retry and verdict."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from execution.graph.model import Edge, Node


def number_units(nodes: Sequence[Node]) -> tuple[dict[str, int], list[list[str]]]:
    """The unit number of each node, and the nodes of each unit; both in node order."""
    numbers: dict[str, int] = {}
    unit_of: dict[str, int] = {}
    members: list[list[str]] = []
    for node in nodes:
        number = numbers.setdefault(node.unit, len(members))
        if number == len(members):
            members.append([])
        unit_of[node.id] = number
        members[number].append(node.id)
    return unit_of, members


def successors(count: int, edges: Sequence[Edge], unit_of: dict[str, int]) -> list[set[int]]:
    """For each unit the units that need it, over edges that are not broken; no loops."""
    after: list[set[int]] = [set() for _ in range(count)]
    for edge in edges:
        if not edge.broken:
            source, target = unit_of[edge.source], unit_of[edge.target]
            if source != target:
                after[source].add(target)
    return after


def in_order(after: Sequence[Collection[int]]) -> list[int]:
    """Units whose needs are all met by units before them (Kahn); what is missing is in a cycle or behind one."""
    waiting = [0] * len(after)
    for targets in after:
        for target in targets:
            waiting[target] += 1
    found = [unit for unit, count in enumerate(waiting) if not count]
    for unit in found:
        for target in after[unit]:
            waiting[target] -= 1
            if not waiting[target]:
                found.append(target)
    return found
