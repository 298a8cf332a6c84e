"""Graphs are stored in bulk."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from execution import graph as graphs
from execution.models import Atom, AtomDependency, DependencyGraph, Run, WaveAtom
from execution.pictures import picture_as
from execution.services.ordering import graph_of, store_graph
from tests.execution.building import make_build

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("size", [5, 200])
def test_a_graph_takes_as_many_queries_for_many_atoms_as_for_few(tmp_path: Path, size: int) -> None:
    functions = {f"f{number}": f"def f{number}():\n    return f{number // 2}()\n" for number in range(size)}
    build = make_build({"app/a.py": functions}, workspace=tmp_path)
    DependencyGraph.objects.all().delete()
    rows = list(Atom.objects.select_related("current").order_by("number"))
    graph = graph_of(rows, {})
    waves = graphs.waves(graph)
    run = Run.objects.select_related("plan").get(pk=build.run.pk)

    with CaptureQueriesContext(
        connection,
    ) as captured:
        stored = store_graph(run, graph, waves, {row.key: row for row in rows})

    writes = [query for query in captured.captured_queries if query["sql"].startswith("INSERT")]
    assert len(writes) == 4
    assert (AtomDependency.objects.filter(graph=stored).count(), stored.edges) == (len(graph.edges), len(graph.edges))
    assert WaveAtom.objects.filter(graph=stored).count() == size
    for wanted in ("json", "svg", "mermaid"):
        with CaptureQueriesContext(connection) as read:
            _, text = picture_as(stored, wanted)
        assert len(read) == 3
        assert text.count(f"f{size - 1}") >= 1
