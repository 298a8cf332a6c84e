"""What follows a decision, with nothing played: atom, file, commit, what needs it, task, event, memory, numbers."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User

from common.actors import Actor
from execution.models import ValidationResult
from execution.services.advance import advance_run
from execution.validation.results import TreeReport
from integrations.models import LearningRecord
from planning.models import Task
from review.models import Review
from review.services.creation import create_reviews
from review.services.decisions import approve_review, regenerate_review, reject_review
from review.services.editing import edit_review
from review.services.learning import learn_decision
from review.services.undoing import undo_review
from review.statistics import plan_statistics
from tests.execution.building import Build, finding, make_build, report_of
from tests.execution.conftest import Checks, checks, sent  # noqa: F401 - fixtures
from tests.review.builders import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sent", "without_store")]

WRONG = finding("app/a.py", 1, message="x is no number").model_dump()


@pytest.fixture
def without_store(settings: Any) -> None:
    """What is remembered is a row; no test of this module asks the vector store."""
    settings.DEVMATRIX = replace(django_settings.DEVMATRIX, memory_enabled=False)


@pytest.fixture
def ana() -> User:
    return make_user("ana", is_staff=True)


@pytest.fixture
def build(tmp_path: Path, checks: list[Checks]) -> Build:  # noqa: F811 - a fixture
    """``second`` needs ``first``; the attempts at ``first`` are spent, so both wait, and with them the task."""
    build = make_build(
        {"app/a.py": {"first": "x = 1\n"}, "app/b.py": {"second": "y = 1\n"}},
        waves=[["first"], ["second"]],
        edges=[("first", "second")],
        workspace=tmp_path / "workspace",
    )
    build.set("first", status="validating", awaiting_decision=True, attempts=3, feedback=[WRONG])
    build.set("second", status="blocked")
    return build


def review_of(build: Build) -> Review:
    (review,) = create_reviews(atom_ids=[build.atoms["first"].pk])
    return review


def on_disk(build: Build, path: str = "app/a.py") -> str | None:
    file = Path(build.plan.workspace_path) / path
    return file.read_text() if file.exists() else None


def commits(build: Build) -> int:
    done = subprocess.run(
        ["/usr/bin/env", "git", "rev-list", "--count", "HEAD"],
        cwd=build.plan.workspace_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def task_status(build: Build) -> str:
    return Task.objects.get(pk=build.task.pk).status


def told(build: Build) -> list[str]:
    return [event["status"] for event in build.events("review_updated")]


def remembered(review: Review) -> list[str]:
    learn_decision(review.pk)
    return list(LearningRecord.objects.filter(source_id=review.pk).values_list("lesson", flat=True))


def test_an_approval_accepts_the_atom_and_lets_everything_go_on(
    build: Build,
    ana: User,
    sent: list[Any],  # noqa: F811 - a fixture
    django_capture_on_commit_callbacks: Any,
) -> None:
    review = review_of(build)
    with django_capture_on_commit_callbacks(execute=True):
        approve_review(review_id=review.pk, actor=Actor.of(ana), reason="Good enough.")

    assert build.statuses() == {"first": "accepted", "second": "pending"}
    assert (on_disk(build), on_disk(build, "app/b.py"), commits(build)) == ("x = 1\n", None, 1)
    assert ValidationResult.objects.get(layer="review").reason == "ana: Good enough."
    assert task_status(build) == "in_progress"  # second is still to come
    assert ("advance_run", build.run.pk) in sent
    assert build.current_run().atoms_accepted == 1
    assert told(build) == ["approved"]
    assert remembered(review) == []  # nothing was wrong with it after all
    found = plan_statistics(build.plan.pk)
    assert (found.decisions["approved"], found.precision_before, found.precision_after) == (1, 0.0, 1.0)
    # and the last atom of the task completes it
    build.set("second", status="validating", awaiting_decision=True, attempts=3)
    (last,) = create_reviews(atom_ids=[build.atoms["second"].pk])
    approve_review(review_id=last.pk, actor=Actor.of(ana))
    assert task_status(build) == "ready_for_test"
    assert build.current_plan().progress_percent > 80


def test_a_rejection_takes_the_code_out_and_holds_back_what_needs_it(
    build: Build, ana: User, django_capture_on_commit_callbacks: Any
) -> None:
    review = review_of(build)
    with django_capture_on_commit_callbacks(execute=True):
        approve_review(review_id=review.pk, actor=Actor.of(ana))
    assert on_disk(build) == "x = 1\n"
    undo_review(review_id=review.pk, reviewer=ana)
    with django_capture_on_commit_callbacks(execute=True):
        reject_review(review_id=review.pk, actor=Actor.of(ana), reason="Numbers belong into settings.")

    assert build.statuses() == {"first": "failed", "second": "blocked"}
    assert on_disk(build) is None
    assert task_status(build) == "in_progress"
    assert build.current_run().atoms_failed == 1
    assert told(build) == ["approved", "in_review", "rejected"]
    assert remembered(review) == ["A reviewer refused app/a.py:first: Numbers belong into settings.\nx = 1"]
    assert plan_statistics(build.plan.pk).precision_after == 0.0
    # Nothing is left to do without a person: the run waits, and says for what.
    advance_run(build.run.pk)
    assert (build.current_run().status, build.current_plan().status) == ("paused", "paused")


def test_an_edit_is_validated_with_what_needs_it_and_replaces_the_code(
    build: Build,
    ana: User,
    checks: list[Checks],  # noqa: F811 - a fixture
    django_capture_on_commit_callbacks: Any,
) -> None:
    asked: list[dict[str, str]] = []

    def say(files: dict[str, str]) -> TreeReport:
        asked.append(dict(files))
        return report_of(finding("app/b.py", 1, message="y needs x")) if "z = 1" in files["app/a.py"] else report_of()

    checks.append(say)  # type: ignore[arg-type]  # a mapping of files
    review = review_of(build)
    refused = edit_review(review_id=review.pk, code="z = 1\n", actor=Actor.of(ana))
    assert (refused.accepted, [item.message for item in refused.diagnostics]) == (False, ["y needs x"])
    assert (build.statuses()["first"], on_disk(build)) == ("validating", None)
    with django_capture_on_commit_callbacks(execute=True):
        edit_review(review_id=review.pk, code="x = 2\n", actor=Actor.of(ana), reason="Two of them.")

    assert asked[-1] == {"app/a.py": "x = 2\n", "app/b.py": "y = 1\n"}
    assert build.statuses() == {"first": "accepted", "second": "pending"}
    assert (on_disk(build), commits(build)) == ("x = 2\n", 1)
    assert told(build) == ["edited"]
    (lesson,) = remembered(review)
    assert lesson.startswith("A reviewer changed app/a.py:first: Two of them.")
    assert "x = 2" in lesson
    (decision,) = Review.objects.get(pk=review.pk).decisions.all()
    assert (decision.before["revision"], decision.after["revision"], decision.easy) == (1, 2, False)


def test_a_regeneration_tries_again_with_the_reviewers_words(
    build: Build,
    ana: User,
    sent: list[Any],  # noqa: F811 - a fixture
) -> None:
    review = review_of(build)
    regenerate_review(review_id=review.pk, actor=Actor.of(ana), feedback="Use a list.")
    first = build.atom("first")
    assert (first.status, first.hint, first.max_attempts) == ("retrying", "Use a list.", 4)
    assert build.statuses()["second"] == "pending"
    assert ("advance_run", build.run.pk) in sent
    assert told(build) == ["regenerated"]
    assert remembered(review) == ["A reviewer refused app/a.py:first: Use a list.\nx = 1"]
    undo_review(review_id=review.pk, reviewer=ana)
    assert remembered(review) == []
