"""A graph built again after edits is the graph built from nothing, and only what may have changed is looked at."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from execution.atoms import Atom, cut
from execution.graph import Builder, build
from execution.graph.groups import groups
from execution.graph.references import references

PATHS = [
    "a.py", "b.py", "pkg/__init__.py", "pkg/c.py", "pkg/d.py", "src/lib/__init__.py", "src/lib/e.py", "x.ts",
    "web/y.ts", "web/index.js", "z.jsx",
]  # fmt: skip
LINES = [
    "import a", "import pkg.c", "from pkg import c, d as e", "from . import d", "from .c import *", "from a import f",
    "from lib.e import f", "import lib", "def f(g=None):\n    g()\n    return pkg.c.f(f)", "f(lib.e.f)",
    "class A:\n    def m(self):\n        return f()", "A().m()", "import { f } from './web';",
    "import * as a from '../x';",
    "export * from './y';", "export function f(g) { g(); }", "const { h } = require('./web/y');", "f(h);",
    "class B extends A { m() { f(); } }",
]  # fmt: skip
files = st.dictionaries(st.sampled_from(PATHS), st.lists(st.sampled_from(LINES), max_size=5), min_size=1, max_size=8)


def atoms_of(texts: dict[str, list[str]]) -> dict[str, tuple[Atom, ...]]:
    return {path: cut(path, "".join(f"{line}\n" for line in lines).encode()) for path, lines in texts.items()}


def data_of(texts: dict[str, list[str]]) -> dict[str, bytes]:
    return {path: "".join(f"{line}\n" for line in lines).encode() for path, lines in texts.items()}


@settings(max_examples=60, deadline=None)
@given(st.lists(files, min_size=2, max_size=4))
def test_building_again_gives_what_building_from_nothing_gives(versions: list[dict[str, list[str]]]) -> None:
    builder = Builder()
    for texts in versions:
        atoms = atoms_of(texts)
        assert builder.build(atoms) == build(atoms)


@settings(max_examples=60, deadline=None)
@given(files)
def test_no_reference_crosses_groups(texts: dict[str, list[str]]) -> None:
    data = data_of(texts)
    parts = [references({path: data[path] for path in paths}, "", {}) for paths in groups(data)]
    assert {one for part in parts for one in part} == set(references(data, "", {}))


@settings(max_examples=30, deadline=None)
@given(files, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(texts: dict[str, list[str]], order: random.Random) -> None:
    shuffled = list(texts.items())
    order.shuffle(shuffled)
    assert build(atoms_of(dict(shuffled))) == build(atoms_of(texts))


def test_only_the_group_of_a_changed_file_is_resolved_again() -> None:
    texts = {"api/m.py": ["def f(): pass"], "api/n.py": ["from api.m import f"], "web/a.ts": ["export const x = 1;"]}
    builder = Builder()
    resolved: list[tuple[str, ...]] = []
    for change in ({}, {"api/m.py": ["def f(): return 1"]}, {"api/m.py": ["def f(): return 1"]}):
        builder.build(atoms_of(texts | change))
        resolved.append(builder.resolved)
    assert resolved == [("api/m.py", "api/n.py", "web/a.ts"), ("api/m.py", "api/n.py"), ()]
