"""The code of one task: asked until it is right, stored once by whoever holds the task."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from execution.drafts.drafting import MAX_DRAFTS, draft_task
from execution.models import Run
from execution.services.cancelling import cancel_plan
from integrations.llm.errors import AnswerRefused, PromptTooLarge, ProviderUnavailable
from integrations.llm.offline.errors import TaskNotOffered
from integrations.llm.providers.base import Request
from integrations.llm.shapes import ProjectFile, Shape, TaskCode
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, at_once
from tests.factories import make_plan
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

GOOD = TaskCode(files=[ProjectFile(path="app/file_1.py", text="def name_1() -> None:\n    pass\n")])
BAD = TaskCode(files=[ProjectFile(path="app/file_1.py", text="x = 1\n")])


@pytest.fixture
def run() -> Run:
    plan: MasterPlan = make_plan(status="in_progress")
    return Run.objects.create(plan=plan, mode="v2_atoms")


def first() -> Task:
    return Task.objects.order_by("number")[0]


def test_a_draft_is_stored_once_however_often_it_is_asked_for(
    run: Run, provider: ScriptedProvider, sent: list[tuple[Any, ...]]
) -> None:
    provider.answer("task_code", GOOD)
    for _ in range(3):
        draft_task(run.pk, first().pk)
    assert provider.purposes == ["task_code"]
    task = first()
    assert task.draft == [GOOD.files[0].model_dump()]
    assert (task.status, task.draft_attempts, task.draft_claim, task.last_error) == ("in_progress", 1, None, "")
    assert sent == [("advance_run", run.pk)]


def test_drafts_are_progress(run: Run, provider: ScriptedProvider) -> None:
    provider.answer("task_code", GOOD)
    draft_task(run.pk, first().pk)
    assert (float(first().code_percent), float(first().progress_percent)) == (30, 27)
    plan = MasterPlan.objects.get()
    assert float(plan.progress_percent) == 4.5
    assert plan.milestones.order_by("number")[0].status == "in_progress"


def test_a_draft_without_what_it_promised_is_asked_again_with_the_errors(run: Run, provider: ScriptedProvider) -> None:
    provider.answer("task_code", BAD, GOOD)
    draft_task(run.pk, first().pk)
    assert first().draft_attempts == 2
    assert first().draft == [GOOD.files[0].model_dump()]
    assert "must define name_1" in str(provider.requests[1])
    assert "must define name_1" not in str(provider.requests[0])


def test_after_the_last_try_the_draft_stands_as_it_is_and_says_so(run: Run, provider: ScriptedProvider) -> None:
    provider.answer("task_code", BAD)
    draft_task(run.pk, first().pk)
    assert len(provider.requests) == MAX_DRAFTS
    assert first().draft == [BAD.files[0].model_dump()]
    assert "must define name_1" in first().last_error


@pytest.mark.parametrize("change", [{"status": "paused"}, {"stage": "waves"}, {"pause_asked": "person"}])
def test_nothing_is_drafted_for_a_run_that_is_elsewhere(
    run: Run, provider: ScriptedProvider, change: dict[str, str]
) -> None:
    Run.objects.update(**change)
    draft_task(run.pk, first().pk)
    assert provider.requests == []


def while_asked(provider: ScriptedProvider, happens: Callable[[], object]) -> None:
    def answer(request: Request) -> Shape:
        happens()
        return GOOD

    provider.answer("task_code", answer)


def test_a_draft_whose_claim_was_lost_is_discarded(
    run: Run, provider: ScriptedProvider, sent: list[tuple[Any, ...]]
) -> None:
    other = uuid.uuid4()
    while_asked(provider, lambda: Task.objects.filter(pk=first().pk).update(draft_claim=other))
    draft_task(run.pk, first().pk)
    assert (first().draft, first().draft_claim, sent) == (None, other, [])


def test_a_draft_that_comes_after_the_plan_was_cancelled_is_discarded(run: Run, provider: ScriptedProvider) -> None:
    while_asked(provider, lambda: cancel_plan(plan=run.plan, actor=PERSON))
    draft_task(run.pk, first().pk)
    assert (first().draft, first().status) == (None, "cancelled")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (AnswerRefused("It will not."), "It will not."),
        (PromptTooLarge("It does not fit."), "It does not fit."),
        (TaskNotOffered("There is no template.", hint="Write it."), "There is no template. Write it."),
        (KeyError("app"), "The draft of task_001 broke: KeyError: 'app'"),
    ],
)
def test_what_would_come_again_fails_the_task_once_and_lets_the_others_go_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, sent: list[tuple[Any, ...]], error: Exception, told: str
) -> None:
    asked = []

    def refuse(*args: object, **kwargs: object) -> None:
        asked.append(args)
        raise error

    monkeypatch.setattr("execution.drafts.drafting.ask", refuse)
    for _ in range(2):  # the message may be doubled
        draft_task(run.pk, first().pk)
    assert (first().status, first().last_error, first().draft_claim) == ("failed", told, None)
    assert Run.objects.get().status == "running"
    assert sent == [("advance_run", run.pk)]
    assert len(asked) == 1


def test_a_refusal_that_comes_late_does_not_fail_what_another_has_drafted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*args: object, **kwargs: object) -> None:
        Task.objects.filter(pk=first().pk).update(draft=[GOOD.files[0].model_dump()], draft_claim=None)
        raise AnswerRefused("It will not.")

    monkeypatch.setattr("execution.drafts.drafting.ask", late)
    draft_task(run.pk, first().pk)
    assert (first().status, first().last_error) == ("in_progress", "")


def test_a_provider_that_is_down_pauses_and_frees_the_task(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise ProviderUnavailable("It is down.")

    monkeypatch.setattr("execution.drafts.drafting.ask", down)
    draft_task(run.pk, first().pk)
    assert (first().draft, first().draft_claim, first().draft_attempts) == (None, None, 0)
    assert MasterPlan.objects.get().pause_reason == "provider_unavailable"


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_asks(run: Run, provider: ScriptedProvider) -> None:
    provider.answer("task_code", GOOD)
    task = first()
    assert at_once(*[lambda: draft_task(run.pk, task.pk)] * 3) == [None] * 3
    assert len(provider.requests) == 1
