"""Version 2 is switched off by itself when it does badly, where the settings want that."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from common.actors import Actor
from common.configuration import configuration
from common.flag_overrides import flags_in_force, set_flag
from common.models import PlanEvent, PlanHistory
from execution.models import Run
from execution.services.rolling_back import roll_back_if_needed
from planning.models import ExecutionSnapshot
from tests.factories import MasterPlanFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _enabled(settings: Any) -> None:
    rule = dataclasses.replace(configuration().rollback, enabled=True)
    settings.DEVMATRIX = dataclasses.replace(configuration(), rollback=rule)


def ended(*, hours_ago: float = 1, **fields: Any) -> Run:
    values = {"mode": "v2_atoms", "status": "completed", "atoms_total": 100, "precision": 0.99, **fields}
    run = Run.objects.create(plan=MasterPlanFactory(status="completed"), **values)
    when = timezone.now() - timedelta(hours=hours_ago)
    finished = None if values["status"] == "running" else when
    Run.objects.filter(pk=run.pk).update(started_at=when - timedelta(minutes=20), finished_at=finished)
    return run


def test_a_low_precision_over_the_window_switches_version_2_off_once_with_an_event_and_in_the_history() -> None:
    ended()
    ended()
    bad = ended(precision=0.6)
    assert roll_back_if_needed() is True
    assert flags_in_force().enable_v2 is False
    assert roll_back_if_needed() is False
    event = PlanEvent.objects.get()
    assert (event.stream_id, event.type, event.data["code"]) == (bad.plan_id, "error", "rolled_back")
    row = PlanHistory.objects.get(change_type="flag_changed")
    assert (row.actor_kind, row.item_label, row.after) == ("system", "FF_ENABLE_V2", {"value": False})
    assert row.reason == "automatic rollback: precision is 86.0%"


def test_too_many_failed_atoms_switch_it_off() -> None:
    for failed in (0, 0, 16):
        ended(atoms_failed=failed)
    assert roll_back_if_needed() is True
    assert PlanHistory.objects.get().reason == "automatic rollback: 5.3% of 300 atoms failed"


def test_a_run_that_works_for_hours_switches_it_off_but_not_one_that_waits() -> None:
    run = ended(status="running", hours_ago=4)
    pause = ExecutionSnapshot.objects.create(plan=run.plan, taken_by="ana", reason="person")
    ExecutionSnapshot.objects.filter(pk=pause.pk).update(created_at=timezone.now() - timedelta(hours=2))
    assert roll_back_if_needed() is False
    ExecutionSnapshot.objects.filter(pk=pause.pk).update(resumed_at=timezone.now() - timedelta(hours=1.9))
    assert roll_back_if_needed() is True
    assert PlanHistory.objects.get().reason == "automatic rollback: a run works for 4.2 hours"


@pytest.mark.parametrize(
    ("runs", "fields"),
    [
        (2, {"precision": 0.1}),
        (3, {"precision": 0.1, "hours_ago": 30}),
        (3, {"precision": 0.1, "mode": "mvp"}),
        (3, {"precision": 0.1, "status": "cancelled"}),
        (3, {"precision": 0.9, "atoms_failed": 5}),
    ],
)
def test_nothing_is_concluded_from_few_old_or_other_runs_or_at_the_limit(runs: int, fields: dict[str, Any]) -> None:
    for _ in range(runs):
        ended(**fields)
    assert roll_back_if_needed() is False
    assert flags_in_force().enable_v2 is True


def test_an_administrator_who_switches_it_on_again_is_not_overruled_by_the_past() -> None:
    for _ in range(3):
        ended(precision=0.1)
    assert roll_back_if_needed() is True
    set_flag("FF_ENABLE_V2", True, actor=Actor("user", "1", "eva"))
    assert roll_back_if_needed() is False


def test_it_is_off_unless_the_settings_want_it(settings: Any) -> None:
    rule = dataclasses.replace(configuration().rollback, enabled=False)
    settings.DEVMATRIX = dataclasses.replace(configuration(), rollback=rule)
    for _ in range(3):
        ended(precision=0.1)
    assert roll_back_if_needed() is False
