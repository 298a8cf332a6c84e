"""Work that was left lying is woken; files that were tampered with are what is accepted again."""

from __future__ import annotations

import shutil
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.locks import try_advisory_lock
from execution.closing.infrastructure import write_infrastructure
from execution.healing import count_healed, healed_so_far
from execution.models import Atom, Round, Run, Wave
from execution.output.manifest import Manifest
from execution.output.workspace import tree_hash
from execution.projection import project_workspace, workspace_of
from execution.reconciler import Healed, reconcile
from execution.signals import reconciling
from execution.states import Stage
from execution.waves.revisions import new_revision
from execution.waves.tree import base_tree
from planning.models import Task
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
    assert reconcile() == Healed(claims=1, runs=1)
    assert build.atom("first").status == "pending"
    assert sent == [("advance_run", build.run.pk)]
    assert reconcile().claims == 0


@pytest.mark.parametrize("status", ["paused", "cancelled", "completed"])
def test_runs_that_do_not_run_are_left_alone(build: Build, sent: Sent, status: str) -> None:
    Run.objects.update(status=status)
    build.set("first", status="running", claim=uuid.uuid4(), claim_expires=timezone.now() - timedelta(seconds=1))
    assert reconcile() == Healed()
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
    assert answer == Healed(alone=False)
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


