"""Who of those that wait is given a hand."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from execution.waves.hands import Hands

PATIENCE = 20.0


def test_a_message_gets_as_many_as_are_free_and_gives_all_back() -> None:
    hands = Hands(3)
    with hands.taken(2, urgency=0) as first, hands.taken(5, urgency=9) as second:
        assert (first.count, second.count, hands.free) == (2, 1, 0)
        first.give(1)
        assert (first.count, hands.free) == (1, 1)
    assert hands.free == 3


def test_the_most_urgent_that_waits_is_next_and_equals_keep_their_order() -> None:
    hands = Hands(1)
    served: list[str] = []

    def wait(name: str, urgency: int) -> None:
        with hands.taken(1, urgency=urgency):
            served.append(name)

    waiting = [("late", 9), ("first of two", 2), ("second of two", 2), ("urgent", 0)]
    threads = [threading.Thread(target=wait, args=one) for one in waiting]
    with hands.taken(1, urgency=5):
        for number, thread in enumerate(threads, start=1):
            thread.start()
            _until_there_wait(hands, number)
        assert served == []
    for thread in threads:
        thread.join(PATIENCE)
    assert served == ["urgent", "first of two", "second of two", "late"]
    assert hands.free == 1


def test_what_one_leaves_over_goes_to_the_next_at_once() -> None:
    hands = Hands(4)
    both = threading.Barrier(2)

    def wait(wanted: int) -> None:
        with hands.taken(wanted, urgency=0):
            both.wait(PATIENCE)  # broken, and so an error, unless both have hands at the same time

    threads = [threading.Thread(target=wait, args=(wanted,)) for wanted in (1, 3)]
    with ExitStack() as held:
        taken = held.enter_context(hands.taken(4, urgency=0))
        for number, thread in enumerate(threads, start=1):
            thread.start()
            _until_there_wait(hands, number)
        taken.give(4)
        for thread in threads:
            thread.join(PATIENCE)
    assert not both.broken
    assert hands.free == 4


def test_some_are_kept_for_what_is_urgent() -> None:
    hands = Hands(5, kept=2)
    with hands.taken(5, urgency=4) as large:
        assert large.count == 3
        with hands.taken(5, urgency=1) as small:
            assert (small.count, hands.free) == (2, 0)
    assert hands.free == 5


def test_what_is_not_urgent_waits_although_some_are_kept_and_goes_on_when_others_are_free() -> None:
    hands = Hands(3, kept=2)
    served: list[int] = []

    def wait() -> None:
        with hands.taken(3, urgency=4) as taken:
            served.append(taken.count)

    thread = threading.Thread(target=wait)
    with hands.taken(1, urgency=4):
        thread.start()
        _until_there_wait(hands, 1)
        with hands.taken(2, urgency=0):
            assert served == []
        assert (served, hands.free) == ([], 2)
    thread.join(PATIENCE)
    assert (served, hands.free) == ([1], 3)


def _until_there_wait(hands: Hands, number: int) -> None:
    for _ in range(int(PATIENCE * 1000)):
        if hands.waiting == number:
            return
        threading.Event().wait(0.001)
    raise AssertionError(f"{number} never waited")
