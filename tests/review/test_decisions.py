"""The four decisions, and what stops them."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from common.actors import Actor
from common.errors import Conflict, DevMatrixError, InvalidInput, NotFound, TransitionConflict
from common.models import PlanEvent, PlanHistory
from execution.models import Atom, Run
from execution.states import RunStatus
from integrations.llm.shapes import Diagnostic
from review.errors import EditUnderWay, ReviewClaimed, ReviewDecided, ReviewObsolete
from review.models import Review, ReviewDecision
from review.services.claims import claim_review
from review.services.decisions import approve_review, regenerate_review, reject_review
from review.services.editing import edit_review
from tests.review.builders import make_review, make_spent_atom, make_user, revise
from tests.review.conftest import FakeExecution

pytestmark = pytest.mark.django_db

BAD = Diagnostic(path="shop/prices.py", line=2, layer="types", code="return-value", message="Wrong type.")


def ana() -> Actor:
    return Actor.of(make_user("ana", is_staff=True))


def test_an_approved_atom_is_accepted_and_the_decision_is_kept(execution: FakeExecution) -> None:
    review = make_review(make_spent_atom())
    approve_review(review_id=review.pk, actor=ana(), reason="Good enough.")
    review.refresh_from_db()
    decision = ReviewDecision.objects.get(review=review)
    assert (review.status, review.atom.status, execution.calls) == (
        "approved",
        "accepted",
        [("accept", review.atom_id)],
    )
    assert review.decided_at is not None
    assert (decision.decision, decision.actor_name, decision.reason) == ("approved", "ana", "Good enough.")
    assert decision.before == {"review": "pending", "atom": "validating", "revision": 1}
    assert decision.after == {"review": "approved", "atom": "accepted", "revision": 1}


def test_a_rejected_atom_fails_for_the_reason_given(execution: FakeExecution) -> None:
    review = make_review()
    reject_review(review_id=review.pk, actor=ana(), reason="It forgets taxes.")
    review.refresh_from_db()
    assert (review.status, review.feedback, review.atom.status) == ("rejected", "It forgets taxes.", "failed")


def test_rejecting_needs_a_reason(execution: FakeExecution) -> None:
    review = make_review()
    with pytest.raises(InvalidInput):
        reject_review(review_id=review.pk, actor=ana(), reason="  ")
    assert execution.calls == []


def test_regenerating_hands_the_feedback_on(execution: FakeExecution) -> None:
    review = make_review()
    regenerate_review(review_id=review.pk, actor=ana(), feedback="Use Decimal.")
    review.refresh_from_db()
    assert (review.status, review.feedback, execution.hints) == ("regenerated", "Use Decimal.", ["Use Decimal."])


def test_regenerating_needs_feedback(execution: FakeExecution) -> None:
    with pytest.raises(InvalidInput):
        regenerate_review(review_id=make_review().pk, actor=ana(), feedback="")


def test_an_edit_that_passes_replaces_the_atom(execution: FakeExecution) -> None:
    review = make_review()
    result = edit_review(review_id=review.pk, code="def total(p):\n    return sum(p)\n", actor=ana())
    review.refresh_from_db()
    atom = Atom.objects.select_related("current").get(pk=review.atom_id)
    assert (result.accepted, review.status, review.edit_claim) == (True, "edited", None)
    assert atom.current is not None
    assert atom.current.text == review.modified_code == "def total(p):\n    return sum(p)\n"
    assert ReviewDecision.objects.get(review=review).after["revision"] == 2


def test_an_edit_that_fails_keeps_the_text_and_leaves_the_review_open(execution: FakeExecution) -> None:
    execution.refuse_edits_with = [BAD]
    review = make_review()
    result = edit_review(review_id=review.pk, code="def total(p) -> str:\n    return 1\n", actor=ana())
    review.refresh_from_db()
    assert (result.accepted, result.diagnostics) == (False, [BAD])
    assert (review.status, review.modified_code) == ("pending", "def total(p) -> str:\n    return 1\n")
    assert review.modified_diagnostics == [BAD.model_dump()]
    assert not ReviewDecision.objects.exists()
    execution.refuse_edits_with = []
    assert edit_review(review_id=review.pk, code="x = 1\n", actor=ana_again()).accepted


def ana_again() -> Actor:
    return Actor("user", str(make_user("bea", is_staff=True).pk), "bea")


@pytest.mark.parametrize("code", ["", "  \n", "x" * 1_000_001])
def test_an_edit_of_nothing_or_of_too_much_is_refused(execution: FakeExecution, code: str) -> None:
    with pytest.raises(InvalidInput):
        edit_review(review_id=make_review().pk, code=code, actor=ana())


def test_an_edit_whose_validation_breaks_down_keeps_the_text_and_frees_the_review(
    execution: FakeExecution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise DevMatrixError("No disk.")

    monkeypatch.setattr("execution.services.decisions.edit_atom", broken)
    review, actor = make_review(), ana()
    with pytest.raises(DevMatrixError):
        edit_review(review_id=review.pk, code="x = 1\n", actor=actor)
    review.refresh_from_db()
    assert (review.status, review.modified_code, review.edit_claim) == ("pending", "x = 1\n", None)
    approve_review(review_id=review.pk, actor=actor)


def test_nobody_decides_while_an_edit_is_validated(execution: FakeExecution, monkeypatch: pytest.MonkeyPatch) -> None:
    review, actor = make_review(), ana()
    original = execution.edit_atom

    def edit_while_another_approves(**given: object) -> object:
        with pytest.raises(EditUnderWay):
            approve_review(review_id=review.pk, actor=Actor("user", "0", "bea"))
        return original(**given)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr("execution.services.decisions.edit_atom", edit_while_another_approves)
    assert edit_review(review_id=review.pk, code="x = 1\n", actor=actor).accepted


DECISIONS: dict[str, Callable[[uuid.UUID, Actor], object]] = {
    "approved": lambda pk, actor: approve_review(review_id=pk, actor=actor),
    "rejected": lambda pk, actor: reject_review(review_id=pk, actor=actor, reason="No."),
    "edited": lambda pk, actor: edit_review(review_id=pk, code="x = 1\n", actor=actor),
    "regenerated": lambda pk, actor: regenerate_review(review_id=pk, actor=actor, feedback="Again."),
}


@pytest.mark.parametrize("first", DECISIONS)
@pytest.mark.parametrize("second", DECISIONS)
def test_the_second_decider_is_told_what_the_first_decided(execution: FakeExecution, first: str, second: str) -> None:
    review, bea = make_review(), Actor("system", "", "bea")
    DECISIONS[first](review.pk, ana())
    calls = list(execution.calls)
    with pytest.raises(ReviewDecided) as caught:
        DECISIONS[second](review.pk, bea)
    assert caught.value.context["decision"] == first
    assert caught.value.context["decided_by"] == "ana"
    assert execution.calls == calls
    assert ReviewDecision.objects.filter(review=review).count() == 1


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_review_of_code_that_has_changed_is_obsolete(execution: FakeExecution, decision: str) -> None:
    review = make_review()
    revise(review.atom, "something else\n")
    with pytest.raises(ReviewObsolete):
        DECISIONS[decision](review.pk, ana())
    review.refresh_from_db()
    assert (review.status, execution.calls) == ("obsolete", [])


@pytest.mark.parametrize("decision", DECISIONS)
def test_an_obsolete_review_cannot_be_decided(execution: FakeExecution, decision: str) -> None:
    review = make_review(status="obsolete")
    with pytest.raises(ReviewObsolete):
        DECISIONS[decision](review.pk, ana())
    assert execution.calls == []


@pytest.mark.parametrize("decision", DECISIONS)
def test_what_another_person_holds_cannot_be_decided(execution: FakeExecution, decision: str) -> None:
    review = make_review()
    claim_review(review_id=review.pk, reviewer=make_user("bea", is_staff=True))
    with pytest.raises(ReviewClaimed) as caught:
        DECISIONS[decision](review.pk, ana())
    assert caught.value.context["claimed_by"] == "bea"
    assert execution.calls == []


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_review_that_does_not_exist_is_not_found(execution: FakeExecution, decision: str) -> None:
    with pytest.raises(NotFound):
        DECISIONS[decision](uuid.uuid4(), ana())


def test_when_execution_refuses_nothing_is_decided(execution: FakeExecution, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise TransitionConflict(item="atom", current="skipped", wanted="accepted", legal=[])

    monkeypatch.setattr("execution.services.decisions.accept_atom", refuse)
    review = make_review()
    with pytest.raises(TransitionConflict):
        approve_review(review_id=review.pk, actor=ana())
    review.refresh_from_db()
    assert review.status == "pending"
    assert not ReviewDecision.objects.exists()


def test_the_time_of_a_claimed_review_is_measured(execution: FakeExecution) -> None:
    reviewer, review = make_user("ana", is_staff=True), make_review()
    claim_review(review_id=review.pk, reviewer=reviewer)
    approve_review(review_id=review.pk, actor=Actor.of(reviewer))
    seconds = ReviewDecision.objects.get().seconds
    assert seconds is not None
    assert 0 <= seconds < 10


def test_watchers_and_history_are_told_of_a_decision(execution: FakeExecution) -> None:
    review = make_review()
    approve_review(review_id=review.pk, actor=ana(), reason="Fine.")
    events = PlanEvent.objects.filter(stream_id=review.plan_id, type__startswith="review_").order_by("seq")
    assert [(event.type, event.data["status"]) for event in events] == [
        ("review_created", "pending"),
        ("review_updated", "approved"),
    ]
    assert events[1].data == {
        "review_id": str(review.pk),
        "atom_id": str(review.atom_id),
        "confidence": 0.62,
        "status": "approved",
    }
    row = PlanHistory.objects.get(item_id=review.pk)
    assert (row.actor_name, row.before, row.after, row.reason) == (
        "ana",
        {"status": "pending"},
        {"status": "approved"},
        "Fine.",
    )


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(execution: FakeExecution) -> None:
    review = make_review(make_spent_atom())
    barrier = threading.Barrier(2)
    told: list[ReviewDecided] = []

    def decide(name: str) -> None:
        try:
            barrier.wait(timeout=60)
            DECISIONS[name](review.pk, Actor("system", "", name))
        except ReviewDecided as error:
            told.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[name]) for name in ("approved", "rejected")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    review = Review.objects.get()
    assert len(execution.calls) == 1
    assert ReviewDecision.objects.get().decision == review.status
    (error,) = told
    assert error.context["decision"] == error.context["decided_by"] == review.status


@pytest.mark.parametrize(
    ("decision", "status"), [("approved", "accepted"), ("rejected", "failed"), ("regenerated", "retrying")]
)
def test_execution_itself_makes_the_decision_real(decision: str, status: str) -> None:
    review = make_review(make_spent_atom())
    Run.objects.create(plan=review.plan, mode="v2_atoms")
    DECISIONS[decision](review.pk, ana())
    review.refresh_from_db()
    atom = Atom.objects.get(pk=review.atom_id)
    assert (review.status, atom.status, atom.awaiting_decision) == (decision, status, False)


def test_a_plan_that_is_not_being_built_has_no_attempts_to_give_and_the_review_stays_open() -> None:
    review = make_review(make_spent_atom())
    with pytest.raises(Conflict, match="not being built"):
        regenerate_review(review_id=review.pk, actor=ana(), feedback="Again.")
    review.refresh_from_db()
    assert review.status == "pending"


@pytest.mark.django_db(transaction=True)
def test_a_decision_waits_for_the_run_before_it_holds_anything_else(execution: FakeExecution) -> None:
    """Whoever cancels holds the run and wants atoms and reviews: a decision must not hold these and want the run."""
    review = make_review()
    run = Run.objects.create(plan=review.plan, status=RunStatus.RUNNING)
    decided = threading.Event()

    def decide() -> None:
        try:
            approve_review(review_id=review.pk, actor=Actor.of(make_user("late")), reason="")
            decided.set()
        finally:
            connection.close()

    thread = threading.Thread(target=decide)
    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)
        thread.start()
        wait_until_somebody_waits_for_a_lock()
        assert Review.objects.select_for_update(nowait=True).get(pk=review.pk).is_open
        assert not decided.is_set()
    thread.join(timeout=120)
    assert decided.is_set()


def wait_until_somebody_waits_for_a_lock() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
