from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from integrations.llm.retries import RetryPolicy

POLICY = RetryPolicy(tries=5, base=1.0, cap=30.0, retry_after_cap=60.0)
seconds = st.floats(min_value=0, max_value=10_000)


@given(st.integers(min_value=1, max_value=4))
def test_waits_grow_up_to_the_cap(failures: int) -> None:
    wait = POLICY.wait(failures)
    assert wait is not None
    assert 0 <= wait <= min(30.0, 2.0 ** (failures - 1))


@given(st.integers(min_value=5, max_value=100), st.none() | seconds)
def test_after_the_last_try_it_gives_up(failures: int, retry_after: float | None) -> None:
    assert POLICY.wait(failures, retry_after=retry_after) is None


@given(st.integers(min_value=1, max_value=4), seconds)
def test_a_server_is_never_asked_before_it_wanted_to_be(failures: int, retry_after: float) -> None:
    wait = POLICY.wait(failures, retry_after=retry_after)
    if retry_after > 60:
        assert wait is None
    else:
        assert wait is not None
        assert retry_after <= wait <= retry_after + 1


def test_waits_differ_so_that_workers_do_not_come_back_together() -> None:
    assert len({POLICY.wait(4) for _ in range(20)}) > 1
