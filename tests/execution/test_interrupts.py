"""Ctrl-C is heard between statements, so that what is done about it finds a connection that works."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from common.models import PlanEvent
from execution.console.following import follow
from execution.console.interrupts import interrupt_waits


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def without_interruption(*steps: Callable[[], None]) -> None:
    with interrupt_waits():
        for step in steps:
            step()


def test_what_is_begun_is_finished_first() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        without_interruption(press_ctrl_c, lambda: done.append("the statement"))
    assert done == ["the statement"]


def test_a_second_ctrl_c_is_heard_at_once() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        without_interruption(press_ctrl_c, press_ctrl_c, lambda: done.append("the statement"))
    assert done == []


def test_without_an_interruption_nothing_is_raised_and_ctrl_c_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupt_waits():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.django_db
def test_following_a_stream_is_interrupted_when_the_log_has_answered() -> None:
    answered: list[str] = []

    def interrupting(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        press_ctrl_c()
        answer = execute(sql, *arguments)
        answered.append(sql)
        return answer

    with connection.execute_wrapper(interrupting), pytest.raises(KeyboardInterrupt):
        next(follow(uuid.uuid4(), until=frozenset({"complete"})))
    assert len(answered) == 1
    assert not PlanEvent.objects.exists(), "the connection still answers"
