from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.memory.forecasting import Precedent, correction, forecast, stack_vote

STACKS = ("fastapi", "django")


def plan(stack: str = "django", similarity: float = 0.8, *, succeeded: bool = True, **values: float) -> Precedent:
    return Precedent(stack, int(values.get("tasks", 30)), values.get("minutes", 60.0), similarity, succeeded)


def test_nobody_votes_where_there_is_no_precedent_or_only_of_other_stacks() -> None:
    assert stack_vote([], among=STACKS) is None
    assert stack_vote([plan("rails")], among=STACKS) is None


def test_the_stack_with_most_similar_successes_wins_and_confidence_grows_with_votes() -> None:
    one = stack_vote([plan("django")], among=STACKS)
    many = stack_vote([plan("django")] * 6 + [plan("fastapi")], among=STACKS)
    assert one is not None
    assert many is not None
    assert (one.stack, one.votes, one.confidence) == ("django", 1, 0.444)
    assert (many.stack, many.votes, many.confidence) == ("django", 6, 0.727)


def test_failures_vote_against_their_stack() -> None:
    precedents = [plan("django"), plan("django", succeeded=False), plan("fastapi", 0.7)]
    vote = stack_vote(precedents, among=STACKS)
    assert vote is not None
    assert vote.stack == "fastapi"
    assert stack_vote([plan("django", succeeded=False)], among=STACKS) is None


def test_a_tie_goes_to_the_stack_named_first() -> None:
    vote = stack_vote([plan("django"), plan("fastapi")], among=STACKS)
    assert vote is not None
    assert vote.stack == "fastapi"


def test_size_and_time_are_means_weighted_by_similarity_of_what_succeeded() -> None:
    found = forecast(
        [
            plan(tasks=20, minutes=30, similarity=0.75),
            plan(tasks=40, minutes=0, similarity=0.25),
            plan(tasks=900, succeeded=False),
        ]
    )
    assert (found.tasks, found.minutes, found.precedents) == (25, 30, 2)
    assert (forecast([]).tasks, forecast([]).minutes) == (None, None)


def test_the_correction_is_nothing_without_a_past_and_careful_with_a_short_one() -> None:
    assert correction([]) == 1.0
    assert correction([2.0]) == pytest.approx(2 ** (1 / 4))
    assert correction([2.0] * 20) == pytest.approx(2 ** (20 / 23))
    assert correction([2.0, 2.0, 100.0]) == pytest.approx(2**0.5)
    assert correction([3.0] * 20 + [0.1] * 50) == correction([3.0] * 20)


@given(st.lists(st.floats(0.001, 1000), max_size=40))
def test_the_correction_lies_between_one_and_what_was_seen(ratios: list[float]) -> None:
    factor = correction(ratios)
    assert min([1.0, *ratios]) - 1e-9 <= factor <= max([1.0, *ratios]) + 1e-9
