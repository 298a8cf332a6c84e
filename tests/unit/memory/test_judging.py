from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.memory.judging import Comparison, Share

counts = st.integers(0, 400).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(10, 20, 0.2993, 0.7007), (0, 10, 0.0, 0.2775), (81, 263, 0.2553, 0.3662), (3, 3, 0.4385, 1.0)],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, cases: int, low: float, high: float) -> None:
    assert Share(hits, cases).interval == pytest.approx((low, high), abs=1e-4)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """The example of his paper: 56 of 70 against 48 of 80."""
    compared = Comparison(Share(56, 70), Share(48, 80))
    assert compared.difference == pytest.approx(0.2)
    assert compared.interval == pytest.approx((0.0524, 0.3339), abs=1e-4)


@pytest.mark.parametrize(
    ("given_", "without", "verdict"),
    [
        ((3, 3), (0, 3), "too_few"),
        ((19, 19), (0, 400), "too_few"),
        ((36, 40), (20, 40), "helps"),
        ((20, 40), (36, 40), "hurts"),
        ((36, 40), (34, 40), "no_difference"),
        ((0, 0), (0, 0), "too_few"),
    ],
)
def test_nothing_is_claimed_on_few_cases_or_small_differences(
    given_: tuple[int, int], without: tuple[int, int], verdict: str
) -> None:
    assert Comparison(Share(*given_), Share(*without)).verdict == verdict


def test_without_a_case_everything_is_possible() -> None:
    assert (Share(0, 0).rate, Share(0, 0).interval) == (None, (0.0, 1.0))
    assert Comparison(Share(0, 0), Share(1, 2)).interval == (-1.0, 1.0)


@given(counts, counts)
def test_intervals_hold_what_was_seen_and_stay_in_their_range(one: tuple[int, int], other: tuple[int, int]) -> None:
    compared = Comparison(Share(*one), Share(*other))
    low, high = compared.given.interval
    assert 0 <= low <= high <= 1
    assert compared.given.rate is None or low - 1e-9 <= compared.given.rate <= high + 1e-9
    bottom, top = compared.interval
    assert -1 - 1e-9 <= bottom <= top <= 1 + 1e-9
    mirrored = Comparison(compared.without, compared.given).interval
    assert (bottom, top) == pytest.approx((-mirrored[1], -mirrored[0]))
