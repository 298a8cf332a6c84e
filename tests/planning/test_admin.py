"""Every page of planning in the admin opens, and nothing is changed there that services change."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from common.models import PlanHistory
from planning.expectation import Expectation
from planning.models import ExecutionSnapshot, MasterPlan, ModificationProposal
from tests.factories import DiscoveryQuestionFactory, StaffFactory, WorkspaceFactory, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls")]

MODELS = sorted(
    (model for model in admin.site._registry if model._meta.app_label == "planning"), key=lambda model: model.__name__
)


@pytest.fixture
def signed_in() -> Client:
    client = Client()
    client.force_login(StaffFactory(is_superuser=True))
    return client


@pytest.fixture
def plan() -> MasterPlan:
    plan = make_plan()
    DiscoveryQuestionFactory(discovery=plan.discovery)
    ModificationProposal.objects.create(plan=plan, requirement="Add tags")
    ExecutionSnapshot.objects.create(plan=plan, taken_by="ada", reason="asked")
    return plan


def test_every_entity_of_planning_is_there() -> None:
    assert [model.__name__ for model in MODELS] == [
        "Conversation",
        "DiscoveryDocument",
        "ExecutionSnapshot",
        "MasterPlan",
        "Milestone",
        "ModificationProposal",
        "Phase",
        "PlanVersion",
        "Subtask",
        "Task",
        "Workspace",
    ]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_and_pages_open_and_offer_no_adding_or_deleting(model: type, signed_in: Client, plan: MasterPlan) -> None:
    row = model._default_manager.first()  # type: ignore[attr-defined]  # every model has one
    name = f"admin:planning_{model.__name__.lower()}"
    assert signed_in.get(reverse(f"{name}_changelist")).status_code == 200
    assert signed_in.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
    assert signed_in.get(reverse(f"{name}_add")).status_code == 403
    assert signed_in.get(reverse(f"{name}_delete", args=[row.pk])).status_code == 403


def test_a_plan_is_read_on_one_page(signed_in: Client, plan: MasterPlan) -> None:
    page = signed_in.get(reverse("admin:planning_masterplan_change", args=[plan.pk])).content.decode()
    for text in ["Task tracker", "Phase 3", "Milestone 2", "Write file 6", "version 1"]:
        assert text in page
    assert 'name="_save"' not in page


def test_a_status_is_not_written_by_hand(signed_in: Client, plan: MasterPlan) -> None:
    address = reverse("admin:planning_masterplan_change", args=[plan.pk])
    assert signed_in.post(address, {"status": "completed"}).status_code == 403
    plan.refresh_from_db()
    assert plan.status == "draft"


def test_a_workspace_is_renamed_by_the_service(signed_in: Client) -> None:
    workspace = WorkspaceFactory(name="Old")
    address = reverse("admin:planning_workspace_change", args=[workspace.pk])
    assert signed_in.post(address, {"name": "New"}).status_code == 302
    workspace.refresh_from_db()
    assert workspace.name == "New"
    assert PlanHistory.objects.get(item_id=workspace.pk).change_type == "workspace_renamed"


def test_a_plan_shows_its_corrected_estimate_and_where_the_correction_is_from(signed_in: Client) -> None:
    expected = Expectation(precedents=0, stack=None, tasks=None, minutes=None, factor=1.5, factor_from=2)
    plan = make_plan(expectation=expected.as_json())
    page = signed_in.get(reverse("admin:planning_masterplan_change", args=[plan.pk])).content.decode()
    assert f"{1.5 * plan.estimated_minutes:g} minutes" in page
    assert "The estimate is multiplied by 1.50, from what 2 plans took before." in page
