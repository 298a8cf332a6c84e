"""The assistant helps, and never holds a review up."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from common.models import PlanEvent
from execution.dispatch import LEAST_URGENT
from execution.models import Run
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.gateway import Reply
from integrations.llm.prices import Usage
from integrations.llm.shapes import Diagnostic, ReviewAssist, ReviewAssistInputs
from integrations.models import LLMCall
from review.models import Review
from review.services.creation import reconcile_reviews
from review.services.reconciling import reconcile_recent_plans
from review.tasks import assist_review
from tests.review.builders import make_atom, make_plan, make_review, make_spent_atom

pytestmark = pytest.mark.django_db

ANSWER = ReviewAssist(issues=[], suggested_code="x = 1\n", alternatives=["Drop it."], reasons="Simpler.")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[ReviewAssistInputs]:
    """What the gateway was asked; it answers ``ANSWER``."""
    questions: list[ReviewAssistInputs] = []

    def answer(purpose: Any, inputs: ReviewAssistInputs, **_: Any) -> Reply[ReviewAssist]:
        questions.append(inputs)
        return Reply(ANSWER, uuid.uuid4(), "offline", "offline", Usage(), Decimal(0), 0.1, None, None, 1)

    monkeypatch.setattr("review.services.assistance.ask", answer)
    return questions


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], str]]:
    """Messages to the queue, all of which leave the atoms that wait before them."""
    messages: list[tuple[str, list[str], str]] = []

    def send_task(name: str, *, args: list[str], queue: str, priority: int) -> None:
        assert priority == LEAST_URGENT
        messages.append((name, args, queue))

    monkeypatch.setattr("review.dispatch.current_app.send_task", send_task)
    return messages


def test_the_assistant_is_asked_when_a_review_was_made(
    sent: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        review = make_review()
        assert sent == []
    assert sent == [("review.tasks.assist_review", [str(review.pk)], "llm")]


def test_its_answer_is_kept_and_watchers_are_told(asked: list[ReviewAssistInputs]) -> None:
    plan = make_plan()
    make_atom(plan, code="import math\n\n", kind="import", position=1)
    finding = Diagnostic(path="shop/prices.py", line=4, layer="types", code="x", message="Wrong.")
    review = make_review(make_spent_atom(plan, position=2, feedback=[finding.model_dump(), {"not": "one"}]))
    assist_review(str(review.pk))
    review.refresh_from_db()
    assert (review.suggestions, review.assistant_note) == (ANSWER.model_dump(), "")
    (inputs,) = asked
    assert (inputs.atom.start_line, inputs.atom.end_line, inputs.atom.text) == (3, 4, review.revision.text)
    assert inputs.file_text == "import math\n\n" + review.revision.text
    assert (inputs.errors, inputs.attempts) == ([finding], 3)
    assert PlanEvent.objects.filter(type="review_updated").count() == 1


def test_it_is_asked_once(asked: list[ReviewAssistInputs]) -> None:
    review = make_review()
    assist_review(str(review.pk))
    assist_review(str(review.pk))
    assert len(asked) == 1


@pytest.mark.parametrize("status", ["approved", "obsolete"])
def test_it_is_not_asked_about_what_is_decided_or_gone(asked: list[ReviewAssistInputs], status: str) -> None:
    assist_review(str(make_review(status=status).pk))
    assist_review(str(uuid.uuid4()))
    assert asked == []


def test_its_failure_is_a_note_and_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ProviderUnavailable("Nobody answers.")

    monkeypatch.setattr("review.services.assistance.ask", fail)
    review = make_review()
    assist_review(str(review.pk))
    review.refresh_from_db()
    assert (review.status, review.suggestions, review.assistant_note) == ("pending", None, "Nobody answers.")


def test_the_reconciler_asks_a_silent_assistant_again(sent: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    review = make_review()
    with django_capture_on_commit_callbacks(execute=True):
        reconcile_reviews(review.plan_id)
    assert sent == []
    Review.objects.update(assistant_asked_at=timezone.now() - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        reconcile_reviews(review.plan_id)
    with django_capture_on_commit_callbacks(execute=True):
        reconcile_reviews(review.plan_id)
    assert sent == [("review.tasks.assist_review", [str(review.pk)], "llm")]


@pytest.mark.parametrize(("finished", "made"), [(None, 1), (timedelta(minutes=1), 1), (timedelta(hours=2), 0)])
def test_every_living_plan_is_looked_after(finished: timedelta | None, made: int) -> None:
    plan = make_plan()
    status = "running" if finished is None else "completed"
    Run.objects.create(plan=plan, mode="v2_atoms", status=status)
    Run.objects.update(finished_at=finished and timezone.now() - finished)
    make_atom(plan)
    assert reconcile_recent_plans() == made
    assert reconcile_recent_plans() == 0


@pytest.mark.django_db(transaction=True)
def test_the_offline_engine_answers_as_assistant() -> None:
    review = make_review(make_spent_atom(code="def total(prices):\n    return eval(prices)\n"))
    assist_review(str(review.pk))
    review.refresh_from_db()
    assert review.assistant_note == ""
    assert ReviewAssist.model_validate(review.suggestions).reasons != ""
    call = LLMCall.objects.get()
    assert (call.purpose, call.atom_id) == ("review_assist", review.atom_id)
