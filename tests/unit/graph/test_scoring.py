"""Calls found against calls known: what counts, and what the resolver reaches on cases of our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from execution.graph.scoring import figures, score_case, score_cases
from tests.unit.graph.projects import edges_of, graph_of

VISITOR = """
class Visitor:
    def visit(self, kind):
        method = f"visit_{kind}"
        return getattr(self, method.lower(), self.other)()

    def visit_name(self):
        return 1

    def visit_call(self):
        return 2

    def other(self):
        return 3

    def apart(self):
        return 4
"""


def case(root: Path, name: str, code: str, truth: dict[str, list[str]], *, suffix: str = "py") -> Path:
    folder = root / name
    folder.mkdir()
    (folder / f"main.{suffix}").write_text(code)
    (folder / "callgraph.json").write_text(json.dumps(truth))
    return folder


def test_calls_are_right_wrong_or_missing(tmp_path: Path) -> None:
    code = "def f():\n    pass\n\n\ndef g():\n    f()\n    print(1)\n\n\ng()\n"
    case(tmp_path, "a", code, {"main": ["main.g"], "main.g": ["main.h", "<builtin>.print"], "main.f": ["main.g"]})
    (score,) = score_cases(tmp_path)
    assert score.case == "a"
    assert score.right == {("main", "main.g")}
    assert score.wrong == {("main.g", "main.f")}
    assert score.missing == {("main.f", "main.g")}
    assert figures([score]) == {"cases": 1, "calls": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_scripts_are_scored_too(tmp_path: Path) -> None:
    folder = case(tmp_path, "a", "function f() {}\nfunction g() { f(); }\ng();\n", {}, suffix="js")
    score = score_case(folder, {"main": ["main.g"], "main.g": ["main.f"], "<global>": ["main.f"]})
    assert (len(score.right), score.wrong, score.missing) == (2, frozenset(), frozenset())


def test_a_computed_name_leads_to_the_members_that_begin_like_it(tmp_path: Path) -> None:
    truth = {"main.Visitor.visit": [f"main.Visitor.{name}" for name in ("visit_name", "visit_call", "other")]}
    score = score_case(case(tmp_path, "a", VISITOR, truth), truth)
    assert figures([score])["f1"] == 1.0


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ('"visit_" + kind', True),
        ('"visit_%s" % kind', True),
        ('"visit_{}".format(kind)', True),
        ('f"visit_{kind}".lower()', True),
        ('f"{kind}_visit"', False),
        ('"_" + kind', False),
        ("kind", False),
    ],
)
def test_a_beginning_is_known_from_how_the_name_is_made(name: str, begins: bool) -> None:
    text = f"def visit_a():\n    pass\n\n\ndef _b():\n    pass\n\n\ndef go(me, kind):\n    me({name})\n"
    graph = graph_of(a=text, b=f"import a\n\n\ndef go(kind):\n    return getattr(a, {name})()\n")
    needed = {source for source, target, type_ in edges_of(graph) if target == "b:go" and type_ == "control"}
    assert needed == ({"a:visit_a"} if begins else set())


def test_a_name_that_is_bound_in_two_ways_has_no_beginning() -> None:
    twice = "def go(a, name):\n    name = 'visit_' + name\n    return getattr(m, name)()\n"
    graph = graph_of(m="def visit_a():\n    pass\n", b=f"import m\n\n\n{twice}")
    assert edges_of(graph) == set()


def test_depgraph_prints_the_score_and_the_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case(tmp_path, "good", "def f():\n    pass\n\n\nf()\n", {"main": ["main.f"]})
    case(tmp_path, "odd", "def f():\n    pass\n", {"main": ["main.f"]})
    call_command("depgraph", str(tmp_path), "--score")
    fault, total = map(json.loads, capsys.readouterr().out.splitlines())
    assert fault == {"case": "odd", "wrong": [], "missing": [["main", "main.f"]]}
    assert total == {"cases": 2, "calls": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667}


def test_a_folder_without_cases_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"No callgraph\.json"):
        call_command("depgraph", str(tmp_path), "--score")
