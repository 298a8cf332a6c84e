"""Work that was left lying is woken; files that were tampered with are what is accepted again."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from common.locks import try_advisory_lock
from execution.models import Run, Wave
from execution.output.workspace import tree_hash
from execution.projection import project_workspace, workspace_of
from execution.reconciler import Healed, reconcile
from execution.states import Stage
from execution.waves.tree import base_tree
from tests.execution.building import Build, at_once, make_build

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(
        {"app/a.py": {"first": "import os\n", "second": "import re\n"}, "app/b.py": {"third": "import io\n"}},
        workspace=tmp_path / "workspace",
    )


def test_lost_claims_are_freed_and_the_run_is_woken(build: Build, sent: Sent) -> None:
    build.set("first", status="running", claim=uuid.uuid4(), claim_expires=timezone.now() - timedelta(seconds=1))
    assert reconcile() == Healed(claims=1, runs=1, discoveries=0)
    assert build.atom("first").status == "pending"
    assert sent == [("advance_run", build.run.pk)]
    assert reconcile().claims == 0


@pytest.mark.parametrize("status", ["paused", "cancelled", "completed"])
def test_runs_that_do_not_run_are_left_alone(build: Build, sent: Sent, status: str) -> None:
    Run.objects.update(status=status)
    build.set("first", status="running", claim=uuid.uuid4(), claim_expires=timezone.now() - timedelta(seconds=1))
    assert reconcile() == Healed(0, 0, 0)
    assert (build.atom("first").status, sent) == ("running", [])


def test_a_stage_that_somebody_does_is_not_disturbed(build: Build, sent: Sent) -> None:
    Run.objects.update(stage=Stage.TESTING, stage_claim_expires=timezone.now() + timedelta(seconds=30))
    assert reconcile().runs == 0
    Run.objects.update(stage_claim_expires=timezone.now() - timedelta(seconds=1))
    assert reconcile().runs == 1
    assert sent == [("advance_run", build.run.pk)]


@pytest.mark.django_db(transaction=True)
def test_while_one_reconciler_works_another_leaves_at_once(build: Build, sent: Sent) -> None:
    with try_advisory_lock("reconcile") as mine:
        assert mine is True
        (answer,) = at_once(reconcile)
    assert answer == Healed(0, 0, 0, alone=False)
    assert sent == []


@pytest.mark.django_db(transaction=True)
def test_reconcilers_at_once_free_each_claim_once(build: Build) -> None:
    for name in ("first", "second", "third"):
        build.set(name, status="running", claim=uuid.uuid4(), claim_expires=timezone.now() - timedelta(seconds=1))
    answers = at_once(reconcile, reconcile, reconcile)
    assert sum(answer.claims for answer in answers) == 3
    assert set(build.statuses().values()) == {"pending"}


def test_the_workspace_is_exactly_what_is_accepted(build: Build) -> None:
    build.accept("first", "third")
    commit = project_workspace(build.plan)
    workspace = workspace_of(build.plan)
    assert commit == workspace.head()
    assert workspace.files_at("HEAD").keys() >= {"app/b.py"}
    assert workspace.owned_files() == ["app/b.py"]
    assert workspace.is_current(tree_hash(base_tree(build.plan.pk, only_accepted=True).files))

    build.accept("second")
    project_workspace(build.plan)
    assert (workspace.root / "app/a.py").read_text() == "import os\nimport re\n"
    assert workspace.owned_files() == ["app/a.py", "app/b.py"]


def test_nothing_new_makes_no_commit(build: Build) -> None:
    build.accept("first", "second", "third")
    assert project_workspace(build.plan) is not None
    assert project_workspace(build.plan) is None
    assert len(workspace_of(build.plan).log()) == 1


@pytest.mark.parametrize("tamper", ["change", "delete"])
def test_what_was_tampered_with_is_repaired(build: Build, tamper: str) -> None:
    build.accept("first", "second", "third")
    project_workspace(build.plan)
    file = Path(build.plan.workspace_path) / "app/a.py"
    if tamper == "change":
        file.write_text("evil = True\n")
    else:
        file.unlink()
    project_workspace(build.plan)
    assert file.read_text() == "import os\nimport re\n"


def test_a_wave_that_is_not_complete_is_not_written(build: Build) -> None:
    build.accept("first", "second")
    assert project_workspace(build.plan, wave=build.waves[0]) is None
    assert not Path(build.plan.workspace_path).exists()
    Wave.objects.update(status="completed")
    assert project_workspace(build.plan, wave=build.waves[0]) is not None
    assert "ave 1" in workspace_of(build.plan).log()[0].subject


def test_a_text_that_waits_for_its_retry_is_not_shown_in_place_of_the_accepted_one(build: Build) -> None:
    build.accept("first", "second", "third")
    project_workspace(build.plan)
    build.set("first", status="retrying")
    project_workspace(build.plan)
    assert (Path(build.plan.workspace_path) / "app/a.py").read_text() == "import os\nimport re\n"


def test_a_skipped_atom_is_left_out_of_its_file(build: Build) -> None:
    build.accept("first", "third")
    build.set("second", status="skipped")
    project_workspace(build.plan)
    assert (Path(build.plan.workspace_path) / "app/a.py").read_text() == "import os\n"
