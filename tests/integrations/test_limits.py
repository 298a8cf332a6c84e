"""Limits of a provider that all workers share, on a real Redis; and without it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings

from integrations.llm.limits import admission, heart, shared
from integrations.llm.limits.admission import Admission, NotAdmitted, admitted
from integrations.llm.limits.demand import Demand, Rates, Said, rates_in_force
from integrations.llm.limits.local import LocalLimits
from integrations.llm.limits.shared import SharedMemory
from integrations.llm.prices import Usage

NO_LIMIT = {
    "llm_requests_per_minute": 0,
    "llm_input_tokens_per_minute": 0,
    "llm_output_tokens_per_minute": 0,
    "llm_calls_at_once": 0,
}
Limit = Callable[..., None]


def demand(model: str = "model-a", *, input: int = 0, output: int = 0) -> Demand:  # noqa: A002 - as in Demand
    return Demand("anthropic", model, input=input, output=output)


@pytest.fixture
def limit(configure: Callable[..., Any]) -> Limit:
    """Set limits; those not named are none."""
    return lambda **limits: configure(**{**NO_LIMIT, **{f"llm_{name}": value for name, value in limits.items()}})


@pytest.fixture
def server() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(django_settings.REDIS_URL, decode_responses=True)
    yield client
    client.close()


def gets_in(wanted: Demand, *, patience: float = 0.05) -> bool:
    """Whether a call that begins and ends at once may do so now."""
    try:
        with admitted(wanted, patience=patience):
            return True
    except NotAdmitted:
        return False


def test_without_limits_everybody_is_let_in(limit: Limit) -> None:
    limit()
    assert all(gets_in(demand(input=10**9, output=10**9)) for _ in range(20))


def test_calls_at_once_are_limited_and_a_place_is_free_when_a_call_ends(limit: Limit) -> None:
    limit(calls_at_once=2)
    with admitted(demand(), patience=1), admitted(demand("model-b"), patience=1):
        assert not gets_in(demand())
    assert gets_in(demand())


def test_a_call_that_raises_frees_its_place(limit: Limit) -> None:
    limit(calls_at_once=1)
    with pytest.raises(ZeroDivisionError), admitted(demand(), patience=1):
        raise ZeroDivisionError
    assert gets_in(demand())


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("requests_per_minute", demand()),
        ("input_tokens_per_minute", demand(input=100)),
        ("output_tokens_per_minute", demand(output=100)),
    ],
)
def test_each_limit_a_minute_holds_calls_back(limit: Limit, kind: str, wanted: Demand) -> None:
    limit(**{kind: 3 if kind == "requests_per_minute" else 300})
    assert [gets_in(wanted) for _ in range(4)] == [True, True, True, False]


def test_a_limit_a_minute_refills_evenly(limit: Limit) -> None:
    limit(input_tokens_per_minute=6_000)  # a hundred a second
    assert gets_in(demand(input=6_000))
    started = time.monotonic()
    assert all(gets_in(demand(input=10), patience=5) for _ in range(5))
    assert 0.3 <= time.monotonic() - started <= 20, "far from the minute after which all is back"


def test_a_call_larger_than_the_limit_waits_for_a_full_minute_of_it_and_not_for_ever(limit: Limit) -> None:
    limit(input_tokens_per_minute=100)
    assert gets_in(demand(input=1_000))
    assert not gets_in(demand(input=1)), "what it used beyond the limit is owed"


def test_what_was_not_used_is_given_back(limit: Limit) -> None:
    limit(output_tokens_per_minute=1_000)
    with admitted(demand(output=1_000), patience=1) as entered:
        entered.answered(Usage(input=10, output=100), Said())
    assert gets_in(demand(output=850))
    assert not gets_in(demand(output=850))


def test_what_was_used_beyond_the_foreseen_is_owed(limit: Limit) -> None:
    limit(output_tokens_per_minute=1_000)
    with admitted(demand(output=100), patience=1) as entered:
        entered.answered(Usage(input=10, output=1_500), Said())
    assert not gets_in(demand(output=1))


def test_reads_from_the_cache_do_not_count(limit: Limit) -> None:
    limit(input_tokens_per_minute=1_000)
    with admitted(demand(input=1_000), patience=1) as entered:
        entered.answered(Usage(input=50, cache_write_5m=50, cache_read=900), Said())
    assert gets_in(demand(input=850))


@pytest.mark.parametrize(("billed", "free"), [(False, True), (True, False)])
def test_a_failed_call_gives_back_what_it_cannot_have_used(limit: Limit, billed: bool, free: bool) -> None:
    limit(input_tokens_per_minute=1_000)
    with admitted(demand(input=1_000), patience=1) as entered:
        entered.failed(billed=billed, said=Said())
    assert gets_in(demand(input=900)) is free


def test_what_the_provider_says_is_learned_for_the_model_it_says_it_of(limit: Limit) -> None:
    limit()
    with admitted(demand("model-a"), patience=1) as entered:
        entered.answered(Usage(1, 1), Said(limit={"requests": 50}, remaining={"requests": 1}))
    assert [gets_in(demand("model-a")), gets_in(demand("model-a"))] == [True, False]
    assert all(gets_in(demand("model-b")) for _ in range(10))


def test_a_wait_that_the_provider_asks_for_is_kept_by_all_calls_to_that_model(limit: Limit) -> None:
    limit()
    with admitted(demand("model-a"), patience=1) as entered:
        entered.failed(billed=False, said=Said(), hold_seconds=0.4)
    assert not gets_in(demand("model-a"))
    assert gets_in(demand("model-b"))
    assert gets_in(demand("model-a"), patience=5)


def test_who_came_first_is_let_in_first(limit: Limit) -> None:
    limit(calls_at_once=1)
    order: list[int] = []

    def wait_for_a_place(number: int) -> None:
        with admitted(demand(), patience=20):
            order.append(number)

    with ThreadPoolExecutor(5) as pool, admitted(demand(), patience=1):
        for number in range(5):
            pool.submit(wait_for_a_place, number)
            until(lambda count=number + 1: in_line() == count)  # type: ignore[misc]  # bound at once
    assert order == [0, 1, 2, 3, 4]  # the place is left before the pool is waited for


def test_a_large_call_is_not_overtaken_by_small_ones(limit: Limit) -> None:
    limit(input_tokens_per_minute=6_000)  # a hundred a second
    assert gets_in(demand(input=5_990))
    entered = threading.Event()

    def large() -> None:
        with admitted(demand(input=60), patience=20):
            entered.set()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(large)
        until(lambda: in_line() == 1)
        assert not gets_in(demand(input=5)), "it would fit, but stands behind"
        assert entered.wait(10)


def test_a_worker_that_died_leaves_its_place_and_the_line(
    limit: Limit, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(calls_at_once=1)
    monkeypatch.setattr(admission, "LEASE", 0.3)
    monkeypatch.setattr(admission, "PATIENCE_OF_THE_LINE", 0.3)
    rates = rates_in_force()
    assert admission._ask(Admission("dead with a place", demand()), rates) is None
    assert admission._ask(Admission("dead in the line", demand()), rates) is not None
    assert not gets_in(demand())
    assert gets_in(demand(), patience=5)


def test_a_place_is_kept_for_as_long_as_its_call_runs(limit: Limit, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(calls_at_once=1)
    monkeypatch.setattr(admission, "LEASE", 0.4)
    with admitted(demand(), patience=1):
        for _ in range(6):
            time.sleep(0.1)
            heart.renew_held()
        assert not gets_in(demand())


def test_nobody_passes_the_limit_from_many_threads_at_once(limit: Limit) -> None:
    limit(calls_at_once=7)
    inside, most = 0, 0
    lock = threading.Lock()

    def call() -> None:
        nonlocal inside, most
        with admitted(demand(), patience=60):
            with lock:
                inside, most = inside + 1, max(most, inside + 1)
            time.sleep(0.01)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(30) as pool:
        for done in [pool.submit(call) for _ in range(60)]:
            done.result()
    assert 1 < most <= 7


# -- without Redis -----------------------------------------------------------------------------------------------------


@pytest.fixture
def redis_is_gone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often it was asked all the same."""
    asked: list[str] = []
    nowhere = SharedMemory("redis://127.0.0.1:9/0")
    asking = nowhere._asking

    def counted(ask: Callable[[], Any]) -> Any:
        def count_and_ask() -> Any:
            asked.append("asked")
            return ask()

        return asking(count_and_ask)

    monkeypatch.setattr(nowhere, "_asking", counted)
    monkeypatch.setattr(shared, "_shared_memory", lambda url: nowhere)
    monkeypatch.setattr(admission, "LOCAL_LIMITS", LocalLimits())
    return asked


