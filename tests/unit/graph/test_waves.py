"""Waves keep every dependency, every unit and the limit."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.graph import CyclicGraph, Edge, Graph, Node, break_cycles, waves


def graph(nodes: dict[str, str], pairs: list[str], lines: dict[str, int] | None = None) -> Graph:
    """``nodes`` gives the unit of each node."""
    made = tuple(Node(name, "a.py", name, "block", unit, (lines or {}).get(name, 1)) for name, unit in nodes.items())
    return Graph(made, tuple(Edge(pair[0], pair[1], "control") for pair in pairs))


def alone(names: str) -> dict[str, str]:
    return {name: name for name in names}


def test_waves_are_topological_generations() -> None:
    assert waves(graph(alone("abcd"), ["ab", "ac", "bd", "cd"])) == (("a",), ("b", "c"), ("d",))


def test_nothing_gives_no_waves() -> None:
    assert waves(Graph((), ())) == ()


def test_the_critical_path_comes_first() -> None:
    assert waves(graph(alone("abcde"), ["be", "cd", "de"])) == (("c", "b", "a"), ("d",), ("e",))


def test_longer_atoms_make_a_path_longer() -> None:
    assert waves(graph(alone("abcd"), ["ac", "bd"], {"d": 10}))[0] == ("b", "a")


def test_pieces_of_a_unit_share_a_wave_in_their_order() -> None:
    units = {"a": "f", "b": "g", "c": "f", "d": "h"}
    assert waves(graph(units, ["ac", "bc", "cd"])) == (("b",), ("a", "c"), ("d",))


def test_a_wave_over_the_limit_is_split_and_never_merged() -> None:
    assert waves(graph(alone("abcde"), ["ae"]), limit=2) == (("a", "b"), ("c", "d"), ("e",))


def test_a_unit_is_never_separated_by_the_limit() -> None:
    units = {"a": "a", "b": "f", "c": "f", "d": "f", "e": "e"}
    assert waves(graph(units, []), limit=2) == (("b", "c", "d"), ("a", "e"))


def test_a_broken_edge_does_not_order() -> None:
    nodes = graph(alone("ab"), []).nodes
    assert waves(Graph(nodes, (Edge("b", "a", "type", broken=True),))) == (("a", "b"),)


def test_a_cycle_is_an_error_that_says_so() -> None:
    with pytest.raises(CyclicGraph, match="2 of 3 units form a cycle"):
        waves(graph(alone("abc"), ["ab", "ba"]))


def test_a_limit_below_one_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        waves(graph(alone("a"), []), limit=0)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 30))
    units = draw(st.lists(st.integers(0, 15), min_size=count, max_size=count))
    nodes = tuple(Node(str(n), "a.py", str(n), "block", str(units[n]), draw(st.integers(0, 9))) for n in range(count))
    ends = st.integers(0, count - 1).map(str)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=80))
    return Graph(nodes, break_cycles(nodes, [Edge(source, target, "data") for source, target in pairs]))


@settings(deadline=None)
@given(graphs(), st.integers(1, 8))
def test_no_dependency_is_ever_violated(made: Graph, limit: int) -> None:
    found = waves(made, limit)
    wave_of = {node: number for number, wave in enumerate(found) for node in wave}
    unit_of = {node.id: node.unit for node in made.nodes}
    assert sorted(wave_of) == sorted(unit_of)
    assert sum(map(len, found)) == len(made.nodes)
    for edge in made.edges:
        if unit_of[edge.source] == unit_of[edge.target]:
            assert wave_of[edge.source] == wave_of[edge.target]
        elif not edge.broken:
            assert wave_of[edge.source] < wave_of[edge.target]
    for wave in found:
        assert len(wave) <= limit or len({unit_of[node] for node in wave}) == 1
    assert waves(made, limit) == found


def test_ten_thousand_nodes_take_well_under_a_second() -> None:
    nodes = tuple(Node(str(number), "a.py", str(number), "function", str(number)) for number in range(10_000))
    edges = tuple(
        Edge(str(number // part), str(number), "control") for number in range(1, 10_000) for part in (2, 3, 5)
    )
    began = time.process_time()
    found = waves(Graph(nodes, edges))
    assert time.process_time() - began < 1
    assert sum(map(len, found)) == 10_000
