"""Whom version 2 is for, and how flags are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.flags import FLAG_NAMES, Flags, parse_value, place_in_rollout, rollout_for, written

SPEC = """FF_ENABLE_V2 FF_V2_PERCENTAGE FF_V2_WHITELIST_USERS FF_V2_BLACKLIST_USERS FF_ENABLE_AST_ATOMIZATION
    FF_ENABLE_DEPENDENCY_GRAPH FF_ENABLE_HIERARCHICAL_VALIDATION FF_ENABLE_WAVE_EXECUTION FF_ENABLE_RETRY_FEEDBACK
    FF_ENABLE_HUMAN_REVIEW FF_FALLBACK_TO_MVP_ON_ERROR"""


def asked(flags: Flags, *, user_id: int = 7, username: str = "ana") -> tuple[bool, str]:
    rollout = rollout_for(flags, user_id=user_id, username=username)
    return rollout.enabled, rollout.why


def test_the_flags_are_those_that_operators_know() -> None:
    assert tuple(SPEC.split()) == FLAG_NAMES


def test_a_fresh_install_has_everything_on() -> None:
    assert asked(Flags()) == (True, "percentage")
    assert all(value is True for value in Flags().by_name().values() if isinstance(value, bool))


@pytest.mark.parametrize("name", ["ana", "7"])
def test_the_blacklist_goes_before_the_whitelist_and_that_before_the_switch(name: str) -> None:
    off = Flags(enable_v2=False, v2_percentage=0)
    assert asked(off) == (False, "switched_off")
    whitelisted = off.with_value("FF_V2_WHITELIST_USERS", ["luis", name])
    assert asked(whitelisted) == (True, "whitelist")
    assert asked(whitelisted.with_value("FF_V2_BLACKLIST_USERS", name)) == (False, "blacklist")
    assert asked(whitelisted, user_id=8, username="eva") == (False, "switched_off")


@given(st.integers(0, 10**9), st.integers(0, 100), st.integers(0, 100))
def test_who_is_in_at_a_percentage_is_in_at_every_higher_one(user: int, low: int, high: int) -> None:
    low, high = sorted((low, high))
    assert asked(Flags(v2_percentage=low), user_id=user)[0] <= asked(Flags(v2_percentage=high), user_id=user)[0]
    assert asked(Flags(v2_percentage=0), user_id=user) == (False, "percentage")
    assert asked(Flags(v2_percentage=100), user_id=user) == (True, "percentage")


def test_the_place_of_a_user_is_the_same_in_every_process_and_places_are_spread_evenly() -> None:
    assert [place_in_rollout(user) for user in (1, 2, 3, "1")] == [82, 67, 51, 82]
    places = [place_in_rollout(user) for user in range(10_000)]
    assert 2_800 < sum(place < 30 for place in places) < 3_200


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("FF_ENABLE_V2", "off", False),
        ("FF_ENABLE_V2", True, True),
        ("FF_V2_PERCENTAGE", " 25 ", 25),
        ("FF_V2_PERCENTAGE", 0, 0),
        ("FF_V2_WHITELIST_USERS", "ana, luis,,ana", ("ana", "luis")),
        ("FF_V2_BLACKLIST_USERS", [3, "eva"], ("3", "eva")),
        ("FF_V2_BLACKLIST_USERS", [], ()),
    ],
)
def test_values_are_read_from_text_and_json_and_written_again(name: str, raw: object, value: object) -> None:
    parsed = parse_value(name, raw)
    assert parsed == value
    assert parse_value(name, written(parsed)) == value


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("FF_ENABLE_V2", "maybe"),
        ("FF_ENABLE_V2", 2),
        ("FF_V2_PERCENTAGE", 101),
        ("FF_V2_PERCENTAGE", -1),
        ("FF_V2_PERCENTAGE", True),
        ("FF_V2_PERCENTAGE", "ten"),
        ("FF_V2_WHITELIST_USERS", 5),
        ("FF_V2_WHITELIST_USERS", [{"name": "ana"}]),
        ("FF_UNKNOWN", True),
    ],
)
def test_what_is_no_value_of_a_flag_is_refused_by_name(name: str, raw: object) -> None:
    with pytest.raises(InvalidInput, match=name):
        parse_value(name, raw)