@pytest.mark.usefixtures("redis_is_gone")
def test_without_redis_a_process_takes_half_of_the_limits(limit: Limit) -> None:
    limit(calls_at_once=4)
    with admitted(demand(), patience=1), admitted(demand(), patience=1):
        assert not gets_in(demand(), patience=0.2)
    assert gets_in(demand())


def test_without_redis_calls_are_not_held_up_by_asking_it(limit: Limit, redis_is_gone: list[str]) -> None:
    limit()
    assert all(gets_in(demand()) for _ in range(50))
    assert 1 <= len(redis_is_gone) <= 10, "of fifty calls and more, one in five seconds"


def test_alone_a_process_keeps_order_and_minutes() -> None:
    now = 0.0
    limits = LocalLimits(clock=lambda: now)
    rates = Rates(requests=0, input=1_200, output=0, calls_at_once=0)  # ten a second for this process
    assert limits.admit("a", demand(input=600), rates) is None
    assert limits.admit("b", demand(input=100), rates) == 10
    assert limits.admit("c", demand(input=1), rates) is not None, "behind b"
    now = 10.0
    assert limits.admit("b", demand(input=100), rates) is None
    limits.leave("c")
    now = 20.0
    assert limits.admit("d", demand(input=100), rates) is None


def in_line() -> int:
    with redis.Redis.from_url(django_settings.REDIS_URL) as client:
        return int(client.zcard(f"{shared.PREFIX}limits:anthropic:queue"))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)
