from __future__ import annotations

import pytest

from common.actors import Actor
from common.errors import Conflict, InvalidInput, TooLarge
from common.models import PlanHistory
from planning.errors import WorkspaceBusy
from planning.models import Workspace
from planning.services.workspaces import (
    create_workspace,
    delete_workspace,
    rename_workspace,
    workspace_for,
    workspace_for_new_project,
)
from tests.factories import DiscoveryFactory, MasterPlanFactory, UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db


def test_the_usual_workspace_is_made_once() -> None:
    owner = UserFactory()
    assert workspace_for(owner=owner) == workspace_for(owner=owner)
    assert (workspace_for(owner=owner).name, workspace_for(owner=owner).slug) == ("Projects", "projects")


def test_people_have_workspaces_of_the_same_name() -> None:
    assert workspace_for(owner=UserFactory(), name="Shop") != workspace_for(owner=UserFactory(), name="Shop")


def test_a_name_that_reads_the_same_is_a_conflict() -> None:
    owner = UserFactory()
    create_workspace(owner=owner, name="My  shop")
    with pytest.raises(Conflict, match="named like 'my shop' already"):
        create_workspace(owner=owner, name="my shop")


@pytest.mark.parametrize(("name", "error"), [("  ", InvalidInput), ("a\x00b", InvalidInput), ("a" * 121, TooLarge)])
def test_bad_names_are_refused(name: str, error: type[InvalidInput]) -> None:
    with pytest.raises(error):
        create_workspace(owner=UserFactory(), name=name)


def test_renaming_is_remembered() -> None:
    workspace = WorkspaceFactory(name="Old", slug="old")
    rename_workspace(workspace=workspace, name="New", actor=Actor.of(workspace.owner))
    workspace.refresh_from_db()
    assert (workspace.name, workspace.slug) == ("New", "old")
    row = PlanHistory.objects.get(item_id=workspace.pk)
    assert (row.change_type, row.before, row.after) == ("workspace_renamed", {"name": "Old"}, {"name": "New"})


def test_an_empty_workspace_is_deleted() -> None:
    workspace = WorkspaceFactory()
    delete_workspace(workspace=workspace, actor=Actor.of(workspace.owner))
    assert not Workspace.objects.exists()


def test_a_workspace_with_plans_is_kept() -> None:
    plan = MasterPlanFactory(status="completed")
    with pytest.raises(Conflict, match="has plans, which are kept"):
        delete_workspace(workspace=plan.workspace, actor=Actor.of(plan.owner))
    assert Workspace.objects.filter(pk=plan.workspace_id).exists()
    assert not PlanHistory.objects.filter(change_type="workspace_deleted").exists()


def test_a_given_workspace_with_an_unfinished_plan_is_refused_by_name() -> None:
    plan = MasterPlanFactory(project_name="Old shop", status="paused")
    with pytest.raises(WorkspaceBusy) as refused:
        workspace_for_new_project(owner=plan.owner, workspace=plan.workspace, title="New shop")
    assert "has the plan Old shop, which is paused" in refused.value.detail
    assert refused.value.context == {"masterplan": str(plan.pk)}


@pytest.mark.parametrize("status", ["completed", "failed", "rejected", "cancelled"])
def test_finished_plans_leave_the_workspace_free(status: str) -> None:
    plan = MasterPlanFactory(status=status)
    assert workspace_for_new_project(owner=plan.owner, workspace=plan.workspace, title="x") == plan.workspace


def test_the_usual_workspace_is_taken_while_it_is_free() -> None:
    owner = UserFactory()
    first = workspace_for_new_project(owner=owner, workspace=None, title="A shop")
    assert first == workspace_for(owner=owner)


def test_projects_beside_each_other_get_workspaces_of_their_own() -> None:
    owner = UserFactory()
    usual = workspace_for(owner=owner)
    DiscoveryFactory(conversation__workspace=usual)
    second = workspace_for_new_project(owner=owner, workspace=None, title="A shop\nwith orders")
    third = workspace_for_new_project(owner=owner, workspace=None, title="A shop\nwith orders")
    assert (second.name, second.slug) == ("A shop with orders", "a-shop-with-orders-1")
    assert third.slug == "a-shop-with-orders-2"
