"""Imports of every form resolve to what they bring."""

from __future__ import annotations

import pytest

from execution.atoms import cut
from execution.graph import build
from tests.unit.graph.projects import edge_between, edges_of, graph_of

PACKAGE = {
    "pkg__init": "from .core import work as job\n",
    "pkg__core": "LIMIT = 1\n\n\ndef work():\n    pass\n\n\ndef _hidden():\n    pass\n",
}


@pytest.mark.parametrize(
    ("statement", "call"),
    [
        ("from pkg.core import work", "work()"),
        ("from pkg.core import work as w", "w()"),
        ("from pkg import core", "core.work()"),
        ("from pkg import core as c", "c.work()"),
        ("import pkg.core", "pkg.core.work()"),
        ("import pkg.core as c", "c.work()"),
        ("from pkg import job", "job()"),
        ("import pkg", "pkg.job()"),
        ("from pkg.core import *", "work()"),
        ("from pkg import *", "job()"),
    ],
)
def test_absolute_imports(statement: str, call: str) -> None:
    graph = graph_of(**PACKAGE, main=f"{statement}\n\n\ndef f():\n    {call}\n")
    assert ("pkg/core:work", "main:f", "control") in edges_of(graph)
    assert ("main:import", "main:f", "import") in edges_of(graph, without_imports=False)


@pytest.mark.parametrize(
    ("statement", "call"),
    [
        ("from .core import work", "work()"),
        ("from . import core", "core.work()"),
        ("from . import job", "job()"),
        ("from ..pkg.core import work", "work()"),
        ("from .core import *", "work()"),
    ],
)
def test_relative_imports(statement: str, call: str) -> None:
    graph = graph_of(**PACKAGE, pkg__main=f"{statement}\n\n\ndef f():\n    {call}\n")
    assert ("pkg/core:work", "pkg/main:f", "control") in edges_of(graph)


def test_the_import_atom_needs_what_it_imports() -> None:
    graph = graph_of(**PACKAGE, main="from pkg.core import LIMIT\n\nX = LIMIT\n")
    assert edge_between(graph, "pkg/core:LIMIT", "main:import", "import").timing == "import"
    assert edge_between(graph, "pkg/core:LIMIT", "main:X", "data").line == 3


def test_a_re_export_is_followed_to_the_definition() -> None:
    graph = graph_of(**PACKAGE, main="from pkg import job\n\nX = job()\n")
    found = edges_of(graph, without_imports=False)
    assert {
        ("pkg/core:work", "pkg/__init__:import", "import"),
        ("pkg/__init__:import", "main:import", "import"),
    } <= found
    assert ("pkg/core:work", "main:X", "control") in found


def test_a_star_brings_what_all_lists_and_nothing_hidden() -> None:
    functions = "def work(): ...\n\n\ndef _hidden(): ...\n\n\ndef other(): ...\n"
    core = f"__all__ = ['_hidden']\n__all__ += ['other']\n\n\n{functions}"
    graph = graph_of(core=core, main="from core import *\n\n\ndef f():\n    work(), _hidden(), other()\n")
    assert {source for source, target, _ in edges_of(graph) if target == "main:f"} == {"core:_hidden", "core:other"}


def test_a_type_checking_import_is_for_the_checker_only() -> None:
    text = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from b import T\n\n\ndef f(t: 'T'): ...\n"
    graph = graph_of(a=text, b="class T: ...\n")
    assert edge_between(graph, "b:T", "a:statement", "import").timing == "checking"
    assert edge_between(graph, "b:T", "a:f", "type").timing == "checking"


def test_annotations_are_for_the_checker_when_they_are_not_evaluated() -> None:
    graph = graph_of(a="from __future__ import annotations\n\n\nclass T: ...\n\n\ndef f(t: T): ...\n")
    assert edge_between(graph, "a:T", "a:f", "type").timing == "checking"


def test_an_import_inside_a_function_is_needed_when_it_runs() -> None:
    graph = graph_of(a="def f():\n    from b import g\n    g()\n", b="def g(): ...\n")
    assert edge_between(graph, "b:g", "a:f", "import").timing == "call"


def test_a_source_folder_is_a_root() -> None:
    graph = graph_of(src__core="def work(): ...\n", src__main="from core import work\n\n\ndef f():\n    work()\n")
    assert ("src/core:work", "src/main:f", "control") in edges_of(graph)


def test_a_root_that_is_a_package_is_known_by_its_name() -> None:
    sources = {"__init__.py": b"from . import core\n", "core.py": b"def work(): ...\n"}
    main = b"import app\nfrom app.core import work\n\n\ndef f():\n    app.core.work()\n\n\ndef g():\n    work()\n"
    files = {path: cut(path, data) for path, data in {**sources, "main.py": main}.items()}
    found = edges_of(build(files, root_package="app"))
    assert found == {("core:work", "main:f", "control"), ("core:work", "main:g", "control")}


def test_circular_imports_end() -> None:
    graph = graph_of(a="from b import *\nfrom b import y\n\nx = 1\n", b="from a import *\nfrom a import x\n\ny = 1\n")
    assert len(graph.nodes) == 4


def test_either_side_of_a_guarded_import_is_found() -> None:
    text = "try:\n    from fast import work\nexcept ImportError:\n    from slow import work\n\n\ndef f():\n    work()\n"
    graph = graph_of(fast="def work(): ...\n", slow="def work(): ...\n", main=text)
    assert {("fast:work", "main:f", "control"), ("slow:work", "main:f", "control")} <= edges_of(graph)
