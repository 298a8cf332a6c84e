from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from execution.acceptance.records import is_test, read_records


def line(**values: object) -> bytes:
    return json.dumps(values).encode() + b"\n"


def a_test(outcome: str = "passed", node_id: str = "t.py::a", **values: object) -> bytes:
    defaults = {"kind": "test", "node_id": node_id, "outcome": outcome, "seconds": 0.1, "message": "", "frames": []}
    return line(**defaults | values)


def test_tests_coverage_and_the_end_are_read() -> None:
    content = (
        a_test()
        + line(
            kind="coverage", tests={"t.py::a": {"app/a.py": [1, 2]}}, files={"app/a.py": [4, 3], "t/test_a.py": [9, 9]}
        )
        + line(kind="finished", collected=1, exit=0)
    )
    records = read_records(content)
    assert [test.node_id for test in records.tests] == ["t.py::a"]
    assert records.coverage == {"t.py::a": {"app/a.py": frozenset({1, 2})}}
    assert (records.percent, records.finished) == (75.0, 0)


def test_the_worst_outcome_of_a_test_counts() -> None:
    assert [test.outcome for test in read_records(a_test() + a_test("error")).tests] == ["error"]
    assert [test.outcome for test in read_records(a_test("failed") + a_test("passed")).tests] == ["failed"]


def test_what_is_no_record_is_left_out() -> None:
    hostile = b"[" * 100_000 + b"\n" + b"\xff\n{}\n" + line(kind="test") + a_test("invented") + a_test()[:20]
    records = read_records(hostile)
    assert (records.tests, records.coverage, records.percent, records.finished) == ((), {}, None, None)


@given(st.binary(max_size=500))
def test_any_bytes_are_read_without_an_error(content: bytes) -> None:
    assert read_records(content).finished is None


def test_test_files_are_known_by_their_place_or_name() -> None:
    assert [is_test(path) for path in ("tests/a.py", "app/tests/a.py", "test_a.py", "conftest.py")] == [True] * 4
    assert [is_test(path) for path in ("app/a.py", "app/latest.py", "tests.py")] == [False] * 3
