"""One call warms a shared prefix; the others wait for its answer to begin, and never for ever."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from integrations.llm.limits import heart, shared, warming
from integrations.llm.limits.shared import SharedMemory
from integrations.llm.limits.warming import warmed

PREFIX = "a-digest"


def test_the_first_call_warms_and_later_ones_find_it_warm() -> None:
    with warmed(PREFIX) as first:
        first.answer_has_begun()
    with warmed(PREFIX) as second:
        pass
    assert (first.first, second.first) == (True, False)


def test_another_prefix_is_another_matter() -> None:
    with warmed(PREFIX), warmed("another") as other:
        assert other.first


def test_what_is_not_cached_is_not_waited_for() -> None:
    with warmed("") as one, warmed("") as two:
        assert (one.first, two.first) == (False, False)


def test_others_wait_until_the_answer_has_begun_not_until_it_has_ended() -> None:
    order: list[str] = []
    waiting = threading.Event()

    def other() -> None:
        waiting.set()
        with warmed(PREFIX) as late:
            order.append(f"other, first: {late.first}")

    with ThreadPoolExecutor(1) as pool, warmed(PREFIX) as first:
        done = pool.submit(other)
        assert waiting.wait(5)
        time.sleep(3 * warming.POLL)
        order.append("begun")
        first.answer_has_begun()
        done.result(timeout=60)
        order.append("ended")
    assert order == ["begun", "other, first: False", "ended"]


def test_when_the_warmer_fails_the_next_one_warms_at_once() -> None:
    with pytest.raises(ZeroDivisionError), warmed(PREFIX):
        raise ZeroDivisionError
    started = time.monotonic()
    with warmed(PREFIX) as second:
        assert second.first
    assert time.monotonic() - started < heart.LEASE / 2


def test_when_the_warmer_dies_another_follows_after_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "LEASE", 0.3)
    shared.shared_memory().put(f"prefix:{PREFIX}", "the token of the dead", seconds=0.3)
    with warmed(PREFIX) as second:
        assert second.first


def test_a_slow_warmer_keeps_its_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "LEASE", 0.4)
    monkeypatch.setattr(warming, "PATIENCE", 0.2)
    with warmed(PREFIX):
        for _ in range(6):
            time.sleep(0.1)
            heart.renew_held()
        with warmed(PREFIX) as impatient:
            assert not impatient.first, "it goes on cold after its patience"


def test_a_mark_that_has_become_warm_is_not_taken_back_by_its_warmer() -> None:
    with warmed(PREFIX) as first:
        first.answer_has_begun()
        heart.renew_held()
    assert shared.shared_memory().get(f"prefix:{PREFIX}") == "warm"


def test_without_redis_nothing_is_warmed_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = SharedMemory("redis://127.0.0.1:9/0")
    monkeypatch.setattr(shared, "_shared_memory", lambda url: nowhere)
    with warmed(PREFIX) as one, warmed(PREFIX) as two:
        one.answer_has_begun()
        assert (one.first, two.first) == (False, False)
