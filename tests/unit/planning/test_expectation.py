"""What memory expected of a plan, and how that is said."""

from __future__ import annotations

from dataclasses import replace

from integrations.memory.forecasting import StackVote
from planning.expectation import Expectation

KNOWN = Expectation(
    precedents=3, stack=StackVote("django", 0.6, 3), tasks=41.6, minutes=None, factor=1.5, factor_from=1
)
NOTHING = Expectation(precedents=0, stack=None, tasks=None, minutes=None, factor=1.0, factor_from=0)


def test_it_is_kept_with_the_plan_and_read_again() -> None:
    for expected in (KNOWN, NOTHING):
        assert Expectation.from_json(expected.as_json()) == expected
    assert Expectation.from_json({**KNOWN.as_json(), "corrected_minutes": 3.0}) == KNOWN, "as earlier versions kept it"
    assert Expectation.from_json({}) is None


def test_the_correction_follows_the_estimate() -> None:
    assert [KNOWN.corrected(minutes) for minutes in (0, 10, 33)] == [0, 15, 49.5]
    assert KNOWN.shown(estimated_minutes=10)["corrected_minutes"] == 15


def test_its_origin_is_said_in_words() -> None:
    assert KNOWN.origin == (
        "The estimate is multiplied by 1.50, from what 1 plan took before. Memory knew 3 plans like it. Those that "
        "succeeded had about 42 tasks. They vote for django (confidence 0.60)."
    )
    assert NOTHING.origin == (
        "No plan was built to its end yet, so the estimate is not corrected. Memory knew no similar plan."
    )


def test_a_stack_is_recommended_by_two_votes_with_some_confidence() -> None:
    votes = [StackVote("django", 0.5, 2), StackVote("django", 0.49, 9), StackVote("django", 0.9, 1), None]
    assert [replace(KNOWN, stack=vote).recommended_stack for vote in votes] == ["django", "", "", ""]
