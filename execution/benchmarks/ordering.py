"""Cycles and waves of layered graphs."""

from __future__ import annotations

import random

import networkx

from execution.benchmarks.measuring import Measure, cpu_seconds
from execution.benchmarks.resolving import bench_resolving
from execution.graph import Edge, Graph, Node, break_cycles, waves

EDGES_PER_NODE = 2.85
WANTED = {800: 20.0, 10_000: 100.0, 100_000: 2000.0}


def layered(size: int) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """A reproducible graph in which later nodes need earlier ones."""
    draw = random.Random(size)  # noqa: S311 - the same graph every time
    nodes = tuple(
        Node(id=f"n{number}", path=f"f{number // 9}.py", qualname=f"n{number}", kind="function", unit=f"n{number}")
        for number in range(size)
    )
    pairs = {(draw.randrange(max(target, 1)), target) for target in range(1, size) for _ in range(3)}
    chosen = sorted(pairs)[: int(size * EDGES_PER_NODE)]
    return nodes, tuple(Edge(source=f"n{low}", target=f"n{high}", type="control") for low, high in chosen)


def bench_graph() -> list[Measure]:
    """CPU of breaking cycles and layering, in milliseconds, by number of atoms, beside networkx building the same."""
    found = []
    for size, wanted in WANTED.items():
        nodes, edges = layered(size)
        spent = cpu_seconds(lambda nodes=nodes, edges=edges: _order(nodes, edges), times=3)  # type: ignore[misc]  # defaults bind the loop's values
        theirs = cpu_seconds(lambda edges=edges: _order_with_networkx(edges), times=3)  # type: ignore[misc]  # likewise
        found.append(Measure(f"cycles and waves of {size:,} atoms", spent * 1000, "ms", wanted=wanted))
        found.append(Measure(f"networkx: graph, components and generations of {size:,} atoms", theirs * 1000, "ms"))
    return [*found, *bench_resolving()]


def _order(nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> None:
    waves(Graph(nodes=nodes, edges=break_cycles(nodes, edges)))


def _order_with_networkx(edges: tuple[Edge, ...]) -> None:
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_edges_from((edge.source, edge.target, {"type": edge.type}) for edge in edges)
    list(networkx.strongly_connected_components(graph))
    list(networkx.topological_generations(graph))
