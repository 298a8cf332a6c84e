"""A draft is planned anew for another stack: asked for at once, done by a worker, stored as the next version."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from common.actors import Actor
from common.errors import DevMatrixError
from common.models import PlanEvent, PlanHistory
from integrations.llm.errors import ProviderRejected, ProviderUnavailable
from integrations.llm.shapes import PlanAnswer
from planning import dispatch
from planning.errors import PlanUnderRevision
from planning.models import MasterPlan, PlanVersion
from planning.plan_edits import change_task
from planning.selectors.plans import plan_answer_of, plan_with_tree
from planning.services import editing, replanning
from planning.services.approval import approve_plan, reject_plan
from planning.services.replanning import resend_stuck_replannings, take_replanning
from tests.factories import entity, make_plan, plan_answer
from tests.planning.conftest import ScriptedProvider

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls")]

DJANGO = plan_answer(tasks_per_phase=3).model_copy(update={"stack": "django", "project_name": "Of the model"})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Plans that workers were asked to plan anew."""
    sent: list[uuid.UUID] = []
    monkeypatch.setattr(dispatch, "replan_draft", sent.append)
    return sent


@pytest.fixture
def plan(asked: list[uuid.UUID], provider: ScriptedProvider) -> MasterPlan:
    provider.answer("masterplan", DJANGO)
    return make_plan()


def actor_of(plan: MasterPlan) -> Actor:
    return Actor.of(plan.owner)


def want(plan: MasterPlan, **values: Any) -> None:
    editing.edit_plan(plan_id=plan.pk, values={"stack": "django", **values}, actor=actor_of(plan))


def stored(plan: MasterPlan) -> PlanAnswer:
    return plan_answer_of(plan_with_tree(plan.pk))


def test_another_stack_has_other_tasks_in_the_next_version(
    plan: MasterPlan, asked: list[uuid.UUID], provider: ScriptedProvider
) -> None:
    want(plan, conventions=["Names are short."])
    assert (asked, stored(plan)) == ([plan.pk], plan_answer())

    version = take_replanning(plan.pk)

    assert version is not None
    assert (version.number, version.type, version.author, version.parent) == (
        2, "refactoring", plan.owner, PlanVersion.objects.get(plan=plan, number=1)
    )  # fmt: skip
    after = stored(plan)
    assert (after.stack, after.conventions, after.project_name) == ("django", ["Names are short."], "Task tracker")
    assert after.phases == DJANGO.phases
    plan.refresh_from_db()
    assert (plan.replanning, plan.claim, plan.version, plan.total_tasks) == (None, None, 2, 9)
    assert plan.generation_tokens == 150
    assert [row.change_type for row in PlanHistory.objects.filter(plan_id=plan.pk).order_by("id")] == [
        "plan_replanning", "plan_edited"
    ]  # fmt: skip
    assert take_replanning(plan.pk) is None
    assert provider.purposes == ["masterplan"]


def test_the_model_is_asked_for_the_entities_that_are_wanted(plan: MasterPlan, provider: ScriptedProvider) -> None:
    wanted = [entity().model_dump(mode="json"), entity("Label", "labels").model_dump(mode="json")]
    provider.answer("masterplan", change_task(DJANGO, "task_001", {"covers": ["entity_Task", "entity_Label"]}))
    want(plan, entities=wanted)
    take_replanning(plan.pk)
    inputs = provider.requests[0].inputs
    assert ([one.name for one in inputs.domain.entities], inputs.stack) == (["Task", "Label"], "django")  # type: ignore[attr-defined]
    assert [one.name for one in stored(plan).entities] == ["Task", "Label"]


def test_meanwhile_the_draft_is_neither_edited_nor_approved_but_may_be_rejected(plan: MasterPlan) -> None:
    want(plan)
    for call in (
        lambda: editing.edit_plan(plan_id=plan.pk, values={"description": "x"}, actor=actor_of(plan)),
        lambda: want(plan),
        lambda: approve_plan(plan_id=plan.pk, actor=actor_of(plan)),
    ):
        with pytest.raises(PlanUnderRevision) as refusal:
            call()
        assert refusal.value.context["wanted"] == {"stack": "django"}
    reject_plan(plan_id=plan.pk, actor=actor_of(plan), reason="Changed my mind.")
    assert take_replanning(plan.pk) is None
    assert PlanVersion.objects.filter(plan=plan).count() == 1


def test_a_plan_that_is_rejected_while_a_model_answers_stays_as_it_was(
    plan: MasterPlan, provider: ScriptedProvider
) -> None:
    want(plan)

    def answer(request: object) -> PlanAnswer:
        reject_plan(plan_id=plan.pk, actor=actor_of(plan), reason="Changed my mind.")
        return DJANGO

    provider.answer("masterplan", answer)
    assert take_replanning(plan.pk) is None
    assert stored(plan) == plan_answer()


@pytest.mark.parametrize(
    ("error", "waited"), [(ProviderRejected("It does not take it."), 0), (ProviderUnavailable("It is down."), 61)]
)
def test_what_cannot_be_planned_leaves_the_draft_as_it_was_and_says_why(
    error: DevMatrixError, waited: int, plan: MasterPlan, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    want(plan)
    provider.answer("masterplan", error)
    monkeypatch.setattr(replanning, "GIVEN_UP_AFTER", replanning.GIVEN_UP_AFTER - timedelta(minutes=waited))
    assert take_replanning(plan.pk) is None
    plan.refresh_from_db()
    assert (plan.replanning, plan.version, stored(plan)) == (None, 1, plan_answer())
    told = PlanEvent.objects.get(stream_id=plan.pk, type="error")
    assert told.data == {
        "code": error.code,
        "message": error.detail,
        "hint": "The draft is as it was; try again later.",
    }
    history = PlanHistory.objects.get(plan_id=plan.pk, change_type="plan_replanning_failed")
    assert (history.actor_name, history.reason) == (plan.owner.username, error.detail)


def test_what_no_worker_took_is_sent_again_after_a_minute(plan: MasterPlan, asked: list[uuid.UUID]) -> None:
    want(plan)
    assert resend_stuck_replannings() == 0
    MasterPlan.objects.filter(pk=plan.pk).update(updated_at=timezone.now() - timedelta(minutes=2))
    assert resend_stuck_replannings() == 1
    assert asked == [plan.pk, plan.pk]


def test_going_back_to_the_stack_of_before_asks_no_model(plan: MasterPlan, provider: ScriptedProvider) -> None:
    want(plan)
    take_replanning(plan.pk)
    editing.restore_version(plan_id=plan.pk, number=1, actor=actor_of(plan))
    assert stored(plan) == plan_answer()
    assert len(provider.requests) == 1


def test_over_the_api_it_is_accepted_and_shown(plan: MasterPlan, client_of: Callable[[User], APIClient]) -> None:
    client, address = client_of(plan.owner), reverse("masterplan", args=[plan.pk])
    same = client.patch(address, {"stack": "fastapi", "description": "Better"}, format="json")
    assert (same.status_code, same.json()["replanning"], same.json()["version"]) == (200, False, 2)
    assert client.patch(address, {"stack": "cobol"}, format="json").status_code == 400
    answer = client.patch(address, {"stack": "django", "version": 2}, format="json")
    assert (answer.status_code, answer.json()["replanning"], answer.json()["stack"]) == (202, True, "fastapi")
    again = client.patch(address, {"conventions": ["Short."]}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "plan_under_revision")
    take_replanning(plan.pk)
    assert (client.get(address).json()["stack"], client.get(address).json()["version"]) == ("django", 3)
