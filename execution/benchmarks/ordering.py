"""Cycles and waves of layered graphs."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from pathlib import Path

import networkx
import rich

from execution.atoms import cut
from execution.benchmarks.measuring import Measure, cpu_seconds
from execution.graph import Builder, Edge, Graph, Node, break_cycles, build, waves

EDGES_PER_NODE = 2.85
JEDI_FILES = 4
"""Enough of the package to compare with: all of it takes more than a minute."""
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
    return [*found, *_resolving()]


def _order(nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> None:
    waves(Graph(nodes=nodes, edges=break_cycles(nodes, edges)))


def _order_with_networkx(edges: tuple[Edge, ...]) -> None:
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_edges_from((edge.source, edge.target, {"type": edge.type}) for edge in edges)
    list(networkx.strongly_connected_components(graph))
    list(networkx.topological_generations(graph))


def _resolving() -> list[Measure]:
    """A package of 100 files, cut and resolved; and again after one file has changed."""
    root = Path(rich.__file__).parent
    texts = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.py"))}
    lines = sum(text.count(b"\n") for text in texts.values())
    atoms = {path: cut(path, text) for path, text in texts.items()}
    cutting = cpu_seconds(lambda: [cut(path, text) for path, text in texts.items()], times=1)
    building = cpu_seconds(lambda: build(atoms, root_package=root.name), times=1)
    builder = Builder(root.name)
    builder.build(atoms)
    again = cpu_seconds(lambda: builder.build(atoms), times=3)
    return [
        *_with_jedi(root, sorted(texts.items(), key=lambda item: len(item[1]))[len(texts) // 2 :][:JEDI_FILES]),
        Measure(f"depgraph of {len(texts)} files, {lines:,} lines", cutting + building, "s", wanted=3.0),
        Measure("the same graph again, nothing changed", again, "s"),
    ]


def _with_jedi(root: Path, files: list[tuple[str, bytes]]) -> Iterator[Measure]:
    """Every name in some of the files asked for its definition; skipped where jedi is not installed."""
    try:
        jedi = importlib.import_module("jedi")
    except ImportError:
        yield Measure("jedi: not installed, left out", 0, "skipped")
        return
    project = jedi.Project(root.parent)

    def look() -> None:
        for path, text in files:
            script = jedi.Script(text.decode(), path=root / path, project=project)
            for name in script.get_names(all_scopes=True, definitions=False, references=True):
                script.goto(name.line, name.column, follow_imports=True)

    lines = sum(text.count(b"\n") for _, text in files)
    yield Measure(
        f"jedi: go to definition in {len(files)} of the files, {lines:,} lines", cpu_seconds(look, times=1), "s"
    )
