"""Confidence against decisions. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.calibration import calibrate, calibration_error
from review.plotting import SIDE, plot

DECIDED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


def test_decisions_are_counted_in_the_band_of_their_score() -> None:
    bins = calibrate([(0.62, True), (0.68, False), (0.6, True), (1.0, True), (0.999, True)])
    assert [(found.low, found.high, found.kept.hits, found.kept.cases) for found in bins] == [
        (0.6, 0.7, 2, 3),
        (0.9, 1.0, 2, 2),
    ]
    assert bins[0].confidence == pytest.approx(0.6333, abs=1e-4)


@pytest.mark.parametrize(("score", "low"), [(0.0, 0.0), (0.3, 0.3), (0.7, 0.7), (0.29999, 0.2), (1.0, 0.9)])
def test_a_score_on_a_bound_belongs_to_the_band_above(score: float, low: float) -> None:
    (found,) = calibrate([(score, True)])
    assert found.low == low


@given(DECIDED)
def test_no_decision_is_lost_and_the_error_lies_between_zero_and_one(decided: list[tuple[float, bool]]) -> None:
    bins = calibrate(decided)
    assert sum(found.kept.cases for found in bins) == len(decided)
    assert sum(found.kept.hits for found in bins) == sum(kept for _, kept in decided)
    error = calibration_error(bins)
    assert (error is None) == (not decided)
    assert error is None or 0 <= error <= 1


def test_perfect_confidence_has_no_error_and_the_worst_has_all() -> None:
    assert calibration_error(calibrate([(1.0, True), (0.0, False)])) == 0
    assert calibration_error(calibrate([(1.0, False), (0.0, True)])) == 1
    half = [(0.5, number % 2 == 0) for number in range(10)]
    assert calibration_error(calibrate(half)) == pytest.approx(0)


@given(DECIDED)
def test_points_stand_inside_the_picture(decided: list[tuple[float, bool]]) -> None:
    for point in plot(calibrate(decided)).points:
        assert 0 <= point.x <= SIDE
        assert 0 <= point.top <= point.y <= point.bottom <= SIDE


def test_only_what_says_enough_is_joined_by_the_line() -> None:
    drawn = plot(calibrate([*[(0.55, True)] * 4, *[(0.95, True)] * 5]))
    assert (len(drawn.points), drawn.line) == (2, "95.0,0.0")
