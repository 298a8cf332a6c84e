"""Gate S, and which tests prove a requirement."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.acceptance.bisecting import first_bad
from execution.acceptance.gate import Proof, judge_gate
from execution.acceptance.proofs import Outcome, by_test, file_of, is_ours, outcome_of_file, outcome_of_node
from execution.acceptance.report import TestCase
from execution.acceptance.written import module_of, problems_of_answer, problems_of_code
from integrations.llm.shapes import AcceptanceTestCode, AcceptanceTests, WantedTest


def must(passed: bool | None = True, **fields: Any) -> Proof:
    return Proof("must", passed, **{"ran": passed is not None, **fields})


def should(passed: bool | None = True, **fields: Any) -> Proof:
    return Proof("should", passed, **{"ran": passed is not None, **fields})


def test_a_gate_without_any_test_that_ran_is_not_applicable() -> None:
    for proofs in ([], [must(None)], [should(None), must(None)]):
        assert judge_gate(proofs, final=False).passed is None
    assert judge_gate([must(None)], final=False).reason == "No test could run yet; 1 cannot run yet."
    assert judge_gate([], final=True).passed is None


def test_what_could_not_run_yet_holds_nobody_up_but_at_the_end_has_not_passed() -> None:
    proofs = [must(), must(None)]
    between, end = judge_gate(proofs, final=False), judge_gate(proofs, final=True)
    assert (between.passed, between.must_rate) == (True, 1.0)
    assert (end.passed, end.must_rate, end.reason) == (False, 0.5, "must 1 of 2, should 0 of 0; 1 not run")


def test_a_must_test_that_was_skipped_has_not_passed() -> None:
    assert judge_gate([must(), must(None, ran=True)], final=False).passed is False


@pytest.mark.parametrize(("passing", "passes"), [(18, False), (19, True), (20, True)])
def test_should_tests_must_pass_to_95_percent(passing: int, passes: bool) -> None:
    proofs = [should(number < passing) for number in range(20)]
    assert judge_gate(proofs, final=False).passed is passes


def test_what_a_person_excused_and_what_no_test_can_prove_is_told_and_not_counted() -> None:
    verdict = judge_gate([must(), must(False, excused=True), must(None, unprovable=True)], final=True)
    assert (verdict.passed, verdict.must_rate) == (True, 1.0)
    assert verdict.reason == "must 1 of 1, should 0 of 0; 1 overridden; 1 without a test"
    assert judge_gate([must(False, excused=True)], final=True).passed is None


@given(st.lists(st.tuples(st.booleans(), st.booleans())))
def test_a_failed_must_test_always_fails_the_gate(rows: list[tuple[bool, bool]]) -> None:
    proofs = [must(passed) if is_must else should(passed) for is_must, passed in rows]
    failed = any(is_must and not passed for is_must, passed in rows)
    assert not failed or judge_gate(proofs, final=False).passed is False


def test_tests_of_ours_have_files_of_their_own() -> None:
    assert file_of("a1") == "tests/test_acceptance_a1.py"
    assert is_ours("tests/test_acceptance_a1.py::test_x")
    assert not is_ours("tests/test_books.py::test_x")


def test_a_file_without_a_test_that_ran_proves_nothing() -> None:
    path = file_of("a")
    cases = [TestCase(node_id=f"{path}::test_a", outcome="passed"), TestCase(node_id="other.py::t", outcome="failed")]
    assert outcome_of_file(path, cases).passed is True
    assert outcome_of_file(path, []) == Outcome(None, ran=False)
    skipped = [TestCase(node_id=f"{path}::test_a", outcome="skipped", message="why")]
    assert outcome_of_file(path, skipped) == Outcome(None, ran=True, message="why")
    both = [*cases, TestCase(node_id=f"{path}::test_b", outcome="failed", message="assert 1 == 2")]
    assert outcome_of_file(path, both) == Outcome(False, message="assert 1 == 2")


def test_a_test_whose_file_does_not_load_has_failed() -> None:
    cases = by_test([TestCase(node_id="tests/test_a.py", outcome="error", message="no module")])
    assert outcome_of_node("tests/test_a.py::test_one", cases) == Outcome(False, message="no module")
    assert outcome_of_node("tests/test_b.py::test_one", cases).ran is False


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def test_a():\n    assert 1 + 1 == 2\n", ""),
        ("def check(x):\n    assert x\n\ndef test_a():\n    check(3)\n", ""),
        ("import pytest\ndef test_a():\n    with pytest.raises(ValueError):\n        int('a')\n", ""),
        ("def test_a():\n    print(1)\n", "test_a asserts nothing, so it cannot fail"),
        ("def test_a():\n    assert True\n", "test_a asserts nothing, so it cannot fail"),
        ("def check():\n    assert 1 == 1\n", "it has no test function"),
        ("def test_a(:\n", "it does not parse"),
    ],
)
def test_a_test_that_cannot_fail_proves_nothing(code: str, problem: str) -> None:
    found = problems_of_code(code)
    assert (found == []) if not problem else found[0].startswith(problem)


def test_an_answer_must_speak_of_every_criterion() -> None:
    wanted = [WantedTest(id="c1", text="a"), WantedTest(id="c2", text="b"), WantedTest(id="c3", text="c")]
    answer = AcceptanceTests(
        imports=["import os"],
        helpers="def helper() -> int:\n    return 1\n",
        tests=[
            AcceptanceTestCode(criterion="c1", name="test_one", code="def test_one():\n    assert helper() == 1\n"),
            AcceptanceTestCode(criterion="c9", name="test_nine", code="def test_nine():\n    assert helper()\n"),
        ],
        untestable={"c2": "It is a matter of taste."},
    )
    assert problems_of_answer(answer, wanted) == [
        "c9: there is no such criterion",
        "c3: neither a test nor a reason",
    ]
    assert module_of(answer, "c1") == (
        "import os\n\n\ndef helper() -> int:\n    return 1\n\n\ndef test_one():\n    assert helper() == 1\n"
    )


@given(st.integers(1, 60), st.data())
def test_bisection_finds_the_change_that_turned_the_tests_red(total: int, data: st.DataObject) -> None:
    culprit = data.draw(st.integers(0, total - 1))
    asked: list[int] = []

    def is_red(changes: Any) -> bool:
        asked.append(len(changes))
        return culprit in changes

    assert first_bad(list(range(total)), is_red, most=10) == culprit
    assert len(asked) <= 1 + max(total - 1, 1).bit_length()


def test_no_change_is_blamed_for_tests_that_were_red_without_any() -> None:
    assert first_bad([1, 2, 3], lambda changes: True, most=10) is None
    assert first_bad([], lambda changes: True, most=10) is None


def test_bisection_gives_up_when_it_may_not_ask_enough() -> None:
    assert first_bad(list(range(60)), lambda changes: 40 in changes, most=3) is None
