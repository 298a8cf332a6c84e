"""Messages carry ids only, are sent after commit, and a broker that is down loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from planning import dispatch, tasks
from planning.services.discovery import discovery_with
from planning.services.intake import start_discovery
from planning.steps import Step
from tests.factories import REQUEST, DiscoveryFactory, UserFactory
from tests.planning.conftest import ScriptedProvider


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What reaches the broker: name of the task and its argument."""
    messages: list[tuple[str, str]] = []

    def record(name: str) -> Any:
        return lambda argument: messages.append((name, argument))

    for task in (tasks.run_discovery, tasks.run_model_domain, tasks.run_plan):
        monkeypatch.setattr(task, "delay", record(task.name))
    return messages


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("step", "name"),
    [(Step.ANALYSE, "run_discovery"), (Step.MODEL, "run_model_domain"), (Step.PLAN, "run_plan")],
)
def test_a_step_is_sent_after_commit(step: Step, name: str, sent: list[tuple[str, str]]) -> None:
    discovery = DiscoveryFactory()
    with transaction.atomic():
        dispatch.discovery_step(discovery.pk, step)
        assert sent == []
    assert sent == [(f"planning.tasks.{name}", str(discovery.pk))]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_for_what_was_rolled_back(sent: list[tuple[str, str]]) -> None:
    discovery = DiscoveryFactory()
    with transaction.atomic():
        dispatch.discovery_step(discovery.pk, Step.PLAN)
        transaction.set_rollback(True)
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_a_request_is_kept_when_the_broker_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(argument: str) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.run_discovery, "delay", down)
    discovery = start_discovery(owner=UserFactory(), request=REQUEST)
    assert discovery_with(discovery.pk).status == "in_progress"


@pytest.mark.django_db
@pytest.mark.usefixtures("dispatched")
def test_tasks_take_their_step(provider: ScriptedProvider) -> None:
    discovery = start_discovery(owner=UserFactory(), request=REQUEST, unattended=True)
    for task in (tasks.run_discovery, tasks.run_model_domain, tasks.run_plan):
        task(str(discovery.pk))
    assert discovery_with(discovery.pk).status == "completed"


@pytest.mark.django_db
def test_a_foreseen_failure_ends_the_task_quietly(provider: ScriptedProvider) -> None:
    tasks.run_plan(str(DiscoveryFactory(status="cancelled").pk))
    assert provider.purposes == []
