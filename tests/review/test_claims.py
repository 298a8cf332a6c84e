"""Who holds a review, and for how long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from common.actors import Actor
from common.errors import NotPermitted
from common.models import PlanEvent
from review.errors import ReviewClaimed, ReviewDecided, ReviewObsolete
from review.models import Review
from review.services.claims import LEASE, assign_review, claim_review, expire_claims, release_review
from tests.review.builders import make_review, make_user, revise

pytestmark = pytest.mark.django_db


def expired(review: Review) -> Review:
    Review.objects.filter(pk=review.pk).update(claim_expires=timezone.now() - timedelta(seconds=1))
    review.refresh_from_db()
    return review


def test_a_claimed_review_is_held_for_a_while() -> None:
    ana, review = make_user(), make_review()
    claim_review(review_id=review.pk, reviewer=ana)
    review.refresh_from_db()
    assert (review.status, review.assignee, review.is_claimed) == ("in_review", ana, True)
    assert review.claim_expires is not None
    assert timedelta(0) < review.claim_expires - timezone.now() <= LEASE
    assert PlanEvent.objects.filter(type="review_updated").get().data["status"] == "in_review"


def test_claiming_again_holds_it_longer_without_starting_the_clock_again() -> None:
    ana, review = make_user(), make_review()
    first = claim_review(review_id=review.pk, reviewer=ana)
    again = claim_review(review_id=review.pk, reviewer=ana)
    assert first.claim_expires is not None
    assert again.claim_expires is not None
    assert again.claim_expires > first.claim_expires
    assert again.claimed_at == first.claimed_at


def test_what_is_held_cannot_be_claimed_by_another() -> None:
    review = make_review()
    claim_review(review_id=review.pk, reviewer=make_user("ana"))
    with pytest.raises(ReviewClaimed) as caught:
        claim_review(review_id=review.pk, reviewer=make_user())
    assert caught.value.context["claimed_by"] == "ana"


def test_an_expired_claim_holds_nobody_up() -> None:
    review, bea = make_review(), make_user()
    claim_review(review_id=review.pk, reviewer=make_user())
    expired(review)
    assert claim_review(review_id=review.pk, reviewer=bea).assignee == bea


def test_coming_back_after_the_claim_expired_starts_the_clock_again() -> None:
    review, ana = make_review(), make_user()
    first = claim_review(review_id=review.pk, reviewer=ana).claimed_at
    expired(review)
    again = claim_review(review_id=review.pk, reviewer=ana).claimed_at
    assert first is not None
    assert again is not None
    assert again > first


def test_expired_claims_go_back_into_the_queue() -> None:
    late, held = make_review(), make_review()
    for review in (late, held):
        claim_review(review_id=review.pk, reviewer=make_user())
    expired(late)
    assert [review.pk for review in expire_claims()] == [late.pk]
    late.refresh_from_db()
    held.refresh_from_db()
    assert (late.status, late.assignee, held.status) == ("pending", None, "in_review")


def test_a_review_is_released_by_who_holds_it() -> None:
    ana, review = make_user(), make_review()
    claim_review(review_id=review.pk, reviewer=ana)
    release_review(review_id=review.pk, actor=Actor.of(ana))
    review.refresh_from_db()
    assert (review.status, review.assignee, review.claim_expires) == ("pending", None, None)
    release_review(review_id=review.pk, actor=Actor.of(ana))  # harmless


def test_what_others_hold_is_released_only_by_who_may() -> None:
    review, bea = make_review(), Actor.of(make_user())
    claim_review(review_id=review.pk, reviewer=make_user())
    with pytest.raises(NotPermitted):
        release_review(review_id=review.pk, actor=bea)
    assert release_review(review_id=review.pk, actor=bea, of_others=True).status == "pending"


def test_a_review_is_assigned_to_another_whoever_holds_it() -> None:
    review, bea = make_review(), make_user()
    claim_review(review_id=review.pk, reviewer=make_user())
    assign_review(review_id=review.pk, assignee=bea, actor=Actor.of(bea))
    review.refresh_from_db()
    assert (review.status, review.assignee) == ("in_review", bea)


@pytest.mark.parametrize("status", ["approved", "rejected", "edited", "regenerated"])
def test_a_decided_review_is_neither_claimed_nor_assigned_nor_released(status: str) -> None:
    review, ana = make_review(status=status), make_user()
    with pytest.raises(ReviewDecided):
        claim_review(review_id=review.pk, reviewer=ana)
    with pytest.raises(ReviewDecided):
        assign_review(review_id=review.pk, assignee=ana, actor=Actor.of(ana))
    with pytest.raises(ReviewDecided):
        release_review(review_id=review.pk, actor=Actor.of(ana))


def test_claiming_a_review_of_changed_code_makes_it_obsolete() -> None:
    review = make_review()
    revise(review.atom, "x = 1\n")
    with pytest.raises(ReviewObsolete):
        claim_review(review_id=review.pk, reviewer=make_user())
    review.refresh_from_db()
    assert review.status == "obsolete"
