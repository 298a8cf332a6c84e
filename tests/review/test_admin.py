"""The queue and the review page in the admin, with Django's test client."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.test import Client
from django.urls import reverse

from execution.models import AtomAttempt, ValidationResult
from integrations.llm.shapes import Diagnostic
from review.models import Review, ReviewDecision
from review.services.claims import claim_review
from tests.review.builders import make_atom, make_graph, make_plan, make_review, make_spent_atom, make_user, revise
from tests.review.conftest import FakeExecution
from tests.review.shop import shop

pytestmark = pytest.mark.django_db

HOSTILE = 'x = "</pre><script>alert(1)</script>"\n# \u202e gnp.exe <img src=x onerror=alert(2)>\n'
QUEUE = "/admin/review/review/"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_user("ana", is_staff=True, is_superuser=True))
    return client


def page_of(review: Review) -> str:
    return reverse("admin:review_review_change", args=[review.pk])


def decide(client: Client, review: Review, **fields: Any) -> Any:
    return client.post(reverse("admin:review_review_decide", args=[review.pk]), fields)


def text_of(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def test_the_queue_shows_the_lowest_confidence_first_then_what_blocks_most(staff: Client) -> None:
    plan = make_plan()
    easy, worse, hub = (
        make_atom(plan, qualname=name, confidence=confidence)
        for name, confidence in (("easy", "0.690"), ("worse", "0.400"), ("hub", "0.690"))
    )
    for atom in (easy, worse, hub):
        make_review(atom)
    make_graph(plan, [(hub, easy), (hub, worse)])
    spent = make_review(make_spent_atom(plan, qualname="spent"))
    shown = [review.atom.qualname for review in staff.get(QUEUE).context["cl"].result_list]
    assert shown == ["spent", "worse", "hub", "easy"]
    assert spent.priority == Review.Priority.HIGH


def test_the_queue_shows_what_is_open_unless_asked_for_more(staff: Client) -> None:
    done, waiting = make_review(), make_review()
    Review.objects.filter(pk=done.pk).update(status="approved")
    assert [r.pk for r in staff.get(QUEUE).context["cl"].result_list] == [waiting.pk]
    assert [r.pk for r in staff.get(QUEUE + "?status=approved").context["cl"].result_list] == [done.pk]
    assert staff.get(QUEUE + "?status=all").context["cl"].result_count == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level__exact=low", 1),
        ("level__exact=high", 0),
        ("priority__exact=2", 1),
        ("why__exact=low_confidence", 1),
        ("why__exact=sample", 0),
        ("held_by=me", 0),
        ("held_by=nobody", 1),
        ("held_by=others", 0),
        ("kind=function", 1),
        ("kind=method", 0),
        ("q=prices", 1),
        ("q=nothing-like-it", 0),
    ],
)
def test_the_queue_is_filtered_by_its_address(staff: Client, query: str, found: int) -> None:
    make_review()
    response = staff.get(f"{QUEUE}?{query}")
    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == found


def test_the_number_of_queries_does_not_grow_with_the_queue(staff: Client, django_assert_max_num_queries: Any) -> None:
    plan = make_plan()
    for _ in range(12):
        make_review(make_atom(plan))
    with django_assert_max_num_queries(12):
        staff.get(QUEUE)


def test_opening_a_review_claims_it(staff: Client) -> None:
    review = make_review()
    assert staff.get(page_of(review)).status_code == 200
    review.refresh_from_db()
    assert (review.status, review.assignee and review.assignee.username) == ("in_review", "ana")


def test_a_review_held_by_another_is_shown_with_the_holder_and_can_be_taken_over(staff: Client) -> None:
    review = make_review()
    claim_review(review_id=review.pk, reviewer=make_user("bea", is_staff=True))
    text = text_of(staff.get(page_of(review)))
    assert "<strong>bea</strong> is reviewing this" in text
    assert 'value="approve"' not in text
    staff.post(reverse("admin:review_review_hold", args=[review.pk]), {"take": "1"})
    review.refresh_from_db()
    assert review.assignee is not None
    assert review.assignee.username == "ana"


def test_a_review_can_be_put_back(staff: Client) -> None:
    review = make_review()
    staff.get(page_of(review))
    response = staff.post(reverse("admin:review_review_hold", args=[review.pk]), {"release": "1"})
    review.refresh_from_db()
    assert (review.status, review.assignee, response.headers["Location"]) == ("pending", None, QUEUE)


def test_hostile_code_is_shown_and_not_run(staff: Client) -> None:
    atom = make_spent_atom(
        code=HOSTILE,
        path="</title><script>alert(3)</script>.py",
        qualname="<script>alert(4)</script>",
        feedback=[
            Diagnostic(path="x", line=1, layer="lint", code="S1", message="<script>alert(5)</script>").model_dump()
        ],
    )
    AtomAttempt.objects.create(atom=atom, attempt=1, code="a = 1\n", success=False)
    AtomAttempt.objects.create(
        atom=atom, attempt=2, code=HOSTILE, success=False, errors=[{"message": "<script>alert(6)</script>", "line": 1}]
    )
    review = make_review(
        atom,
        modified_code=HOSTILE + "</textarea><script>alert(7)</script>",
        suggestions={
            "issues": [{"line": 1, "message": "<script>alert(8)</script>"}],
            "suggested_code": "</textarea><script>alert(9)</script>",
            "alternatives": ["<script>alert(10)</script>"],
            "reasons": "<script>alert(11)</script>",
        },
    )
    for address in (QUEUE, page_of(review), reverse("admin:execution_atom_change", args=[atom.pk])):
        text = text_of(staff.get(address))
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "\u202e" not in text.partition("<textarea")[0]
    page = text_of(staff.get(page_of(review)))
    assert "&lt;script&gt;alert(5)" in page
    assert "\u27e6U+202E\u27e7" in page
    assert "style=" not in page[page.index('id="review"') : page.index('id="keys"')]


def test_an_atom_of_a_megabyte_is_reviewed_and_nothing_of_it_is_lost(staff: Client) -> None:
    review = shop()[0]
    text = f"x = '{'y' * 1_000_000}'\n"
    review.atom.revisions.update(text=text)
    review.atom.attempt_rows.filter(attempt=3).update(code=text)
    response = staff.get(page_of(review))
    assert response.status_code == 200
    assert "y" * 1_000_000 in response.content.decode().split('id="editor"')[1].split("</textarea>")[0]


@pytest.mark.parametrize("action", ["decide", "undo", "hold"])
def test_who_signs_in_again_comes_back_to_the_review(staff: Client, execution: FakeExecution, action: str) -> None:
    review = make_review()
    response = staff.get(reverse(f"admin:review_review_{action}", args=[review.pk]))
    assert (response.status_code, response["Location"]) == (302, page_of(review))
    review.refresh_from_db()
    assert review.status == "pending"


def test_what_failed_stands_beside_its_line(staff: Client) -> None:
    plan = make_plan()
    make_atom(plan, code="import math\n\n\n", kind="import", qualname="", position=1)
    atom = make_spent_atom(plan, position=2)
    finding = Diagnostic(path=atom.path, line=5, layer="types", code="arg-type", message="Wrong type of sum.")
    ValidationResult.objects.create(
        plan=plan,
        atom=atom,
        level=1,
        layer="types",
        passed=False,
        errors=[finding.model_dump()],
        checks_run=1,
        checks_failed=1,
    )
    ValidationResult.objects.create(plan=plan, atom=atom, level=1, layer="lint", passed=None, reason="No ruff here.")
    page = staff.get(page_of(make_review(atom))).context["page"]
    beside = [(line.number, [found.text for found in line.findings]) for line in page.lines]
    assert beside == [(4, []), (5, ["Wrong type of sum."])]
    assert [(layer.name, layer.outcome) for layer in page.layers] == [("types", "failed"), ("lint", "not run")]
    assert [line.number for line in page.file_lines if line.marked] == [4, 5]


def test_attempts_are_shown_with_their_differences(staff: Client) -> None:
    atom = make_spent_atom()
    for number, code in ((1, "a = 1\nb = 2\n"), (2, "a = 1\nb = 3\n")):
        AtomAttempt.objects.create(atom=atom, attempt=number, code=code, success=False)
    AtomAttempt.objects.create(atom=atom, attempt=3, code="a = 9\nb = 3\n", success=False)
    address = page_of(make_review(atom))
    last = staff.get(address).context["page"].comparison
    assert (last.left, last.right, [row.kind for row in last.rows]) == (2, 3, ["changed", "same"])
    chosen = staff.get(address + "?left=1&right=2")
    rows = chosen.context["page"].comparison.rows
    assert [(row.kind, row.left.text, row.right.text) for row in rows] == [
        ("same", "a = 1", "a = 1"),
        ("changed", "b = 2", "b = 3"),
    ]
    assert "<del>2</del>" in text_of(chosen)
    assert "<ins>3</ins>" in text_of(chosen)
    assert staff.get(address + "?left=77&right=x").context["page"].comparison == last


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"decision": "approve"}, "approved"),
        ({"decision": "reject", "note": "No tax."}, "rejected"),
        ({"decision": "regenerate", "note": "Use Decimal."}, "regenerated"),
        ({"decision": "edit", "code": "x = 1\r\n"}, "edited"),
    ],
)
def test_a_decision_is_made_and_the_next_item_opens(
    staff: Client, execution: FakeExecution, fields: dict[str, str], status: str
) -> None:
    plan = make_plan()
    review, following = make_review(make_atom(plan, confidence="0.500")), make_review(make_atom(plan))
    make_review(make_atom(confidence="0.100"))  # of another plan: later, although worse
    staff.get(page_of(review))
    response = decide(staff, review, **fields)
    review.refresh_from_db()
    assert (review.status, response.status_code, response.headers["Location"]) == (status, 302, page_of(following))
    assert ReviewDecision.objects.get().user is not None


def test_after_the_last_decision_the_queue_is_shown(staff: Client, execution: FakeExecution) -> None:
    assert decide(staff, make_review(), decision="approve").headers["Location"] == QUEUE


def test_an_edited_text_comes_over_with_the_line_ends_of_code(staff: Client, execution: FakeExecution) -> None:
    review = make_review()
    decide(staff, review, decision="edit", code="a = 1\r\nb = 2\r\n")
    review.refresh_from_db()
    assert review.modified_code == "a = 1\nb = 2\n"


def test_an_edit_that_fails_comes_back_with_its_text_and_what_is_wrong(staff: Client, execution: FakeExecution) -> None:
    execution.refuse_edits_with = [
        Diagnostic(path="shop/prices.py", line=2, layer="types", code="x", message="Not a number.")
    ]
    review = make_review()
    response = decide(staff, review, decision="edit", code="mine = 'is kept'\n")
    text = text_of(response)
    assert response.status_code == 422
    assert "mine = &#x27;is kept&#x27;" in text
    assert "Not a number." in text
    assert '<details class="rv-card" id="edit" open>' in text
    assert "mine = &#x27;is kept&#x27;" in text_of(staff.get(page_of(review)))


@pytest.mark.parametrize("decision", ["reject", "regenerate", "nonsense", ""])
def test_a_decision_without_what_it_needs_is_refused(staff: Client, execution: FakeExecution, decision: str) -> None:
    review = make_review()
    assert decide(staff, review, decision=decision, note="").status_code == 400
    assert execution.calls == []


def test_the_second_of_two_sees_what_the_first_did_and_keeps_what_was_typed(
    staff: Client, execution: FakeExecution
) -> None:
    review = make_review()
    other = Client()
    other.force_login(make_user("bea", is_staff=True, is_superuser=True))
    decide(other, review, decision="approve", note="Fine by me.")
    response = decide(staff, review, decision="reject", note="Forgets taxes.")
    text = text_of(response)
    assert response.status_code == 409
    assert "bea has approved this already." in text
    assert "Fine by me." in text
    assert ReviewDecision.objects.count() == 1


def test_an_obsolete_review_says_so(staff: Client) -> None:
    review = make_review()
    revise(review.atom, "changed = 1\n")
    assert "The code has changed since" in text_of(staff.get(page_of(review)))
    review.refresh_from_db()
    assert review.status == "obsolete"


@pytest.mark.parametrize(
    ("action", "status"), [("approve", "approved"), ("reject", "rejected"), ("regenerate", "regenerated")]
)
def test_several_are_decided_after_a_page_that_says_what_will_happen(
    staff: Client, execution: FakeExecution, action: str, status: str
) -> None:
    mine, stale = make_review(), make_review()
    revise(stale.atom, "changed = 1\n")
    chosen = {"action": f"{action}_selected", "_selected_action": [str(mine.pk), str(stale.pk)]}
    preview = text_of(staff.post(QUEUE, chosen))
    assert f"{action.capitalize()} 1 of 2 reviews" in preview
    assert "Left as they are" in preview
    assert not ReviewDecision.objects.exists()
    staff.post(QUEUE, {**chosen, "confirmed": "1", "reason": "Together."})
    assert {review.pk: review.status for review in Review.objects.all()} == {mine.pk: status, stale.pk: "obsolete"}


def test_several_are_not_rejected_without_a_reason(staff: Client, execution: FakeExecution) -> None:
    review = make_review()
    chosen = {"action": "reject_selected", "_selected_action": [str(review.pk)], "confirmed": "1", "reason": " "}
    assert "Say why." in text_of(staff.post(QUEUE, chosen))
    assert execution.calls == []


@pytest.mark.parametrize("superuser", [True, False])
def test_nobody_adds_changes_or_deletes_a_review_by_hand(client: Client, superuser: bool) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=superuser))
    review = make_review()
    assert client.get(QUEUE).status_code == 200
    assert client.get(QUEUE + "add/").status_code == 403
    assert client.post(page_of(review), {"status": "approved"}).status_code == 405
    assert client.post(f"{QUEUE}{review.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("kind", ["anonymous", "owner"])
def test_the_admin_is_for_staff(client: Client, execution: FakeExecution, kind: str) -> None:
    review = make_review()
    if kind == "owner":
        client.force_login(review.plan.owner)
    for address in (QUEUE, page_of(review), QUEUE + "next/"):
        response = client.get(address)
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/admin/login/")
    assert decide(client, review, decision="approve").status_code == 302
    assert execution.calls == []


@pytest.mark.parametrize("address", ["nonsense/change/", "8ff58b2f-3b62-4eb5-9e40-1e4d1ad1b0f0/change/"])
def test_a_review_that_does_not_exist_is_not_found(staff: Client, address: str) -> None:
    assert staff.get(QUEUE + address).status_code == 404


MODELS = [model for model in site._registry if model._meta.app_label in {"execution", "review"}]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_of_records_opens_and_nothing_can_be_added(staff: Client, model: Any) -> None:
    make_graph(make_plan(), [(make_atom(), make_atom())])
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert staff.get(reverse(f"{name}_changelist")).status_code == 200
    assert staff.get(reverse(f"{name}_add")).status_code == 403


def test_every_model_of_execution_and_review_is_in_the_admin() -> None:
    wanted = {model for label in ("execution", "review") for model in apps.get_app_config(label).get_models()}
    assert wanted <= set(MODELS)


def test_an_atom_and_its_records_are_shown_with_code(staff: Client) -> None:
    atom = make_atom()
    attempt = AtomAttempt.objects.create(atom=atom, attempt=1, code="def total(): ...\n", revision=atom.current)
    for name, pk in (("atom", atom.pk), ("atomrevision", atom.current_id), ("atomattempt", attempt.pk)):
        text = text_of(staff.get(reverse(f"admin:execution_{name}_change", args=[pk])))
        assert '<span class="k">def</span>' in text
        assert 'name="_save"' not in text
