"""The circuit breaker's states, with a clock of our own."""

from __future__ import annotations

import pytest

from integrations.llm.limits.circuit import CLOSED, Circuit, State, from_text

NOON = 1_000_000.0
REST = 30.0


def fail(circuit: Circuit, at: float = NOON, caller: str = "somebody") -> Circuit:
    return circuit.failed(caller, at, most=3, rest=REST, reason="overloaded")


def opened(times: int = 1) -> Circuit:
    """A circuit that was opened so many times in a row, the last time at noon."""
    return Circuit(opened=times, open_until=NOON + min(REST * 2 ** (times - 1), 600), reason="x")


def test_failures_in_a_row_open_it() -> None:
    twice = fail(fail(CLOSED))
    assert twice.state(NOON) is State.CLOSED
    thrice = fail(twice)
    assert (thrice.state(NOON), thrice.open_until, thrice.reason) == (State.OPEN, NOON + REST, "overloaded")


def test_failures_of_calls_that_were_under_way_when_it_opened_change_nothing() -> None:
    assert fail(opened()) == opened()


def test_after_its_rest_one_call_is_the_probe() -> None:
    after = NOON + REST
    assert opened().state(after - 0.1) is State.OPEN
    assert opened().state(after) is State.HALF_OPEN
    probed = opened().probed_by("first", after, lease=20)
    assert probed.probe == "first"
    assert probed.probed_by("second", after + 19, lease=20) == probed
    assert probed.probed_by("second", after + 20, lease=20).probe == "second", "the first one died"


def test_a_probe_that_found_nothing_out_makes_room_for_another() -> None:
    probed = opened().probed_by("first", NOON + REST, lease=20)
    assert probed.left_by("second") == probed
    assert probed.left_by("first") == opened()


def test_nobody_probes_what_is_open_or_closed() -> None:
    assert opened().probed_by("first", NOON, lease=20) == opened()
    assert CLOSED.probed_by("first", NOON, lease=20) == CLOSED


def test_a_probe_that_fails_opens_it_for_twice_as_long() -> None:
    after = NOON + REST
    probed = opened().probed_by("first", after, lease=20)
    assert fail(probed, after, "an older call") == probed
    again = fail(probed, after, "first")
    assert (again.opened, again.open_until, again.probe) == (2, after + 2 * REST, "")


@pytest.mark.parametrize(("times", "seconds"), [(1, 60), (2, 120), (4, 480), (5, 600), (20, 600)])
def test_the_rest_doubles_up_to_ten_minutes(times: int, seconds: float) -> None:
    later = opened(times).open_until + 1
    assert opened(times).tripped(later, rest=REST, reason="x").open_until == later + seconds


@pytest.mark.parametrize(("asked", "seconds"), [(0.0, 30.0), (900.0, 900.0), (86_400.0, 3_600.0)])
def test_a_longer_rest_that_the_provider_asks_for_is_taken_up_to_an_hour(asked: float, seconds: float) -> None:
    assert CLOSED.tripped(NOON, rest=REST, reason="x", asked=asked).open_until == NOON + seconds


def test_giving_up_again_while_it_is_open_counts_once() -> None:
    assert opened().tripped(NOON, rest=REST, reason="x") == opened()
    assert opened().tripped(NOON, rest=REST, reason="x", asked=100.0).open_until == NOON + 100


def test_it_is_kept_as_text() -> None:
    probed = opened(2).probed_by("me", NOON + 1_000, lease=5)
    assert from_text(probed.to_text()) == probed
    assert from_text(None) == CLOSED
