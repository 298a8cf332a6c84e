"""The review API: what it answers, and to whom."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from execution.models import AtomAttempt
from integrations.llm.shapes import Diagnostic
from review.models import Review, ReviewDecision
from review.services.claims import claim_review
from tests.review.builders import make_atom, make_plan, make_review, make_spent_atom, make_user, revise
from tests.review.conftest import FakeExecution

pytestmark = pytest.mark.django_db

BASE = "/api/v2/review"


def signed_in(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


def make_person(kind: str, owner: User) -> User | None:
    """``anonymous``, ``stranger``, ``deciding stranger``, ``owner``, ``deciding owner`` or ``staff``."""
    if kind == "anonymous":
        return None
    user = owner if "owner" in kind else make_user(is_staff=kind == "staff")
    if "deciding" in kind:
        user.user_permissions.add(Permission.objects.get(codename="decide_review"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def staff() -> APIClient:
    return signed_in(make_user("ana", is_staff=True))


@pytest.mark.parametrize(("kind", "seen"), [("stranger", 0), ("owner", 1), ("staff", 2)])
def test_the_queue_shows_own_plans_and_to_staff_all(kind: str, seen: int) -> None:
    review = make_review()
    make_review()
    assert signed_in(make_person(kind, review.plan.owner)).get(f"{BASE}/queue/").json()["count"] == seen


def test_the_queue_is_for_those_who_are_signed_in() -> None:
    response = APIClient().get(f"{BASE}/queue/")
    assert (response.status_code, "WWW-Authenticate" in response) == (401, True)


def test_the_queue_shows_the_lowest_confidence_first(staff: APIClient) -> None:
    plan = make_plan()
    for confidence in ("0.600", "0.300", "0.450"):
        make_review(make_atom(plan, confidence=confidence))
    make_review(make_spent_atom(plan))
    rows = staff.get(f"{BASE}/queue/").json()["results"]
    assert [row["confidence"] for row in rows] == [None, 0.3, 0.45, 0.6]
    assert (rows[1]["priority"], rows[1]["level"], rows[1]["path"]) == ("high", "critical", "shop/prices.py")
    ordered = staff.get(f"{BASE}/queue/?ordering=-confidence").json()["results"]
    assert [row["confidence"] for row in ordered] == [0.6, 0.45, 0.3, None]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=pending", 1),
        ("status=approved", 0),
        ("level=low&level=high", 1),
        ("level=high", 0),
        ("why=low_confidence", 1),
        ("priority=normal", 1),
        ("priority=high", 0),
        ("assignee=me", 0),
        ("assignee=nobody", 1),
        ("assignee=bea", 0),
        ("kind=function", 1),
        ("language=python", 1),
        ("path=PRICES", 1),
        ("confidence_below=0.7", 1),
        ("confidence_above=0.7", 0),
    ],
)
def test_the_queue_is_filtered(staff: APIClient, query: str, found: int) -> None:
    review = make_review()
    assert staff.get(f"{BASE}/queue/?{query}").json()["count"] == found
    assert staff.get(f"{BASE}/queue/?plan={review.plan_id}&{query}").json()["count"] == found


@pytest.mark.parametrize("query", ["status=nonsense", "plan=nonsense", "ordering=password", "priority=9"])
def test_a_filter_that_is_none_is_refused(staff: APIClient, query: str) -> None:
    assert staff.get(f"{BASE}/queue/?{query}").status_code == 400


def test_the_queue_takes_the_same_number_of_queries_however_long(
    staff: APIClient, django_assert_num_queries: Any
) -> None:
    plan = make_plan()
    for _ in range(5):
        make_review(make_atom(plan))
    with django_assert_num_queries(2):
        assert staff.get(f"{BASE}/queue/").json()["count"] == 5


def test_one_review_is_told_with_code_file_attempts_and_decisions(staff: APIClient, execution: FakeExecution) -> None:
    atom = make_atom()
    AtomAttempt.objects.create(atom=atom, attempt=1, code="a = 1\n", success=False, errors=[{"message": "Bad."}])
    AtomAttempt.objects.create(atom=atom, attempt=2, code="a = 2\n", success=True)
    review = make_review(atom)
    staff.post(f"{BASE}/approve/", {"review": review.pk, "reason": "Fine."})
    told = staff.get(f"{BASE}/{review.pk}/").json()
    assert told["code"] == "def total(prices):\n    return sum(prices)\n"
    assert told["file"] == {"path": atom.path, "text": told["code"], "start_line": 1, "end_line": 2}
    assert [(row["attempt"], row["success"]) for row in told["attempt_rows"]] == [(1, False), (2, True)]
    assert "-a = 1\n+a = 2" in told["attempt_rows"][1]["diff"]
    (decision,) = told["decisions"]
    assert (decision["decision"], decision["by"], decision["reason"]) == ("approved", "ana", "Fine.")


def test_the_second_decider_gets_a_conflict_that_tells_of_the_first(staff: APIClient, execution: FakeExecution) -> None:
    review = make_review()
    staff.post(f"{BASE}/approve/", {"review": review.pk, "reason": "Fine."})
    response = signed_in(make_user(is_staff=True)).post(f"{BASE}/reject/", {"review": review.pk, "reason": "No."})
    told = response.json()
    assert response.status_code == 409
    assert (told["code"], told["current"], told["legal"]) == ("review_decided", "approved", [])
    assert (told["decided_by"], told["reason"]) == ("ana", "Fine.")


@pytest.mark.parametrize("decision", ["approve", "reject", "edit", "regenerate"])
def test_conflicts_are_told_by_their_code(staff: APIClient, execution: FakeExecution, decision: str) -> None:
    data = {"reason": "R.", "feedback": "F.", "code": "x = 1\n"}
    held, stale = make_review(), make_review()
    claim_review(review_id=held.pk, reviewer=make_user("bea"))
    revise(stale.atom, "new = 1\n")
    for review, code in ((held, "review_claimed"), (stale, "review_obsolete")):
        response = staff.post(f"{BASE}/{decision}/", {"review": review.pk, **data})
        assert (response.status_code, response.json()["code"]) == (409, code)


def test_an_edit_that_fails_is_told_with_what_was_found_and_is_kept(staff: APIClient, execution: FakeExecution) -> None:
    bad = Diagnostic(path="shop/prices.py", line=1, layer="lint", code="F821", message="Undefined name.")
    execution.refuse_edits_with = [bad]
    review = make_review()
    response = staff.post(f"{BASE}/edit/", {"review": review.pk, "code": "  y = z\n"})
    assert (response.status_code, response.json()["code"]) == (422, "edit_refused")
    assert response.json()["diagnostics"] == [bad.model_dump()]
    assert staff.get(f"{BASE}/{review.pk}/").json()["modified_code"] == "  y = z\n"


@pytest.mark.parametrize(
    ("path", "data", "field"),
    [
        ("approve", {}, "review"),
        ("approve", {"review": "nonsense"}, "review"),
        ("reject", {"review": str(uuid.UUID(int=7))}, "reason"),
        ("reject", {"review": str(uuid.UUID(int=7)), "reason": " "}, "reason"),
        ("regenerate", {"review": str(uuid.UUID(int=7))}, "feedback"),
        ("edit", {"review": str(uuid.UUID(int=7))}, "code"),
        ("edit", {"review": str(uuid.UUID(int=7)), "code": "x" * 1_000_001}, "code"),
        ("bulk", {"decision": "approve"}, "non_field_errors"),
        ("bulk", {"decision": "edit", "ids": [str(uuid.UUID(int=7))]}, "decision"),
        ("bulk", {"decision": "reject", "ids": [str(uuid.UUID(int=7))]}, "reason"),
        ("bulk", {"decision": "approve", "ids": []}, "ids"),
    ],
)
def test_what_is_asked_badly_is_refused_with_the_field(
    staff: APIClient, path: str, data: dict[str, Any], field: str
) -> None:
    response = staff.post(f"{BASE}/{path}/", data)
    assert response.status_code == 400
    assert field in response.json()["errors"]


@pytest.mark.parametrize("path", ["approve/", f"{uuid.UUID(int=7)}/"])
def test_a_review_that_does_not_exist_is_not_found(staff: APIClient, path: str) -> None:
    method = staff.get if "-" in path else staff.post
    assert method(f"{BASE}/{path}", {"review": str(uuid.UUID(int=7))}).status_code == 404


def test_a_dry_run_says_what_would_happen_and_changes_nothing(staff: APIClient, execution: FakeExecution) -> None:
    free, stale = make_review(), make_review()
    revise(stale.atom, "new = 1\n")
    told = staff.post(f"{BASE}/bulk/", {"decision": "reject", "ids": [free.pk, stale.pk], "dry_run": True}).json()
    assert (told["decided"], told["dry_run"]) == ([str(free.pk)], True)
    assert [(row["review_id"], row["code"]) for row in told["refused"]] == [(str(stale.pk), "review_obsolete")]
    assert (execution.calls, ReviewDecision.objects.count()) == ([], 0)


def test_many_are_decided_by_a_filter_each_for_itself(staff: APIClient, execution: FakeExecution) -> None:
    plan = make_plan()
    low, lower, held = (make_review(make_atom(plan, confidence=c)) for c in ("0.650", "0.550", "0.560"))
    make_review()
    claim_review(review_id=held.pk, reviewer=make_user("bea"))
    data = {"decision": "approve", "filter": {"plan": str(plan.pk), "confidence_below": 0.6}}
    told = staff.post(f"{BASE}/bulk/", data, format="json").json()
    assert (told["decided"], [row["code"] for row in told["refused"]]) == ([str(lower.pk)], ["review_claimed"])
    low.refresh_from_db()
    assert low.status == "pending"


def test_a_review_is_given_to_a_colleague_who_may_decide_it(staff: APIClient) -> None:
    review = make_review()
    make_user("bea", is_staff=True)
    make_user("carl")
    told = staff.post(f"{BASE}/assign/", {"review": review.pk, "assignee": "bea"}).json()
    assert (told["status"], told["assignee"]) == ("in_review", "bea")
    for nobody in ("carl", "no such person"):
        assert staff.post(f"{BASE}/assign/", {"review": review.pk, "assignee": nobody}).status_code == 400
    released = staff.post(f"{BASE}/release/", {"review": review.pk}).json()
    assert (released["status"], released["assignee"]) == ("pending", None)


def test_an_owner_does_not_take_what_another_holds(execution: FakeExecution) -> None:
    review = make_review()
    owner = make_person("deciding owner", review.plan.owner)
    claim_review(review_id=review.pk, reviewer=make_user(is_staff=True))
    response = signed_in(owner).post(f"{BASE}/assign/", {"review": review.pk})
    assert (response.status_code, response.json()["code"]) == (409, "review_claimed")


def test_reviews_are_asked_for(staff: APIClient) -> None:
    plan = make_plan()
    atoms = [make_atom(plan, confidence=f"0.{80 + number}0") for number in range(4)]
    created = staff.post(f"{BASE}/create/{atoms[3].pk}/")
    assert (created.status_code, created.json()["why"]) == (201, "asked")
    bulk = staff.post(f"{BASE}/bulk-create/{plan.pk}/", {"share": 0.5}).json()
    assert [row["atom"] for row in bulk] == [str(atoms[0].pk), str(atoms[1].pk)]
    assert staff.post(f"{BASE}/bulk-create/{plan.pk}/", {"share": 0}).status_code == 400
    assert staff.post(f"{BASE}/create/{make_atom(plan, status='pending').pk}/").status_code == 409


def test_statistics_tell_how_reviewing_goes(staff: APIClient, execution: FakeExecution) -> None:
    plan = make_plan()
    make_atom(plan, confidence="0.900")
    spent, doubtful, waiting = (
        make_review(make_spent_atom(plan)),
        make_review(make_atom(plan)),
        make_review(make_atom(plan)),
    )
    staff.post(f"{BASE}/assign/", {"review": spent.pk})
    staff.post(f"{BASE}/approve/", {"review": spent.pk})
    staff.post(f"{BASE}/reject/", {"review": doubtful.pk, "reason": "No."})
    told = staff.get(f"{BASE}/statistics/{plan.pk}/").json()
    assert (told["waiting"], told["in_review"], told["obsolete"]) == (1, 0, 0)
    assert told["decisions"] == {"approved": 1, "rejected": 1, "edited": 0, "regenerated": 0}
    assert 0 <= told["median_seconds"] < 10
    assert 0 <= told["oldest_seconds"] < 60
    assert (told["precision_before"], told["precision_after"]) == (0.5, 0.75)
    assert Review.objects.get(pk=waiting.pk).is_open


def test_statistics_of_a_plan_without_atoms_claim_nothing(staff: APIClient) -> None:
    told = staff.get(f"{BASE}/statistics/{make_plan().pk}/").json()
    assert (told["precision_before"], told["median_seconds"], told["oldest_seconds"]) == (None, None, None)


def test_the_schema_knows_every_call() -> None:
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    paths = {path.partition("/review/")[2]: set(calls) for path, calls in schema["paths"].items() if "/review/" in path}
    reads = ["queue/", "{review_id}/", "statistics/{masterplan_id}/"]
    writes = ["approve/", "reject/", "edit/", "regenerate/", "undo/", "assign/", "release/", "bulk/"]
    makes = ["create/{atom_id}/", "bulk-create/{masterplan_id}/"]
    assert paths == {path: {"get" if path in reads else "post"} for path in [*reads, *writes, *makes]}


def test_a_decision_sent_twice_with_its_key_is_made_once_and_answered_twice(
    staff: APIClient, execution: FakeExecution
) -> None:
    review = make_review()
    data, key = {"review": str(review.pk), "feedback": "Use Decimal."}, {"Idempotency-Key": "once"}
    answers = [staff.post(f"{BASE}/regenerate/", data, format="json", headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert execution.hints == ["Use Decimal."]
