"""Cycles are broken at their lightest edges, always the same ones."""

from __future__ import annotations

from itertools import permutations

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.graph import Edge, EdgeType, Graph, Node, Timing, break_cycles, waves
from tests.unit.graph.projects import graph_of, label


def nodes_named(names: str) -> tuple[Node, ...]:
    return tuple(Node(name, "a.py", name, "function", name) for name in names)


def edge(pair: str, type_: EdgeType = "control", timing: Timing = "call", weight: int = 1) -> Edge:
    return Edge(pair[0], pair[1], type_, weight=weight, timing=timing)


def broken(edges: list[Edge], names: str = "abc") -> set[str]:
    return {found.source + found.target for found in break_cycles(nodes_named(names), edges) if found.broken}


def test_edges_without_a_cycle_stay() -> None:
    edges = [edge("ab"), edge("bc"), edge("ac")]
    assert break_cycles(nodes_named("abc"), edges) == tuple(edges)


@pytest.mark.parametrize(
    ("heavy", "light"), [("import", "control"), ("control", "data"), ("data", "type"), ("import", "type")]
)
def test_type_goes_before_data_before_control_before_import(heavy: EdgeType, light: EdgeType) -> None:
    assert broken([edge("ab", heavy), edge("ba", light)]) == {"ba"}
    assert broken([edge("ab", light), edge("ba", heavy)]) == {"ab"}


@pytest.mark.parametrize(
    ("heavy", "light"), [("definition", "import"), ("import", "call"), ("call", "checking"), ("definition", "checking")]
)
def test_what_is_needed_later_goes_first_whatever_its_type(heavy: Timing, light: Timing) -> None:
    assert broken([edge("ab", "type", heavy), edge("ba", "import", light)]) == {"ba"}


def test_then_the_fewest_lines_go() -> None:
    assert broken([edge("ab", weight=3), edge("bc", weight=1), edge("ca", weight=2)]) == {"bc"}


def test_one_edge_shared_by_two_cycles_is_enough() -> None:
    assert broken([edge("ab"), edge("bc"), edge("ca"), edge("bd"), edge("da")], "abcd") == {"ab"}


def test_all_edges_of_a_pair_that_point_backwards_are_broken() -> None:
    result = break_cycles(nodes_named("ab"), [edge("ab", "import", "import"), edge("ba", "data"), edge("ba", "type")])
    assert [found.broken for found in result] == [False, True, True]


def test_the_reason_is_recorded() -> None:
    (_, found) = break_cycles(nodes_named("ab"), [edge("ab", timing="import"), edge("ba")])
    assert found.reason == "needed only when the function runs; lightest control edge in a cycle of 2 units"


def test_a_cycle_inside_one_unit_is_none() -> None:
    pieces = tuple(Node(name, "a.py", "f", "block", "a.py::f") for name in "ab")
    assert not any(found.broken for found in break_cycles(pieces, [edge("ab"), edge("ba")]))


def test_the_order_of_edges_does_not_matter() -> None:
    edges = [edge("ab"), edge("bc"), edge("ca"), edge("ac")]
    assert {frozenset(broken(list(order))) for order in permutations(edges)} == {frozenset(broken(edges))}


def test_mutual_recursion_breaks_one_call() -> None:
    graph = graph_of(a="def even(n):\n    return odd(n)\n\n\ndef odd(n):\n    return even(n)\n")
    assert len(graph.broken_edges) == 1
    assert len(waves(graph)) == 2


def test_inheritance_is_never_broken() -> None:
    graph = graph_of(
        a="""
        class Base:
            def make(self):
                return Child()

        class Child(Base):
            pass
        """
    )
    names = {node.id: label(node) for node in graph.nodes}
    kept = {(names[found.source], names[found.target]) for found in graph.edges if not found.broken}
    assert ("a:Base", "a:Child") in kept
    assert not any(found.timing == "definition" for found in graph.broken_edges)


names = st.sampled_from("abcdefghij")
random_edges = st.lists(
    st.builds(
        Edge,
        source=names,
        target=names,
        type=st.sampled_from(("import", "data", "control", "type")),
        weight=st.integers(1, 5),
        timing=st.sampled_from(("definition", "import", "call", "checking")),
    ),
    max_size=40,
)


@settings(deadline=None)
@given(random_edges)
def test_no_cycle_is_left_and_no_edge_outside_a_cycle_is_broken(edges: list[Edge]) -> None:
    result = break_cycles(nodes_named("abcdefghij"), edges)
    whole = networkx.DiGraph([(found.source, found.target) for found in edges])
    component = {
        node: number for number, nodes in enumerate(networkx.strongly_connected_components(whole)) for node in nodes
    }
    kept = networkx.DiGraph([(e.source, e.target) for e in result if not e.broken and e.source != e.target])
    assert networkx.is_directed_acyclic_graph(kept)
    for found in result:
        if found.broken:
            assert component[found.source] == component[found.target]
            assert found.reason
    waves(Graph(nodes_named("abcdefghij"), result))


@settings(deadline=None)
@given(random_edges)
def test_a_definition_is_broken_only_among_definitions(edges: list[Edge]) -> None:
    hard = [found for found in edges if found.timing == "definition"]
    alone = {found for found in break_cycles(nodes_named("abcdefghij"), hard) if found.broken}
    among = {
        found
        for found in break_cycles(nodes_named("abcdefghij"), edges)
        if found.broken and found.timing == "definition"
    }
    assert bool(among) == bool(alone)
