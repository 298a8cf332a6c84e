"""Small projects for the graph's tests: sources in, readable edges out."""

from __future__ import annotations

import textwrap

from execution.atoms import cut
from execution.graph import Edge, Graph, Node, build


def graph_of(**sources: str) -> Graph:
    """``a="..."`` is ``a.py``; ``pkg__init="..."`` is ``pkg/__init__.py``; ``pkg__a`` is ``pkg/a.py``."""
    files = {}
    for name, text in sources.items():
        folder, _, module = name.rpartition("__")
        path = f"{folder}/{'__init__' if module == 'init' else module}.py" if folder else f"{name}.py"
        files[path] = cut(path, textwrap.dedent(text).lstrip("\n").encode())
    return build(files)


def label(node: Node) -> str:
    return f"{node.path.removesuffix('.py')}:{node.qualname}"


def edges_of(graph: Graph, *, without_imports: bool = True) -> set[tuple[str, str, str]]:
    """(needed, needing, type); edges that touch import atoms left out unless asked for."""
    names = {node.id: label(node) for node in graph.nodes}
    kinds = {node.id: node.kind for node in graph.nodes}
    return {
        (names[edge.source], names[edge.target], edge.type)
        for edge in graph.edges
        if not (without_imports and "import" in (kinds[edge.source], kinds[edge.target]))
    }


def edge_between(graph: Graph, source: str, target: str, type_: str) -> Edge:
    names = {node.id: label(node) for node in graph.nodes}
    (edge,) = [
        edge for edge in graph.edges if (names[edge.source], names[edge.target], edge.type) == (source, target, type_)
    ]
    return edge
