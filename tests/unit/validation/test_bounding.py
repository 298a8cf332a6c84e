from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from execution.validation.bounding import MOST_CHARACTERS, bounded
from integrations.llm.shapes import Diagnostic


def finding(line: int, code: str = "x", severity: str = "error", message: str = "wrong") -> Diagnostic:
    return Diagnostic.model_validate(
        {"path": "a.py", "line": line, "layer": "lint", "code": code, "message": message, "severity": severity}
    )


def test_few_are_kept_as_they_are() -> None:
    found = [finding(2), finding(1)]
    assert bounded(found) == (tuple(found), 0)


def test_of_ten_thousand_on_a_hundred_lines_every_line_keeps_one() -> None:
    found = [finding(line, code=str(number)) for line in range(100) for number in range(100)]
    kept, left_out = bounded(found, most=300)
    assert (len(kept), left_out) == (300, 9_700)
    assert {item.line for item in kept} == set(range(100))
    assert [item.code for item in kept[:3]] == ["0", "1", "2"]


def test_every_line_with_an_error_keeps_one_however_many_there_are() -> None:
    kept, left_out = bounded([finding(line) for line in range(5_000)], most=1_000)
    assert (len(kept), left_out) == (5_000, 0)


def test_errors_are_kept_before_warnings() -> None:
    found = [finding(line, severity="warning") for line in range(50)] + [finding(line) for line in range(50, 60)]
    kept, left_out = bounded(found, most=20)
    assert ([item.severity for item in kept].count("error"), left_out) == (10, 40)


def test_an_endless_message_is_cut() -> None:
    ((kept,), _) = bounded([finding(1, message="x" * 1_000_000)])
    assert len(kept.message) == MOST_CHARACTERS + 4


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["error", "warning"])), max_size=40), st.integers(0, 10))
def test_nothing_is_made_up_and_every_line_with_an_error_stays(rows: list[tuple[int, str]], most: int) -> None:
    found = [finding(line, str(number), severity) for number, (line, severity) in enumerate(rows)]
    kept, left_out = bounded(found, most=most)
    assert len(kept) + left_out == len(found)
    assert list(kept) == [item for item in found if item in kept]
    assert {item.line for item in kept if item.severity == "error"} == {line for line, kind in rows if kind == "error"}
