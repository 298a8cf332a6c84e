"""Which atoms are put before a person, once each."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from common.actors import SYSTEM
from common.errors import InvalidInput, NotFound
from common.models import PlanEvent
from execution.models import Atom
from execution.signals import atoms_settled
from review.models import Review
from review.services.creation import NotReviewable, ask_for_lowest, ask_for_review, create_reviews, reconcile_reviews
from tests.review.builders import make_atom, make_plan, make_review, make_spent_atom, revise

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sample_share(settings: Any) -> Any:
    """No random reviews, unless a test asks for them."""

    def set_share(share: float) -> None:
        settings.DEVMATRIX = replace(django_settings.DEVMATRIX, review_sample_share=share)

    set_share(0)
    return set_share


@pytest.mark.parametrize(
    ("confidence", "level", "priority"),
    [("0.699", "low", 2), ("0.500", "low", 2), ("0.499", "critical", 1), ("0.000", "critical", 1)],
)
def test_an_accepted_atom_of_low_confidence_is_reviewed(confidence: str, level: str, priority: int) -> None:
    (review,) = create_reviews(atom_ids=[make_atom(confidence=confidence).pk])
    assert (review.why, review.level, review.priority, review.status) == ("low_confidence", level, priority, "pending")


@pytest.mark.parametrize("confidence", ["0.700", "1.000", None])
def test_an_accepted_atom_that_is_good_enough_is_not(confidence: str | None) -> None:
    assert create_reviews(atom_ids=[make_atom(confidence=confidence).pk]) == []


def test_an_atom_whose_attempts_are_spent_is_always_reviewed_first() -> None:
    atom = make_spent_atom(feedback=[{"severity": "error", "message": "Wrong type."}])
    (review,) = create_reviews(atom_ids=[atom.pk])
    assert (review.why, review.confidence, review.level, review.priority) == ("attempts_spent", None, "critical", 1)
    assert (review.revision, review.plan, review.attempts) == (atom.current, atom.plan, 3)
    assert review.issue_detected == "Wrong type."


def test_a_share_of_the_good_ones_is_reviewed_too(sample_share: Any) -> None:
    sample_share(1)
    (review,) = create_reviews(atom_ids=[make_atom(confidence="0.950").pk])
    assert (review.why, review.priority, review.level) == ("sample", 3, "high")


@pytest.mark.parametrize("status", ["pending", "running", "validating", "retrying", "failed", "blocked", "skipped"])
def test_an_atom_that_is_not_settled_is_not_reviewed(status: str) -> None:
    assert create_reviews(atom_ids=[make_atom(status=status, confidence="0.100").pk]) == []


def test_what_a_person_wrote_is_not_asked_about_again() -> None:
    atom = make_atom()
    revise(atom, "x = 1\n", origin="edit")
    assert create_reviews(atom_ids=[atom.pk]) == []


def test_reviews_are_made_once_however_often_the_signal_comes() -> None:
    atom = make_atom()
    first = create_reviews(atom_ids=[atom.pk])
    assert (len(first), create_reviews(atom_ids=[atom.pk, atom.pk])) == (1, [])
    assert PlanEvent.objects.filter(type="review_created").count() == 1


def test_a_decided_text_is_not_asked_about_again() -> None:
    atom = make_atom()
    make_review(atom, status="approved")
    assert create_reviews(atom_ids=[atom.pk]) == []


def test_one_more_attempt_in_vain_is_a_new_question() -> None:
    atom = make_spent_atom()
    make_review(atom, status="regenerated")
    Atom.objects.filter(pk=atom.pk).update(attempts=4)
    (review,) = create_reviews(atom_ids=[atom.pk])
    assert review.attempts == 4


def test_a_new_text_makes_the_open_review_obsolete_and_is_asked_about_itself() -> None:
    atom = make_atom()
    old = make_review(atom)
    revision = revise(atom, "better = 1\n")
    (review,) = create_reviews(atom_ids=[atom.pk])
    old.refresh_from_db()
    assert (old.status, review.revision) == ("obsolete", revision)


def test_a_new_text_that_is_good_enough_only_makes_the_open_review_obsolete() -> None:
    atom = make_atom()
    old = make_review(atom)
    revise(atom, "better = 1\n")
    Atom.objects.filter(pk=atom.pk).update(confidence="0.900")
    assert create_reviews(atom_ids=[atom.pk]) == []
    old.refresh_from_db()
    assert old.status == "obsolete"


def test_a_skipped_atom_needs_no_decision_any_more() -> None:
    review = make_review(make_spent_atom())
    Atom.objects.filter(pk=review.atom_id).update(status="skipped", awaiting_decision=False)
    create_reviews(atom_ids=[review.atom_id])
    review.refresh_from_db()
    assert review.status == "obsolete"


def test_the_signal_of_execution_makes_reviews() -> None:
    atom = make_atom()
    atoms_settled.send(sender=None, plan_id=atom.plan_id, atom_ids=[atom.pk])
    assert Review.objects.get().atom == atom


@pytest.mark.parametrize("share", [0, 1])
def test_the_reconciler_makes_what_a_lost_signal_did_not(sample_share: Any, share: float) -> None:
    sample_share(share)
    plan = make_plan()
    doubtful, spent, good = make_atom(plan), make_spent_atom(plan), make_atom(plan, confidence="0.900")
    make_atom()
    wanted = {doubtful.pk, spent.pk} | ({good.pk} if share else set())
    assert {review.atom_id for review in reconcile_reviews(plan.pk)} == wanted
    assert reconcile_reviews(plan.pk) == []


def test_the_reconciler_frees_expired_claims_and_retires_stale_reviews() -> None:
    plan = make_plan()
    late = timezone.now() - timedelta(seconds=1)
    claimed = make_review(make_atom(plan), status="in_review", assignee=plan.owner, claim_expires=late)
    stale = make_review(make_atom(plan))
    Atom.objects.filter(pk=stale.atom_id).update(confidence="0.900")
    revise(stale.atom, "x = 1\n")
    Atom.objects.filter(pk=stale.atom_id).update(confidence="0.900")
    reconcile_reviews(plan.pk)
    assert dict(Review.objects.values_list("pk", "status")) == {claimed.pk: "pending", stale.pk: "obsolete"}


def test_a_person_may_ask_for_a_review_of_any_accepted_atom() -> None:
    atom = make_atom(confidence="0.990")
    review = ask_for_review(atom_id=atom.pk, actor=SYSTEM)
    assert (review.why, review.status) == ("asked", "pending")
    assert ask_for_review(atom_id=atom.pk, actor=SYSTEM).pk == review.pk


def test_there_is_nothing_to_review_in_an_atom_that_is_not_settled_or_was_reviewed() -> None:
    with pytest.raises(NotReviewable):
        ask_for_review(atom_id=make_atom(status="pending").pk, actor=SYSTEM)
    decided = make_review(status="approved")
    with pytest.raises(NotReviewable):
        ask_for_review(atom_id=decided.atom_id, actor=SYSTEM)
    with pytest.raises(NotFound):
        ask_for_review(atom_id=uuid.uuid4(), actor=SYSTEM)


def test_the_lowest_share_of_a_plan_is_asked_for() -> None:
    plan = make_plan()
    atoms = [make_atom(plan, confidence=f"0.{80 + number}0") for number in range(10)]
    made = ask_for_lowest(plan_id=plan.pk, actor=SYSTEM)
    assert {review.atom_id for review in made} == {atoms[0].pk, atoms[1].pk}
    assert ask_for_lowest(plan_id=plan.pk, actor=SYSTEM) == []


@pytest.mark.parametrize("share", [0, -1, 1.01])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InvalidInput):
        ask_for_lowest(plan_id=make_plan().pk, actor=SYSTEM, share=share)


@pytest.mark.django_db(transaction=True)
def test_two_signals_at_once_make_one_review() -> None:
    atom = make_atom()
    barrier, made = threading.Barrier(4), []

    def settle() -> None:
        barrier.wait(timeout=60)
        try:
            made.extend(create_reviews(atom_ids=[atom.pk]))
        finally:
            connection.close()

    threads = [threading.Thread(target=settle) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(made) == Review.objects.count() == PlanEvent.objects.filter(type="review_created").count() == 1
