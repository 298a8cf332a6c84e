"""An earlier version of a plan that is being built, or is done: proposed, decided on, made the next version."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from common.actors import Actor
from execution.models import Run
from execution.services.modifying import (
    adjust_modification,
    analyse_modification,
    approve_modification,
    reject_modification,
    request_restoration,
)
from execution.services.small_runs import NotBeingBuilt
from integrations.llm.shapes import TouchedTask
from planning.errors import ModificationWaits, NotAdjustable, NothingToChange, PlanChanged
from planning.models import MasterPlan, ModificationProposal, PlanVersion, Task
from planning.plan_impact import Impact
from planning.services.versions import difference
from tests.execution.test_modifications import Sent, analysis, now, plan, proposed, run_of, spec
from tests.factories import UserFactory, make_plan, plan_answer
from tests.planning.conftest import ScriptedProvider

__all__ = ["plan"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Actor:
    return Actor.of(UserFactory())


@pytest.fixture
def changed(plan: MasterPlan, person: Actor, provider: ScriptedProvider) -> MasterPlan:
    """Under way in version 2: the third task has another title, the sixth is gone; all is drafted."""
    going = [TouchedTask(task="task_006", why="Gone.")]
    provider.answer("impact_analysis", analysis(spec(3, title="Write colors"), removed=going))
    approve_modification(proposal_id=proposed(plan, person).pk, actor=person)
    provider.requests.clear()
    for task in plan.tasks.filter(left_in__isnull=True):
        Task.objects.filter(pk=task.pk).update(
            draft=[{"path": task.target_files[0], "text": "x = 1\n"}], status="in_progress", cut_again=False
        )
    Run.objects.update(stage="ordering")
    return now(plan)


def restoration(plan: MasterPlan, person: Actor) -> ModificationProposal:
    """Of the first version, waiting for a decision."""
    proposal = request_restoration(plan=now(plan), number=1, actor=person)
    analyse_modification(proposal.pk)
    return ModificationProposal.objects.get(pk=proposal.pk)


def test_what_it_touches_is_shown_before_anything_is_done_and_no_model_is_asked(
    changed: MasterPlan, person: Actor, provider: ScriptedProvider
) -> None:
    proposal = restoration(changed, person)
    impact = Impact.model_validate(proposal.impact)
    assert ([item.id for item in impact.changed_tasks], [item.id for item in impact.new_tasks]) == (
        ["task_003"], ["task_006"]
    )  # fmt: skip
    assert [item.id for item in impact.dependents] == ["task_004", "task_005"]
    assert impact.summary.startswith("The plan as it was in version 1: ")
    assert (proposal.restores, proposal.base_version, provider.requests) == (1, 2, [])
    assert (now(changed).status, now(changed).pause_reason, now(changed).version) == ("paused", "modification", 2)


def test_approval_makes_a_new_version_and_only_what_differs_is_made_again(
    changed: MasterPlan, person: Actor, sent: Sent
) -> None:
    sent.clear()
    approve_modification(proposal_id=restoration(changed, person).pk, actor=person)
    version = PlanVersion.objects.get(plan=changed, number=3)
    assert (version.type, version.parent, version.author_id) == (
        "rollback", PlanVersion.objects.get(plan=changed, number=2), int(person.id)
    )  # fmt: skip
    assert version.summary == "Back to version 1: task_006 added, task_003 changed (title)."
    assert not difference(plan_id=changed.pk, before=1, after=3)
    assert [item.id for item in difference(plan_id=changed.pk, before=2, after=3).tasks.added] == ["task_006"]
    rows = {task.short_id: task for task in Task.objects.filter(plan=changed)}
    assert (rows["task_006"].status, rows["task_006"].left_in, rows["task_003"].title) == (
        "pending", None, plan_answer().phases[1].milestones[0].tasks[0].title
    )  # fmt: skip
    assert {name for name, task in rows.items() if task.draft is None} == {"task_003", "task_006"}
    assert (now(changed).status, run_of(changed).stage) == ("in_progress", "code_generation")
    assert "learn_modification" not in [message[0] for message in sent]


def test_a_version_that_was_left_behind_comes_back_too(changed: MasterPlan, person: Actor) -> None:
    approve_modification(proposal_id=restoration(changed, person).pk, actor=person)
    proposal = request_restoration(plan=now(changed), number=2, actor=person)
    analyse_modification(proposal.pk)
    approve_modification(proposal_id=proposal.pk, actor=person)
    assert not difference(plan_id=changed.pk, before=2, after=4)
    assert Task.objects.get(plan=changed, short_id="task_006").left_in == 4
    assert list(PlanVersion.objects.filter(plan=changed).values_list("number", flat=True)) == [1, 2, 3, 4]


def test_a_rejection_leaves_the_plan_and_lets_the_run_go_on(changed: MasterPlan, person: Actor) -> None:
    reject_modification(proposal_id=restoration(changed, person).pk, actor=person)
    assert (now(changed).status, now(changed).version, PlanVersion.objects.count()) == ("in_progress", 2, 2)


def test_a_completed_plan_goes_back_in_a_small_run(changed: MasterPlan, person: Actor) -> None:
    Run.objects.update(status="completed", stage="finished", finished_at=timezone.now())
    MasterPlan.objects.update(status="completed")
    Task.objects.filter(left_in__isnull=True).update(status="done")
    approve_modification(proposal_id=restoration(changed, person).pk, actor=person)
    small = Run.objects.get(status="running")
    assert (small.stage, now(changed).status, now(changed).version) == ("code_generation", "completed", 3)
    assert Task.objects.filter(status="done").count() == 4


def test_it_is_decided_on_as_it_is(changed: MasterPlan, person: Actor) -> None:
    proposal = restoration(changed, person)
    with pytest.raises(NotAdjustable):
        adjust_modification(proposal_id=proposal.pk, words="But keep the colors.", actor=person)
    with pytest.raises(ModificationWaits):
        request_restoration(plan=now(changed), number=1, actor=person)
    proposal.refresh_from_db()
    assert proposal.status == "proposed"


def test_what_cannot_come_back_is_refused_and_pauses_nothing(changed: MasterPlan, person: Actor) -> None:
    with pytest.raises(NothingToChange):
        request_restoration(plan=changed, number=2, actor=person)
    with pytest.raises(PlanChanged) as caught:
        request_restoration(plan=changed, number=1, actor=person, expected=1)
    assert caught.value.context["current"] == 2
    with pytest.raises(NotBeingBuilt):
        request_restoration(plan=make_plan(status="cancelled"), number=1, actor=person)
    assert (now(changed).status, ModificationProposal.objects.filter(status="proposed").count()) == ("in_progress", 0)


def test_over_the_api_it_is_accepted_and_says_where_it_stands(changed: MasterPlan) -> None:
    client = APIClient()
    client.force_authenticate(changed.owner)

    def restore(number: int, **body: Any) -> Any:
        return client.post(reverse("masterplan-version-restore", args=[changed.pk, number]), body)

    assert [restore(9).status_code, restore(1, version=1).status_code, restore(2).status_code] == [404, 409, 400]
    answer = restore(1, version=2)
    assert (answer.status_code, answer.json()["restores"], answer.json()["status"]) == (202, 1, "proposed")
    assert answer.json()["requirement"] == "Back to version 1"
    assert restore(1).json()["code"] == "modification_waits"
