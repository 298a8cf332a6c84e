"""Runs that paused because the provider was down go on when it answers again, and only those."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.errors import DevMatrixError
from common.models import PlanEvent
from execution.models import Run
from execution.services.pausing import pause_for_error
from execution.services.resuming import resume_after_outage
from execution.services.runs import resume_run, start_run
from integrations.llm.errors import CostLimitReached, ProviderRejected, ProviderUnavailable
from integrations.llm.limits import shared
from integrations.llm.limits.breaker import Guard
from planning.models import ExecutionSnapshot, MasterPlan
from tests.execution.building import PERSON
from tests.factories import make_plan

pytestmark = pytest.mark.django_db

DOWN = ProviderUnavailable("It is down.", hint="Wait.")
PROVIDER = Guard("offline")


@pytest.fixture(autouse=True)
def _circuits_of_this_test(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "PREFIX", f"devmatrix:{uuid.uuid4()}:")
    settings.DEVMATRIX = replace(settings.DEVMATRIX, llm_breaker_seconds=60.0)


@pytest.fixture
def paused() -> Callable[..., Run]:
    """A run that an error paused, so many seconds ago."""

    def make(error: DevMatrixError = DOWN, *, seconds_ago: float = 61) -> Run:
        run = start_run(plan=make_plan(status="approved"), actor=PERSON)
        pause_for_error(run, error)
        moment = timezone.now() - timedelta(seconds=seconds_ago)
        ExecutionSnapshot.objects.filter(plan=run.plan).update(created_at=moment)
        return run

    return make


def open_circuit(*, asked: float = 0.0) -> None:
    PROVIDER.gave_up("overloaded", asked_seconds=asked)


def wait_out_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on it is two minutes later for the breaker."""
    now = timezone.now().timestamp() + 120
    monkeypatch.setattr("integrations.llm.limits.breaker.time.time", lambda: now)


def status(run: Run) -> str:
    return Run.objects.get(pk=run.pk).status


def test_when_the_provider_answers_again_its_runs_go_on(
    paused: Callable[..., Run], sent: list[tuple[object, ...]]
) -> None:
    first, second = paused(), paused()
    sent.clear()
    assert resume_after_outage() == 2
    for run in (first, second):
        assert (status(run), MasterPlan.objects.get(pk=run.plan_id).status) == ("running", "in_progress")
    assert sorted(sent) == sorted([("advance_run", first.pk), ("advance_run", second.pk)])
    told = PlanEvent.objects.filter(stream_id=first.plan_id, type="masterplan_resumed").get()
    assert told.data["by"] == "system"


def test_while_the_circuit_is_open_they_wait(paused: Callable[..., Run]) -> None:
    run = paused()
    open_circuit()
    assert (resume_after_outage(), status(run)) == (0, "paused")


def test_after_the_rest_the_one_that_waited_longest_finds_out_for_all(
    paused: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, older = paused(seconds_ago=100), paused(seconds_ago=200)
    open_circuit()
    wait_out_the_rest(monkeypatch)
    assert resume_after_outage() == 1
    assert (status(older), status(newer)) == ("running", "paused")
    PROVIDER.succeeded()
    assert resume_after_outage() == 1
    assert status(newer) == "running"


def test_a_run_that_fails_again_stands_behind_the_others(
    paused: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, older = paused(seconds_ago=100), paused(seconds_ago=200)
    open_circuit()
    wait_out_the_rest(monkeypatch)
    resume_after_outage()
    pause_for_error(Run.objects.get(pk=older.pk), DOWN)
    assert resume_after_outage() == 1
    assert (status(older), status(newer)) == ("paused", "running")


def test_a_run_rests_for_a_moment_even_when_nobody_remembers_the_outage(paused: Callable[..., Run]) -> None:
    run = paused(seconds_ago=59)
    assert (resume_after_outage(), status(run)) == (0, "paused")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProviderRejected("The key is wrong.", hint="Set it."), "provider_rejected"),
        (CostLimitReached("Spent."), "cost_limit"),
    ],
)
def test_what_only_a_person_can_mend_waits_for_a_person(
    paused: Callable[..., Run], error: DevMatrixError, reason: str
) -> None:
    run = paused(error)
    plan = MasterPlan.objects.get(pk=run.plan_id)
    assert (plan.pause_reason, plan.pause_detail) == (reason, str(error))
    assert (resume_after_outage(), status(run)) == (0, "paused")


def test_who_was_resumed_by_a_person_is_left_alone(paused: Callable[..., Run]) -> None:
    run = paused()
    resume_run(plan=run.plan, actor=PERSON)
    assert (resume_after_outage(), status(run)) == (0, "running")


def test_calls_that_fail_beside_each_other_are_told_once(paused: Callable[..., Run]) -> None:
    run = paused()
    pause_for_error(run, DOWN)
    events = PlanEvent.objects.filter(stream_id=run.plan_id)
    assert [events.filter(type=kind).count() for kind in ("error", "masterplan_paused")] == [1, 1]