@pytest.mark.parametrize("only_accepted", [False, True])
def test_a_tree_is_read_in_one_query(
    build: Build, only_accepted: bool, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    build.accept("first", "third")
    with django_assert_num_queries(1):
        tree = base_tree(build.plan.pk, only_accepted=only_accepted)
    assert len(tree.atoms) > 1


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


# -- repaired by the reconciler ----------------------------------------------------------------------------------------


def on_disk(build: Build, path: str) -> str:
    return (Path(build.plan.workspace_path) / path).read_text()


@pytest.fixture
def written(build: Build) -> Build:
    build.accept("first", "second", "third")
    project_workspace(build.plan)
    return build


@pytest.mark.parametrize("tamper", ["change", "delete", "half"])
def test_files_that_are_missing_or_half_written_come_back(written: Build, tamper: str) -> None:
    root = Path(written.plan.workspace_path)
    if tamper == "delete":
        (root / "app/a.py").unlink()
    else:
        (root / "app/a.py").write_text("import o")
    if tamper == "half":  # killed while files were moved into place
        Manifest(files=Manifest.load(root).files, complete=False).store(root)
    assert reconcile().workspaces == 1
    assert on_disk(written, "app/a.py") == "import os\nimport re\n"
    assert workspace_of(written.plan).is_sound()
    assert reconcile().workspaces == 0


def test_while_waves_go_on_they_write_what_is_new_themselves(written: Build) -> None:
    revision = new_revision(written.atom("third"), "import ast\n", "edit", "ana")
    written.set("third", current=revision, accepted=revision)
    assert reconcile().workspaces == 0
    Run.objects.update(status="paused")
    assert reconcile().workspaces == 1
    assert on_disk(written, "app/b.py") == "import ast\n"


def test_a_folder_that_is_gone_is_made_again_for_a_run_that_waits(written: Build) -> None:
    shutil.rmtree(written.plan.workspace_path)
    Run.objects.update(status="paused")
    assert reconcile().workspaces == 1
    assert workspace_of(written.plan).owned_files() == ["app/a.py", "app/b.py"]
    assert len(workspace_of(written.plan).log()) == 1


def test_what_was_written_but_not_committed_is_committed(build: Build) -> None:
    build.accept("third")
    workspace = workspace_of(build.plan).open_or_create()
    workspace.write({"app/b.py": "import io\n"})
    assert workspace.log() == []
    assert project_workspace(build.plan) == workspace.head()
    assert len(workspace.log()) == 1


@pytest.fixture
def with_infrastructure(written: Build) -> Build:
    Run.objects.update(stage=Stage.INFRASTRUCTURE)
    write_infrastructure(Run.objects.select_related("plan").get())
    assert written.current_run().stage == Stage.TESTING
    return written


@pytest.mark.parametrize("path", ["Dockerfile", "README.md", "app/b.py"])
def test_infrastructure_is_made_again_like_any_other_file(with_infrastructure: Build, path: str) -> None:
    assert reconcile().workspaces == 0
    before = on_disk(with_infrastructure, path)
    (Path(with_infrastructure.plan.workspace_path) / path).unlink()
    assert reconcile().workspaces == 1
    assert on_disk(with_infrastructure, path) == before
    assert project_workspace(with_infrastructure.plan) is None


def test_infrastructure_stays_while_an_atom_is_tried_again(with_infrastructure: Build) -> None:
    before = set(workspace_of(with_infrastructure.plan).owned_files())
    with_infrastructure.set("first", status="retrying")
    Run.objects.update(stage=Stage.WAVES)
    project_workspace(with_infrastructure.plan)
    assert set(workspace_of(with_infrastructure.plan).owned_files()) == before
    assert on_disk(with_infrastructure, "app/a.py") == "import os\nimport re\n"


def test_what_a_stage_has_just_written_is_not_taken_away_beside_it(with_infrastructure: Build) -> None:
    """It is in the folder before the database knows of it."""
    Run.objects.update(stage=Stage.INFRASTRUCTURE, stage_seconds={})
    project_workspace(with_infrastructure.plan)
    assert "Dockerfile" in workspace_of(with_infrastructure.plan).owned_files()


def test_a_workspace_that_cannot_be_written_keeps_no_other_from_being_repaired(written: Build, tmp_path: Path) -> None:
    other = make_build({"app/a.py": {"first": "import os\n"}}, workspace=tmp_path / "file")
    other.accept("first")
    (tmp_path / "file").write_text("in the way")
    Run.objects.update(status="paused")
    (Path(written.plan.workspace_path) / "app/a.py").unlink()
    assert reconcile().workspaces == 1


def test_a_completed_plans_folder_belongs_to_its_owner(written: Build) -> None:
    Run.objects.update(status="completed", stage="finished")
    (Path(written.plan.workspace_path) / "app/a.py").write_text("mine = True\n")
    assert reconcile().workspaces == 0
    assert on_disk(written, "app/a.py") == "mine = True\n"


def test_what_is_mended_is_counted_for_ever_and_what_only_was_woken_is_not(build: Build, sent: Sent) -> None:
    build.set("first", status="running", claim=uuid.uuid4(), claim_expires=timezone.now() - timedelta(seconds=1))
    build.set("second", status="running", claim=uuid.uuid4(), claim_expires=timezone.now() - timedelta(seconds=1))
    assert reconcile().mended == {"claims": 2}
    assert reconcile().mended == {}
    count_healed({"claims": 3, "calls": 0, "reviews": 1})
    assert healed_so_far() == {"claims": 5, "reviews": 1}


@pytest.mark.parametrize(
    ("stage", "dead"),
    [
        (Stage.CODE_GENERATION, ("task", "draft_claim")),
        (Stage.WAVES, ("round", "claim")),
        (Stage.WAVES, ("analysis", "claim")),
        (Stage.TESTING, ("run", "stage_claim")),
    ],
)
def test_the_claims_of_the_dead_are_freed_wherever_they_are(
    build: Build, sent: Sent, stage: Stage, dead: tuple[str, str]
) -> None:
    Run.objects.update(stage=stage)
    kind, field = dead
    build.open_round("first")
    build.set("third", status="validating", awaiting_decision=True)
    rows = {
        "task": Task.objects.filter(pk=build.task.pk),
        "round": Round.objects.all(),
        "analysis": Atom.objects.filter(pk=build.atoms["third"].pk),
        "run": Run.objects.all(),
    }[kind]
    rows.update(**{field: uuid.uuid4(), f"{field}_expires": timezone.now() - timedelta(seconds=1)})
    assert reconcile().claims == 1
    assert rows.filter(**{f"{field}__isnull": True}).count() == 1
    assert sent[0] == ("advance_run", build.run.pk)
    assert reconcile().claims == 0


def test_what_a_lost_signal_left_undone_is_asked_for(build: Build, sent: Sent) -> None:
    def listener(sender: object, **_: object) -> int:
        return 3

    reconciling.connect(listener)
    try:
        assert reconcile().reviews == 3
    finally:
        reconciling.disconnect(listener)
