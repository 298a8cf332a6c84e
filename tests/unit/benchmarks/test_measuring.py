from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from execution.benchmarks.measuring import Measure, cpu_seconds, cpu_side_by_side, wall_seconds
from execution.benchmarks.ordering import layered
from execution.graph import Graph, waves
from execution.management.commands import bench


def test_a_measure_is_met_up_to_what_is_wanted() -> None:
    assert Measure("a", 3.5, "ms", wanted=3.5).met is True
    assert Measure("a", 3.6, "ms", wanted=3.5).met is False
    assert Measure("a", 99, "ms").met is None


def test_time_is_the_median_after_a_run_that_does_not_count() -> None:
    calls: list[int] = []
    assert wall_seconds(lambda: calls.append(1), times=3) >= 0
    assert cpu_seconds(lambda: calls.append(1), times=3) >= 0
    assert len(calls) == 8


def test_the_layered_graph_is_the_same_every_time_and_has_an_order() -> None:
    nodes, edges = layered(200)
    assert (nodes, edges) == layered(200)
    placed = {node: number for number, wave in enumerate(waves(Graph(nodes=nodes, edges=edges))) for node in wave}
    assert all(placed[edge.source] < placed[edge.target] for edge in edges)


def test_a_benchmark_that_misses_its_mark_ends_with_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(bench.BENCHMARKS, "atomize", lambda: [Measure("slow", 9, "ms", wanted=1)])
    with pytest.raises(SystemExit) as ended:
        call_command("bench", "atomize", "--json")
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out)["atomize"][0]["value"] == 9


def test_works_that_take_turns_are_each_run_as_often_and_none_first_only() -> None:
    order: list[str] = []
    times = cpu_side_by_side(lambda: order.append("a"), lambda: order.append("b"), times=3)
    assert order == ["a", "b"] * 3
    assert len(times) == 2
    assert all(0 <= spent < 1 for spent in times)


def test_a_measure_may_have_a_least_a_most_and_both() -> None:
    assert [Measure("a", value, "%", least=90).met for value in (89.9, 90)] == [False, True]
    assert [Measure("a", value, "lines", wanted=10, least=6).met for value in (5, 6, 10, 11)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_line_of_the_output_says_what_is_wanted_and_when_it_is_not_met() -> None:
    assert bench.line("a", Measure("b", 5, "lines", wanted=10, least=6)).endswith("at least 6 and at most 10, NOT MET")
    assert bench.line("a", Measure("b", 5, "lines", wanted=10)).endswith("5.00 lines   wanted at most 10")
    assert bench.line("a", Measure("b", 5, "lines")).endswith("5.00 lines")
