"""What a reviewer narrows the queue by and keeps, how the queue is walked, and what is said before many decisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from common.actors import Actor
from common.errors import InvalidInput
from execution.models import ValidationResult, Wave, WaveAtom
from review.models import Review, ReviewDecision, SavedQueue
from review.services.claims import claim_review
from review.services.decisions import approve_review, reject_review
from review.services.saved import MOST, kept_part, save_queue
from tests.review.builders import make_atom, make_graph, make_plan, make_review, make_spent_atom, make_user
from tests.review.conftest import FakeExecution

pytestmark = pytest.mark.django_db

QUEUE = "/admin/review/review/"
API = "/api/v2/review"


@pytest.fixture
def ana() -> User:
    return make_user("ana", is_staff=True, is_superuser=True)


@pytest.fixture
def staff(client: Client, ana: User) -> Client:
    client.force_login(ana)
    return client


def text_of(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def narrowable() -> Review:
    """In the second wave of its plan, two days old, held by bea, with an attempt that failed for its types."""
    plan = make_plan()
    atom = make_atom(plan, language="typescript")
    graph = make_graph(plan, [])
    wave = Wave.objects.create(graph=graph, plan=plan, number=2, atoms_total=1)
    WaveAtom.objects.create(graph=graph, wave=wave, atom=atom, position=0)
    for layer, passed in (("types", False), ("types", True), ("lint", True)):
        ValidationResult.objects.create(plan=plan, atom=atom, level=1, layer=layer, passed=passed)
    review = make_review(atom)
    Review.objects.filter(pk=review.pk).update(created_at=timezone.now() - timedelta(days=2))
    claim_review(review_id=review.pk, reviewer=make_user("bea", is_staff=True))
    return review


NARROWED = [
    ("wave=2", 1),
    ("wave=1", 0),
    ("failed_layer=types", 1),
    ("failed_layer=lint", 0),
    ("language=typescript", 1),
    ("language=python", 0),
    ("min_age_hours=24", 1),
    ("min_age_hours=72", 0),
]


@pytest.mark.parametrize(
    ("query", "found"), [*NARROWED, ("held_by=bea", 1), ("held_by=others", 1), ("held_by=me", 0), ("wave=x", 0)]
)
def test_the_queue_is_narrowed_in_the_admin(staff: Client, query: str, found: int) -> None:
    narrowable()
    assert staff.get(f"{QUEUE}?{query}").context["cl"].result_count == found


@pytest.mark.parametrize(("query", "found"), [*NARROWED, ("assignee=bea", 1), ("assignee=others", 1)])
def test_the_queue_is_narrowed_alike_in_the_api(ana: User, query: str, found: int) -> None:
    review = narrowable()
    api = APIClient()
    api.force_authenticate(ana)
    assert api.get(f"{API}/queue/?{query}").json()["count"] == found
    name, value = query.split("=")
    data = {"decision": "approve", "dry_run": True, "filter": {name: value, "plan": str(review.plan_id)}}
    told = api.post(f"{API}/bulk/", data, format="json").json()
    assert len(told["refused"]) == found  # held by bea


def test_an_empty_filter_is_not_all_reviews(ana: User) -> None:
    api = APIClient()
    api.force_authenticate(ana)
    response = api.post(f"{API}/bulk/", {"decision": "approve", "filter": {}}, format="json")
    assert response.status_code == 400


def test_others_see_who_holds_a_review_and_for_how_long(staff: Client) -> None:
    review = narrowable()
    assert "bea, 15 min left" in text_of(staff.get(QUEUE))
    Review.objects.filter(pk=review.pk).update(claim_expires=timezone.now() - timedelta(seconds=1))
    assert "Claim expired" in text_of(staff.get(QUEUE))


def test_filters_are_kept_under_a_name_for_one_person(staff: Client, ana: User) -> None:
    make_review()
    query = "failed_layer=types&level__exact=low"
    staff.post(f"{QUEUE}save/", {"name": "Types", "query": f"?p=2&{query}&q=".lstrip("?")})
    saved = SavedQueue.objects.get(name="Types")
    assert (saved.user, saved.query) == (ana, query)
    assert f'href="{QUEUE}?failed_layer=types&amp;level__exact=low"' in text_of(staff.get(QUEUE))
    other = Client()
    other.force_login(make_user("bea", is_staff=True, is_superuser=True))
    assert "Types</a>" not in text_of(other.get(QUEUE))
    other.post(f"{QUEUE}{saved.pk}/forget/", {})
    assert SavedQueue.objects.filter(pk=saved.pk).exists()
    staff.post(f"{QUEUE}{saved.pk}/forget/", {})
    assert not SavedQueue.objects.filter(pk=saved.pk).exists()


@pytest.mark.parametrize(
    ("name", "query", "said"),
    [("", "level=low", "Give the view a name"), ("x" * 61, "level=low", "Give the view"), ("All", "p=2", "no filter")],
)
def test_what_cannot_be_kept_is_refused(staff: Client, name: str, query: str, said: str) -> None:
    response = staff.post(f"{QUEUE}save/", {"name": name, "query": query}, follow=True)
    assert said in text_of(response)
    assert not SavedQueue.objects.exclude(name="").exists()


def test_there_is_a_limit_to_what_is_kept(ana: User) -> None:
    for number in range(MOST):
        save_queue(user=ana, name=f"view {number}", query="level=low")
    save_queue(user=ana, name="view 0", query="level=high")
    with pytest.raises(InvalidInput, match="are kept already"):
        save_queue(user=ana, name="one more", query="level=low")


def test_the_filters_used_last_are_offered_again_and_lead_back_from_a_review(staff: Client) -> None:
    review = make_review()
    staff.get(f"{QUEUE}?level__exact=low&p=1")
    assert "Filters used last" in text_of(staff.get(QUEUE))
    page = staff.get(reverse("admin:review_review_change", args=[review.pk]))
    assert page.context["queue_address"] == f"{QUEUE}?level__exact=low"


@pytest.mark.parametrize("query", ["", "p=3&_facets=1", "q=&level="])
def test_what_is_no_filter_is_not_kept(query: str) -> None:
    assert kept_part(query) == ""


def test_the_queue_is_walked_by_the_filters_of_the_address(staff: Client, execution: FakeExecution) -> None:
    plan = make_plan()
    first, other, last = (
        make_review(make_atom(plan, confidence=confidence, language=language))
        for confidence, language in (("0.300", "python"), ("0.400", "typescript"), ("0.500", "python"))
    )
    address = reverse("admin:review_review_change", args=[first.pk])
    kept = "?_changelist_filters=language%3Dpython"
    page = staff.get(address + kept)
    assert page.context["walk"].ids == [first.pk, last.pk]
    assert page.context["next_address"] == reverse("admin:review_review_change", args=[last.pk]) + kept
    assert staff.get(address).context["walk"].ids == [first.pk, other.pk, last.pk]
    decide = reverse("admin:review_review_decide", args=[first.pk])
    assert staff.post(decide + kept, {"decision": "approve"}).headers["Location"] == page.context["next_address"]
    decide = reverse("admin:review_review_decide", args=[last.pk])
    assert staff.post(decide + kept, {"decision": "approve"}).headers["Location"] == f"{QUEUE}?language=python"


def test_next_and_previous_pass_over_what_others_hold_and_come_round(staff: Client) -> None:
    plan = make_plan()
    one, held, two, three = (make_review(make_atom(plan, confidence=f"0.{n}00")) for n in (1, 2, 3, 4))
    claim_review(review_id=held.pk, reviewer=make_user("bea", is_staff=True))
    walks = {
        review.pk: staff.get(reverse("admin:review_review_change", args=[review.pk])).context["walk"]
        for review in (one, two, three)
    }
    assert [(walk.previous, walk.next, walk.position) for walk in walks.values()] == [
        (three.pk, two.pk, 1),
        (one.pk, three.pk, 2),
        (two.pk, one.pk, 3),
    ]


def test_a_filter_that_means_nothing_does_not_stop_the_walk(staff: Client) -> None:
    review = make_review()
    address = reverse("admin:review_review_change", args=[review.pk])
    assert staff.get(f"{address}?_changelist_filters=nonsense__exact%3D1").status_code == 200


def test_an_open_page_is_told_what_others_did(staff: Client, ana: User, execution: FakeExecution) -> None:
    review = make_review()
    address = reverse("admin:review_review_presence", args=[review.pk])
    assert staff.post(address).json()["state"] == "mine"
    review.refresh_from_db()
    assert review.assignee == ana
    bea = make_user("bea", is_staff=True)
    Review.objects.filter(pk=review.pk).update(assignee=bea)
    assert {**staff.post(address).json(), "until": None} == {
        "state": "held",
        "by": "bea",
        "assistant": False,
        "until": None,
    }
    reject_review(review_id=review.pk, actor=Actor.of(bea), reason="No.")
    told = staff.post(address).json()
    assert (told["state"], told["decision"], told["by"], told["reason"]) == ("decided", "rejected", "bea", "No.")
    assert staff.get(address).status_code == 403


def test_a_decision_is_taken_back_from_the_pages(staff: Client, execution: FakeExecution) -> None:
    review, following = make_review(), make_review()
    staff.get(reverse("admin:review_review_change", args=[review.pk]))
    staff.post(reverse("admin:review_review_decide", args=[review.pk]), {"decision": "approve"})
    undo = reverse("admin:review_review_undo", args=[review.pk])
    for page in (QUEUE, reverse("admin:review_review_change", args=[following.pk])):
        assert f'action="{undo}"' in text_of(staff.get(page))
    response = staff.post(undo, follow=True)
    assert "Taken back." in text_of(response)
    assert f'action="{undo}"' not in text_of(staff.get(QUEUE))
    review.refresh_from_db()
    assert review.status == "in_review"
    assert "There is no decision to take back" in text_of(staff.post(undo, follow=True))


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (
            "approve",
            [
                "1 atom whose attempts are spent is accepted as written.",
                "1 other atom held back by it can go on.",
                "1 atom is accepted already: only the review is closed.",
            ],
        ),
        (
            "reject",
            [
                "2 atoms fail; the code leaves the files.",
                "1 atom that needs this code will wait.",
                "2 tasks cannot be completed until somebody solves that.",
            ],
        ),
        (
            "regenerate",
            [
                "1 atom gets one more attempt with your words.",
                "1 accepted atom is written again and judged anew.",
            ],
        ),
    ],
)
def test_what_decisions_would_do_is_said_before(ana: User, decision: str, said: list[str]) -> None:
    plan = make_plan()
    spent, accepted = make_spent_atom(plan), make_atom(plan)
    make_graph(plan, [(spent, make_atom(plan, status="blocked"))])
    reviews = [make_review(spent), make_review(accepted)]
    api = APIClient()
    api.force_authenticate(ana)
    data = {"decision": decision, "ids": [str(review.pk) for review in reviews], "dry_run": True}
    assert api.post(f"{API}/bulk/", data, format="json").json()["consequences"] == said
    client = Client()
    client.force_login(ana)
    chosen = {"action": f"{decision}_selected", "_selected_action": [str(review.pk) for review in reviews]}
    page = text_of(client.post(QUEUE, chosen))
    assert all(sentence in page for sentence in said)


def test_a_whole_filter_is_decided_page_or_no_page(staff: Client, execution: FakeExecution) -> None:
    plan = make_plan()
    mine = [make_review(make_atom(plan)) for _ in range(3)]
    make_review(make_atom(plan, language="typescript"))
    chosen = {"action": "approve_selected", "select_across": "1", "_selected_action": [str(mine[0].pk)]}
    preview = text_of(staff.post(f"{QUEUE}?language=python", chosen))
    assert "Approve 3 of 3 reviews" in preview
    assert Review.objects.filter(status="approved").count() == 0


def test_how_reviewing_goes_is_told_of_one_plan_and_of_all(staff: Client, ana: User, execution: FakeExecution) -> None:
    for review, seconds in ((make_review(), 12), (make_review(), 40)):
        claim_review(review_id=review.pk, reviewer=ana)
        approve_review(review_id=review.pk, actor=Actor.of(ana))
        ReviewDecision.objects.filter(review=review).update(seconds=seconds)
    everything = staff.get(f"{QUEUE}statistics/")
    assert (everything.context["found"].easy.median, len(everything.context["plot"].points)) == (26, 1)
    assert "26 s" in text_of(everything)
    one = staff.get(f"{QUEUE}statistics/?plan={review.plan_id}")
    assert one.context["found"].easy.median == 40
    assert "✕ not below 30 s" in text_of(one)
    assert staff.get(f"{QUEUE}statistics/?plan=nonsense").status_code == 200
    api = APIClient()
    api.force_authenticate(ana)
    told = api.get(f"{API}/statistics/{review.plan_id}/").json()
    assert told["easy_median_seconds"] == 40
    assert [(row["low"], row["decided"], row["approved"]) for row in told["calibration"]] == [(0.6, 1, 1)]
    assert told["calibration_error"] == pytest.approx(0.38)
