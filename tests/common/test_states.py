from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from common.states import Machine
from execution import states as execution_states
from planning import states as planning_states
from planning.models import MasterPlan, Task
from review import states as review_states
from tests.factories import MasterPlanFactory, TaskFactory

MACHINES = [
    value
    for module in (planning_states, execution_states, review_states)
    for value in vars(module).values()
    if isinstance(value, Machine)
]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_of_a_machine_can_be_reached(machine: Machine) -> None:
    reached, frontier = {machine.initial}, {machine.initial}
    while frontier:
        frontier = {target for state in frontier for target in machine.targets(state)} - reached
        reached |= frontier
    assert reached == set(machine.states.values)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_transitions_name_only_known_states(machine: Machine) -> None:
    named = set(machine.transitions) | {target for targets in machine.transitions.values() for target in targets}
    assert named <= set(machine.states.values)
    assert set(machine.timestamps) <= set(machine.states.values)


@pytest.mark.django_db
def test_the_database_refuses_an_unknown_status() -> None:
    task = TaskFactory()
    with pytest.raises(IntegrityError, match="task_status_is_known"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(status="lost")


@pytest.mark.django_db
def test_the_database_refuses_a_second_unfinished_plan_in_a_workspace() -> None:
    plan = MasterPlanFactory()
    with pytest.raises(IntegrityError, match="one_unfinished_plan_per_workspace"), transaction.atomic():
        MasterPlan.objects.create(
            workspace=plan.workspace,
            conversation=plan.conversation,
            discovery=plan.discovery,
            owner=plan.owner,
            project_name="second",
            original_request="again",
            stack="fastapi",
        )
