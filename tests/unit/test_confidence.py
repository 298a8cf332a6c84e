from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.confidence import (
    ATTEMPT_SCORES,
    PART_WEIGHTS,
    Check,
    Integration,
    complexity_part,
    integration_part,
    layer_checks,
    level_of,
    score,
    validation_part,
)

SEVERITIES = st.sampled_from(["critical", "important", "nice_to_have"])
OUTCOMES = st.sampled_from(["passed", "failed", "not_run"])
CHECKS = st.lists(st.builds(Check, st.just("types"), SEVERITIES, OUTCOMES, st.integers(0, 20)), max_size=12)
COMPLEXITIES = st.floats(0, 50, allow_nan=False)
INTEGRATIONS = st.none() | st.integers(0, 20).flatmap(
    lambda total: st.builds(Integration, st.integers(0, total), st.just(total))
)
ALL_PASSED = [Check("syntax", "critical", "passed"), Check("lint", "important", "passed")]


def test_a_perfect_atom_scores_one() -> None:
    found = score(validation=ALL_PASSED, attempts=1, complexity=1, integration=Integration(4, 4))

    assert found.score == 1.0
    assert found.level == "high"
    assert found.explanation == "1.00: every check passed, one attempt, complexity 1"


def test_the_formula_weighs_validation_attempts_complexity_and_integration() -> None:
    checks = [Check("types", "critical", "failed", 2), Check("lint", "important", "passed")]

    found = score(validation=checks, attempts=2, complexity=5.5, integration=Integration(1, 4))

    assert found.parts.validation == 0.4
    assert found.parts.attempts == 0.7
    assert found.parts.complexity == 0.5
    assert found.parts.integration == 0.25
    assert found.score == pytest.approx(0.4 * 0.4 + 0.3 * 0.7 + 0.2 * 0.5 + 0.1 * 0.25)


def test_the_explanation_reads_as_a_sentence_with_the_reasons() -> None:
    checks = [
        Check("syntax", "critical", "passed"),
        Check("types", "critical", "failed", 2),
        Check("security", "important", "not_run"),
    ]

    found = score(validation=checks, attempts=3, complexity=7, integration=Integration(1, 3))

    assert found.explanation == (
        "0.37: two type errors, security not run, three attempts, complexity 7, 2 of three tests failing"
    )


def test_weights_of_the_parts_add_up_to_one() -> None:
    assert sum(PART_WEIGHTS.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(("attempts", "part"), [(1, 1.0), (2, 0.7), (3, 0.4), (4, 0.0), (0, 0.0)])
def test_each_attempt_has_its_score(attempts: int, part: float) -> None:
    assert score(validation=ALL_PASSED, attempts=attempts, complexity=1).parts.attempts == part


@pytest.mark.parametrize(("complexity", "part"), [(0, 1.0), (1, 1.0), (5.5, 0.5), (10, 0.0), (40, 0.0)])
def test_complexity_falls_in_a_line_from_one_to_ten(complexity: float, part: float) -> None:
    assert complexity_part(complexity) == part


@pytest.mark.parametrize(
    ("total", "level"),
    [
        (1.0, "high"),
        (0.85, "high"),
        (0.849999, "medium"),
        (0.70, "medium"),
        (0.699999, "low"),
        (0.5, "low"),
        (0.49, "critical"),
    ],
)
def test_levels_begin_at_their_bounds(total: float, level: str) -> None:
    assert level_of(total) == level


def test_a_score_on_the_bound_is_not_lost_to_binary_fractions() -> None:
    found = score(validation=ALL_PASSED, attempts=1, complexity=5.5)

    assert found.score == 0.85
    assert found.level == "high"


def test_nothing_checked_is_not_taken_for_passed() -> None:
    found = score(validation=[], attempts=1, complexity=1)

    assert found.parts.validation == 0.0
    assert "nothing checked" in found.explanation


def test_layers_become_checks_with_their_severity() -> None:
    checks = layer_checks({"syntax": 0, "types": 2, "security": None, "performance": 0})

    assert checks == [
        Check("syntax", "critical", "passed"),
        Check("types", "critical", "failed", 2),
        Check("security", "important", "not_run"),
        Check("performance", "nice_to_have", "passed"),
    ]
    with pytest.raises(KeyError):
        layer_checks({"astrology": 0})


def test_a_check_that_did_not_run_does_not_count_as_passed() -> None:
    assert validation_part([Check("types", "critical", "not_run"), Check("syntax", "critical", "passed")]) == 0.5


def test_no_tests_that_touch_the_atom_are_neutral() -> None:
    assert integration_part(None) == integration_part(Integration(0, 0)) == 0.5


def test_more_tests_passed_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="3 passed of 2"):
        Integration(3, 2)


@given(CHECKS, st.integers(0, 8), COMPLEXITIES, INTEGRATIONS)
def test_the_score_and_its_parts_stay_between_zero_and_one(
    checks: list[Check], attempts: int, complexity: float, integration: Integration | None
) -> None:
    found = score(validation=checks, attempts=attempts, complexity=complexity, integration=integration)

    assert 0.0 <= found.score <= 1.0
    for part in (found.parts.validation, found.parts.attempts, found.parts.complexity, found.parts.integration):
        assert 0.0 <= part <= 1.0
    assert found.explanation.startswith(f"{found.score:.2f}: ")


@given(CHECKS.filter(bool), st.integers(0, 20), st.integers(1, 4), COMPLEXITIES)
def test_a_check_that_passes_instead_never_lowers_the_score(
    checks: list[Check], which: int, attempts: int, complexity: float
) -> None:
    better = list(checks)
    better[which % len(better)] = replace(better[which % len(better)], outcome="passed")

    before = score(validation=checks, attempts=attempts, complexity=complexity)
    after = score(validation=better, attempts=attempts, complexity=complexity)

    assert after.score >= before.score


@given(CHECKS, st.integers(1, 6), COMPLEXITIES, st.floats(0, 10, allow_nan=False))
def test_more_attempts_or_more_complexity_never_raise_the_score(
    checks: list[Check], attempts: int, complexity: float, more: float
) -> None:
    base = score(validation=checks, attempts=attempts, complexity=complexity).score

    assert score(validation=checks, attempts=attempts + 1, complexity=complexity).score <= base
    assert score(validation=checks, attempts=attempts, complexity=complexity + more).score <= base


@given(COMPLEXITIES, st.integers(0, 9))
def test_an_atom_accepted_at_once_is_never_below_the_review_bound(complexity: float, passing: int) -> None:
    found = score(validation=ALL_PASSED, attempts=1, complexity=complexity, integration=Integration(passing, 9))

    assert ATTEMPT_SCORES[1] == 1.0
    assert found.score >= 0.70
