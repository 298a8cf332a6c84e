from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.acceptance.blame import suspects
from execution.acceptance.report import TestCase, TestReport

SPANS = {"app/a.py": [("one", 1, 10), ("two", 11, 20), ("three", 21, 30)]}


def report(
    *tests: tuple[str, str, set[int]], frames: dict[str, tuple[tuple[str, int], ...]] | None = None
) -> TestReport:
    return TestReport(
        status="failed",
        tests=tuple(
            TestCase(node_id=name, outcome=outcome, frames=(frames or {}).get(name, ()))  # type: ignore[arg-type]  # a literal
            for name, outcome, _ in tests
        ),
        coverage={name: {"app/a.py": frozenset(lines)} for name, _, lines in tests},
    )


def test_scores_are_ochiai_s() -> None:
    found = suspects(report(("f1", "failed", {1, 11}), ("f2", "error", {11}), ("p1", "passed", {1, 12})), SPANS)
    assert [atom for atom, _ in found] == ["two", "one"]
    assert [score for _, score in found] == pytest.approx([2 / sqrt(2 * 3), 1 / sqrt(2 * 2)])


def test_an_atom_that_only_failing_tests_touch_has_one() -> None:
    assert suspects(report(("f", "failed", {25}), ("p", "passed", {1})), SPANS) == [("three", 1.0)]


def test_green_tests_blame_nobody() -> None:
    assert suspects(report(("p", "passed", {1})), SPANS) == []


def test_skipped_tests_do_not_count() -> None:
    assert suspects(report(("f", "failed", {1}), ("s", "skipped", {1}), ("x", "xfailed", {1})), SPANS) == [("one", 1.0)]


def test_of_equals_the_one_nearest_to_the_failure_comes_first() -> None:
    frames: dict[str, tuple[tuple[str, int], ...]] = {"f": (("tests/t.py", 3), ("app/a.py", 25), ("app/a.py", 12))}
    found = suspects(report(("f", "failed", {1, 12, 25}), frames=frames), SPANS)
    assert [atom for atom, _ in found] == ["two", "three", "one"]


def test_without_coverage_the_traceback_tells() -> None:
    broken = TestReport(
        status="failed", tests=(TestCase(node_id="t", outcome="error", frames=(("app/a.py", 15), ("gone.py", 1))),)
    )
    assert suspects(broken, SPANS) == [("two", 1.0)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["passed", "failed"]), st.sets(st.integers(1, 30), max_size=6)),
        min_size=1,
        max_size=8,
    )
)
def test_scores_are_shares_and_falling_and_only_of_touched_atoms(rows: list[tuple[str, set[int]]]) -> None:
    tests = [(f"t{number}", outcome, lines) for number, (outcome, lines) in enumerate(rows)]
    found = suspects(report(*tests), SPANS)
    scores = [score for _, score in found]
    assert all(0 < score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    touched = {line for outcome, lines in rows if outcome == "failed" for line in lines}
    assert {atom for atom, _ in found} == {
        atom for atom, start, end in SPANS["app/a.py"] if any(start <= line <= end for line in touched)
    }
