"""Every change of every machine of planning: it happens once, the second who tries is told, and others are refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.actors import SYSTEM
from common.errors import TransitionConflict
from common.models import PlanEvent, PlanHistory, StatefulModel
from common.states import Machine
from common.transitions import transition
from planning import states
from planning.models import ModificationProposal
from planning.services.approval import approve_plan, reject_plan
from planning.states import PlanStatus
from tests.factories import (
    DiscoveryFactory,
    MasterPlanFactory,
    MilestoneFactory,
    PhaseFactory,
    SubtaskFactory,
    TaskFactory,
    make_plan,
)

pytestmark = pytest.mark.django_db


def proposal(status: str) -> ModificationProposal:
    return ModificationProposal.objects.create(plan=MasterPlanFactory(), requirement="Add tags", status=status)


FACTORIES: dict[str, Any] = {
    "discovery": lambda status: DiscoveryFactory(status=status),
    "masterplan": lambda status: MasterPlanFactory(status=status),
    "phase": lambda status: PhaseFactory(status=status),
    "milestone": lambda status: MilestoneFactory(status=status),
    "task": lambda status: TaskFactory(status=status),
    "subtask": lambda status: SubtaskFactory(status=status),
    "modification": proposal,
}
MACHINES = [value for value in vars(states).values() if isinstance(value, Machine)]
LEGAL = [
    (machine, source, target)
    for machine in MACHINES
    for source in machine.states.values
    for target in machine.targets(source)
]
ILLEGAL = [
    (machine, source, target)
    for machine in MACHINES
    for source in machine.states.values
    for target in machine.states.values
    if target not in machine.targets(source)
]


def name(value: Any) -> str:
    return value.name if isinstance(value, Machine) else str(value)


def stored(item: StatefulModel) -> str:
    return str(type(item)._default_manager.get(pk=item.pk).status)


def test_every_machine_has_a_factory() -> None:
    assert {machine.name for machine in MACHINES} == set(FACTORIES)


@pytest.mark.parametrize(("machine", "source", "target"), LEGAL, ids=name)
def test_a_legal_change_happens_once_and_the_loser_is_told(machine: Machine, source: str, target: str) -> None:
    item: StatefulModel = FACTORIES[machine.name](source)
    beside: StatefulModel = type(item)._default_manager.get(pk=item.pk)

    transition(item, target, actor=SYSTEM, reason="a test")

    assert stored(item) == item.status == target
    row = PlanHistory.objects.get(item_id=item.pk)
    assert (row.before, row.after, row.reason) == ({"status": source}, {"status": target}, "a test")
    if machine.event:
        assert PlanEvent.objects.get(type=machine.event).data["to"] == target
    if moment := machine.timestamps.get(target):
        assert getattr(type(item)._default_manager.get(pk=item.pk), moment) is not None
    with pytest.raises(TransitionConflict) as refused:
        transition(beside, target, actor=SYSTEM)
    assert refused.value.context == {"current": target, "wanted": target, "legal": machine.targets(target)}
    assert PlanHistory.objects.filter(item_id=item.pk).count() == 1


@pytest.mark.parametrize(("machine", "source", "target"), ILLEGAL, ids=name)
def test_any_other_change_is_refused_without_a_trace(machine: Machine, source: str, target: str) -> None:
    item: StatefulModel = FACTORIES[machine.name](source)
    with pytest.raises(TransitionConflict) as refused:
        transition(item, target, actor=SYSTEM)
    assert refused.value.context["current"] == source
    assert stored(item) == source
    assert not PlanHistory.objects.filter(item_id=item.pk).exists()
    assert not PlanEvent.objects.exists()


@pytest.mark.parametrize("machine", MACHINES, ids=name)
def test_the_database_knows_the_statuses(machine: Machine) -> None:
    item: StatefulModel = FACTORIES[machine.name](machine.initial)
    rows: Any = type(item)._default_manager.filter(pk=item.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(status="lost")


def test_the_database_allows_one_unfinished_plan_in_a_workspace() -> None:
    plan = MasterPlanFactory(status="paused")
    with pytest.raises(IntegrityError, match="one_unfinished_plan_per_workspace"), transaction.atomic():
        MasterPlanFactory(discovery=plan.discovery)


def test_approval_is_told_with_who(django_user_model: Any) -> None:
    plan = make_plan()
    approved = approve_plan(plan_id=plan.pk, actor=SYSTEM)
    assert (approved.status, approved.approved_at is not None) == (PlanStatus.APPROVED, True)
    event = PlanEvent.objects.get(stream_id=plan.pk, type="masterplan_approved")
    assert event.data == {"masterplan_id": str(plan.pk), "status": "approved", "by": "system", "reason": ""}


def test_a_rejection_keeps_its_reason() -> None:
    plan = make_plan()
    reject_plan(plan_id=plan.pk, actor=SYSTEM, reason=" Too large ")
    plan.refresh_from_db()
    assert (plan.status, plan.rejection_reason) == ("rejected", "Too large")
    assert PlanEvent.objects.get(stream_id=plan.pk, type="masterplan_rejected").data["reason"] == "Too large"


def test_of_approval_and_rejection_one_wins() -> None:
    plan = make_plan()
    approve_plan(plan_id=plan.pk, actor=SYSTEM)
    with pytest.raises(TransitionConflict, match="is approved and cannot become rejected"):
        reject_plan(plan_id=plan.pk, actor=SYSTEM, reason="late")
    assert not PlanEvent.objects.filter(type="masterplan_rejected").exists()
