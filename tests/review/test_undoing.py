"""Taking a decision back: everything is as it was before, or the decision stands because something was built on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from common.actors import Actor
from common.errors import NotPermitted
from execution.models import AtomAttempt
from execution.services.undoing import DependedOn, state_of
from execution.waves.revisions import new_revision
from planning.models import MasterPlan, Task
from review.errors import NothingToUndo, ReviewObsolete
from review.models import Review, ReviewDecision
from review.services.creation import create_reviews, reconcile_reviews
from review.services.decisions import approve_review, regenerate_review, reject_review
from review.services.editing import edit_review
from review.services.undoing import undo_review, undoable_decision
from review.statistics import plan_statistics
from tests.execution.building import Build, make_build
from tests.execution.conftest import Checks, checks  # noqa: F401 - a fixture
from tests.review.builders import make_user

pytestmark = pytest.mark.django_db

DECIDE: dict[str, Callable[[uuid.UUID, Actor], Any]] = {
    "approved": lambda pk, actor: approve_review(review_id=pk, actor=actor),
    "rejected": lambda pk, actor: reject_review(review_id=pk, actor=actor, reason="No."),
    "edited": lambda pk, actor: edit_review(review_id=pk, code="x = 2\n", actor=actor),
    "regenerated": lambda pk, actor: regenerate_review(review_id=pk, actor=actor, feedback="Again."),
}


@pytest.fixture
def ana() -> User:
    return make_user("ana", is_staff=True)


@pytest.fixture
def build(tmp_path: Path, checks: list[Checks]) -> Build:  # noqa: F811 - a fixture
    """``second`` needs ``first``, which waits for a person."""
    build = make_build(
        {"app/a.py": {"first": "x = 1\n"}, "app/b.py": {"second": "y = 1\n"}},
        waves=[["first"], ["second"]],
        edges=[("first", "second")],
        workspace=tmp_path / "workspace",
    )
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    build.set("second", status="blocked")
    return build


def accepted(build: Build) -> None:
    """``first`` was accepted with little confidence, and ``second`` after it."""
    build.accept("first")
    build.set("first", awaiting_decision=False, confidence="0.600")
    build.set("second", status="pending")


def review_of(build: Build, name: str = "first") -> Review:
    (review,) = create_reviews(atom_ids=[build.atoms[name].pk])
    return review


def situation(build: Build) -> tuple[Any, ...]:
    task = Task.objects.get(pk=build.task.pk)
    run = build.current_run()
    plan = MasterPlan.objects.get(pk=build.plan.pk)
    return (
        state_of(build.atoms["first"].pk),
        build.statuses(),
        task.status,
        plan.status,
        run.atoms_failed,
    )


@pytest.mark.parametrize("waiting", [True, False], ids=["attempts spent", "accepted"])
@pytest.mark.parametrize("decision", DECIDE)
def test_a_decision_is_taken_back_and_everything_is_as_before(
    build: Build, ana: User, decision: str, waiting: bool
) -> None:
    if not waiting:
        accepted(build)
    review = review_of(build)
    approved_at_first = situation(build)[:4]
    DECIDE[decision](review.pk, Actor.of(ana))
    undo_review(review_id=review.pk, reviewer=ana)

    review.refresh_from_db()
    assert situation(build)[:4] == approved_at_first
    assert (review.status, review.assignee, review.decided_at) == ("in_review", ana, None)
    assert [row.decision for row in review.decisions.order_by("created_at")] == [decision, "undone"]
    assert plan_statistics(build.plan.pk).decisions[decision] == 0
    # and it can be decided again
    approve_review(review_id=review.pk, actor=Actor.of(ana))
    assert build.atom("first").status == "accepted"


def test_the_file_goes_back_with_the_decision(build: Build, ana: User, django_capture_on_commit_callbacks: Any) -> None:
    file = Path(build.plan.workspace_path) / "app/a.py"
    accepted(build)
    review = review_of(build)
    with django_capture_on_commit_callbacks(execute=True):
        edit_review(review_id=review.pk, code="x = 2\n", actor=Actor.of(ana))
    assert file.read_text() == "x = 2\n"
    with django_capture_on_commit_callbacks(execute=True):
        undo_review(review_id=review.pk, reviewer=ana)
    assert file.read_text() == "x = 1\n"


def test_what_needs_it_and_was_tried_since_keeps_the_decision(build: Build, ana: User) -> None:
    review = review_of(build)
    approve_review(review_id=review.pk, actor=Actor.of(ana))
    AtomAttempt.objects.create(atom=build.atoms["second"], attempt=1, code="y = 1\n")
    with pytest.raises(DependedOn, match="second needs this code"):
        undo_review(review_id=review.pk, reviewer=ana)
    review.refresh_from_db()
    assert (review.status, build.atom("first").status) == ("approved", "accepted")


def test_what_needs_it_and_is_being_worked_on_keeps_the_decision(build: Build, ana: User) -> None:
    review = review_of(build)
    approve_review(review_id=review.pk, actor=Actor.of(ana))
    build.set("second", status="running")
    with pytest.raises(DependedOn):
        undo_review(review_id=review.pk, reviewer=ana)


def test_an_attempt_that_has_begun_is_not_taken_back(build: Build, ana: User) -> None:
    review = review_of(build)
    regenerate_review(review_id=review.pk, actor=Actor.of(ana), feedback="Again.")
    build.set("first", status="running")
    with pytest.raises(DependedOn, match="has changed since"):
        undo_review(review_id=review.pk, reviewer=ana)


def test_a_completed_plan_keeps_what_it_was_completed_with(build: Build, ana: User) -> None:
    review = review_of(build)
    approve_review(review_id=review.pk, actor=Actor.of(ana))
    type(build.run).objects.filter(pk=build.run.pk).update(status="completed")
    MasterPlan.objects.filter(pk=build.plan.pk).update(status="completed")
    with pytest.raises(DependedOn, match="completed"):
        undo_review(review_id=review.pk, reviewer=ana)


def test_a_decision_is_taken_back_once_and_by_who_made_it(build: Build, ana: User) -> None:
    review = review_of(build)
    with pytest.raises(NothingToUndo):
        undo_review(review_id=review.pk, reviewer=ana)
    approve_review(review_id=review.pk, actor=Actor.of(ana))
    with pytest.raises(NotPermitted):
        undo_review(review_id=review.pk, reviewer=make_user())
    assert undo_review(review_id=review.pk, reviewer=make_user(), of_others=True).status == "in_review"
    with pytest.raises(NothingToUndo):
        undo_review(review_id=review.pk, reviewer=ana)


def test_what_was_decided_last_is_offered_until_it_is_taken_back(build: Build, ana: User) -> None:
    review = review_of(build)
    assert undoable_decision(ana) is None
    approve_review(review_id=review.pk, actor=Actor.of(ana))
    offered = undoable_decision(ana)
    assert offered is not None
    assert offered.review_id == review.pk
    assert undoable_decision(make_user()) is None
    undo_review(review_id=review.pk, reviewer=ana)
    assert undoable_decision(ana) is None


def test_an_approval_is_void_when_the_code_changes_and_the_new_text_is_looked_at(build: Build, ana: User) -> None:
    accepted(build)
    review = review_of(build)
    approve_review(review_id=review.pk, actor=Actor.of(ana))
    changed = new_revision(build.atom("first"), "x = 9\n", "import_merge", "system")
    build.set("first", current=changed, accepted=changed)
    (new,) = reconcile_reviews(build.plan.pk)
    review.refresh_from_db()
    assert (review.status, new.revision_id, new.status) == ("obsolete", changed.pk, "pending")
    with pytest.raises(ReviewObsolete):
        undo_review(review_id=review.pk, reviewer=ana)
    assert ReviewDecision.objects.filter(decision="approved").count() == 1
