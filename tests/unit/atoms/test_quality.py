"""The judge of cuts is not the one who cuts: it finds cuts that are off any boundary."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from execution.atoms import Atom, cut
from execution.atoms.quality import Quality, cuts_off_boundary, measure
from tests.unit.atoms.strategies import javascript_files, python_files, tsx_files

PYTHON = b"""import os


# why
@os.decorated
def f(a):
    if a:
        return 1
    else:
        return (
            2
        )
"""
JAVASCRIPT = b"""/* why */
class A {
  // m
  m() {
    if (a) {
      b();
    } else {
      c(
        1);
    }
  }
}
"""


def cut_before(path: str, data: bytes, line: int) -> tuple[Atom, ...]:
    """The file as two atoms, the second beginning with ``line``."""
    (whole,) = cut("a.md", data)
    at = len(b"".join(data.splitlines(keepends=True)[: line - 1]))
    first = whole._replace(path=path, end_byte=at, source=data[:at])
    return first, whole._replace(path=path, start_byte=at, source=data[at:])


@pytest.mark.parametrize(
    ("path", "data", "good"),
    [("a.py", PYTHON, {2, 3, 4, 5, 7, 8, 9, 10}), ("a.js", JAVASCRIPT, {2, 3, 4, 5, 6, 8})],
)
def test_a_cut_is_on_a_boundary_before_a_statement_a_member_or_a_clause(path: str, data: bytes, good: set[int]) -> None:
    lines = range(2, data.count(b"\n") + 1)
    assert {line for line in lines if not cuts_off_boundary(path, data, cut_before(path, data, line))} == good


@settings(max_examples=30, deadline=None)
@given(python_files)
def test_python_is_always_cut_on_a_boundary(data: bytes) -> None:
    assert cuts_off_boundary("a.py", data, cut("a.py", data)) == []


def test_figures_of_a_good_file() -> None:
    quality = measure([("a.py", PYTHON), ("b.md", b"# not code"), ("c.py", b"def (:\n")])["python"]
    assert {name: value for name, value in quality.figures().items() if not name.startswith("fails")} == {
        "files": 2,
        "lossless": 1.0,
        "left_whole": 0.5,
        "atoms": 2,
        "median_lines": 4.5,
        "p95_lines": 8,
        "within_limit": 1.0,
        "on_boundary": 1.0,
        "atomic": 1.0,
        "complete_context": 1.0,
        "mean_completeness": 1.0,
    }


def test_nothing_measured_is_nothing_wrong() -> None:
    assert Quality().figures()["on_boundary"] == 1.0


@settings(max_examples=20, deadline=None)
@given(javascript_files, tsx_files)
def test_generated_files_can_be_measured(javascript: bytes, tsx: bytes) -> None:
    found = measure([("a.js", javascript), ("a.tsx", tsx)])
    assert [quality.lossless for quality in found.values()] == [1, 1]
