"""What is exported, imported and exported again is equal, byte by byte."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from common.models import PlanHistory, Stream
from common.portable.sections import sections
from execution.models import Atom, AtomAttempt, TreeCheck
from execution.services.carrying import Arrived, import_plan
from execution.services.runs import resume_run
from planning.models import MasterPlan
from review.models import Review
from tests.execution.building import PERSON
from tests.portable.rich import exported, forget, parsed, rich_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(tmp_path: Path) -> MasterPlan:
    return rich_plan(tmp_path / "made here")


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Path) -> Path:
    """Where workspaces of the installation are that imports."""
    settings.DEVMATRIX = replace(settings.DEVMATRIX, workspaces_dir=tmp_path / "elsewhere")
    return tmp_path / "elsewhere"


def carried(document: bytes, **options: str) -> Arrived:
    return import_plan(source=io.BytesIO(document), **options)


def test_the_plan_has_rows_of_every_kind(plan: MasterPlan) -> None:
    rows = {name: len(found) for name, found in parsed(exported(plan))["sections"].items()}
    assert list(rows) == [section.name for section in sections()]
    assert [name for name, number in rows.items() if number == 0] == []


def test_a_plan_that_was_deleted_comes_back_equal(plan: MasterPlan) -> None:
    document = exported(plan)
    forget(plan)
    arrived = carried(document)
    assert exported(arrived.plan) == document
    assert arrived.imported.people_made == []
    assert exported(plan) == document, "an export changes nothing"


def test_into_an_installation_that_knows_nobody(plan: MasterPlan) -> None:
    document = exported(plan)
    forget(plan, people=True)
    arrived = carried(document)
    assert exported(arrived.plan) == document
    made = User.objects.filter(username__in=arrived.imported.people_made)
    assert {(user.is_active, user.is_staff, user.has_usable_password()) for user in made} == {(False, False, False)}
    assert plan.owner.username in arrived.imported.people_made
    keys = set(PlanHistory.objects.filter(plan_id=plan.pk, actor_kind="user").values_list("actor_id", flat=True))
    assert keys == {str(arrived.plan.owner_id)}, "history names people of this installation"


def test_rows_that_stayed_behind_are_found_again(plan: MasterPlan) -> None:
    """A plan deleted by hand leaves its ledger, history, events and conversation."""
    document, key = exported(plan), plan.pk
    left = PlanHistory.objects.filter(plan_id=key).count()
    Atom.objects.filter(plan=plan).update(status="pending", current=None, accepted=None)
    AtomAttempt.objects.filter(atom__plan=plan).delete()
    Review.objects.filter(plan=plan).delete()
    plan.versions.update(parent=None)
    plan.delete()
    assert exported(carried(document).plan) == document
    assert PlanHistory.objects.filter(plan_id=key).count() == left > 0


def test_the_layout_of_the_document_does_not_matter(plan: MasterPlan) -> None:
    document = exported(plan)
    forget(plan)
    laid_out = json.dumps(json.loads(document), indent=2, sort_keys=True).encode()
    assert exported(carried(laid_out).plan) == document


def test_claims_and_paths_of_this_machine_stay_here(plan: MasterPlan, tmp_path: Path) -> None:
    document = exported(plan).decode()
    assert str(tmp_path) not in document
    names = {name for rows in parsed(document.encode())["sections"].values() for row in rows for name in row}
    assert {"claim", "stage_claim", "draft_claim", "edit_claim", "stage_claim_expires"} & names == set()
    assert "claim_expires" in parsed(document.encode())["sections"]["review"][0], "of a person, not of a process"


def test_files_are_written_in_the_folder_of_this_installation(plan: MasterPlan, elsewhere: Path) -> None:
    document = exported(plan)
    forget(plan)
    arrived = carried(document)
    assert arrived.plan.workspace_path == str(elsewhere / str(plan.pk))
    assert (elsewhere / str(plan.pk) / "app/a.py").read_text().startswith("import os\n")
    told = arrived.plan.pk
    assert Stream.objects.get(pk=told).events.get(type="masterplan_execution_start").data == {
        "workspace_path": str(elsewhere / str(plan.pk)),
        "tasks": 1,
    }


def test_it_goes_on_where_it_stood(plan: MasterPlan) -> None:
    document = exported(plan)
    forget(plan)
    arrived = carried(document)
    assert resume_run(plan=arrived.plan, actor=PERSON).status == "running"
    assert Stream.objects.get(pk=plan.pk).events.latest("seq").type == "masterplan_resumed"
    assert not TreeCheck.objects.filter(plan=plan).exists(), "verdicts are asked for again"


def test_another_owner_and_another_workspace(plan: MasterPlan) -> None:
    document = exported(plan)
    forget(plan)
    User.objects.create(username="berta")
    arrived = carried(document, owner="berta", workspace="From afar")
    names = [arrived.plan.owner.username, arrived.plan.conversation.owner.username, arrived.plan.workspace.slug]
    assert names == ["berta", "berta", "from-afar"]
    again = parsed(exported(arrived.plan))["sections"]
    before = parsed(document)["sections"]
    assert again["plan"] == [{**before["plan"][0], "owner": "berta"}]
    assert again["atom"] == before["atom"]
