"""What must hold before a task is written: else it is blocked, no attempt is spent, and it is freed when that holds."""

from __future__ import annotations

from typing import Any

import pytest

from common.models import PlanEvent
from execution.drafts.by_hand import draft_by_hand
from execution.drafts.drafting import draft_task
from execution.models import Run
from execution.services.advance import advance_run
from execution.services.cancelling import cancel_plan
from execution.services.trying_again import retry_task
from integrations.llm.shapes import ProjectFile, TaskCode
from planning.models import MasterPlan, Task, TaskDependency
from tests.execution.building import PERSON
from tests.factories import make_plan
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

MISSING = {"kind": "function_available", "subject": "app/file_2.py::name_2", "critical": True}


def file(number: int) -> ProjectFile:
    return ProjectFile(path=f"app/file_{number}.py", text=f"def name_{number}() -> None:\n    pass\n")


@pytest.fixture
def run() -> Run:
    """Of tasks that need nothing of each other by the plan; the first one must find what the second one writes."""
    plan: MasterPlan = make_plan(status="in_progress")
    TaskDependency.objects.all().delete()
    Task.objects.filter(number=1).update(preconditions=[MISSING])
    return Run.objects.create(plan=plan, mode="v2_atoms")


def task(number: int) -> Task:
    return Task.objects.get(number=number)


def test_a_task_that_cannot_be_right_is_blocked_and_nobody_is_asked(
    run: Run, provider: ScriptedProvider, sent: list[tuple[Any, ...]]
) -> None:
    draft_task(run.pk, task(1).pk)
    blocked = task(1)
    assert provider.purposes == []
    assert (blocked.status, blocked.draft, blocked.draft_claim, blocked.draft_attempts) == ("blocked", None, None, 0)
    assert blocked.last_error.startswith(
        "task_001 needs what is not there: function_available app/file_2.py::name_2: no function name_2."
    )
    assert MasterPlan.objects.get().blocked_tasks == 1
    assert PlanEvent.objects.get(type="error").data["code"] == "precondition_unmet"
    assert sent == [("advance_run", run.pk)]
    draft_task(run.pk, task(1).pk)  # the message may be doubled
    assert PlanEvent.objects.filter(type="error").count() == 1


@pytest.mark.parametrize(
    "condition",
    [
        MISSING | {"critical": False},
        {"kind": "file_exists", "subject": "requirements.txt", "critical": True},
        {"kind": "directory_exists", "subject": ".github", "critical": True},
        {"kind": "import_available", "subject": "fastapi", "critical": True},
        {"kind": "class_available", "subject": "sqlalchemy.orm.DeclarativeBase", "critical": True},
        {"kind": "tests_pass", "subject": "tests", "critical": True},
    ],
    ids=["not critical", "template", "folder of templates", "package", "class of a package", "tests"],
)
def test_what_cannot_be_said_yet_holds_nothing_up(
    run: Run, provider: ScriptedProvider, condition: dict[str, Any]
) -> None:
    Task.objects.filter(number=1).update(preconditions=[condition])
    provider.answer("task_code", TaskCode(files=[file(1)]))
    draft_task(run.pk, task(1).pk)
    assert (task(1).status, provider.purposes) == ("in_progress", ["task_code"])


@pytest.mark.parametrize("by_hand", [False, True])
def test_it_is_freed_as_soon_as_another_task_has_made_what_it_needs(
    run: Run, provider: ScriptedProvider, sent: list[tuple[Any, ...]], by_hand: bool
) -> None:
    draft_task(run.pk, task(1).pk)
    provider.answer("task_code", TaskCode(files=[file(3)]), TaskCode(files=[file(2)]))
    draft_task(run.pk, task(3).pk)
    assert task(1).status == "blocked"
    if by_hand:
        draft_by_hand(task_id=task(2).pk, files=[file(2)], actor=PERSON)
    else:
        draft_task(run.pk, task(2).pk)
    assert (task(1).status, task(1).last_error) == ("pending", "")
    sent.clear()
    advance_run(run.pk)
    assert ("draft_task", run.pk, task(1).pk) in sent


def test_a_run_of_which_the_rest_is_blocked_waits_and_says_what_is_missing(
    run: Run, sent: list[tuple[Any, ...]]
) -> None:
    draft_task(run.pk, task(1).pk)
    Task.objects.exclude(number=1).update(draft=[])
    sent.clear()
    advance_run(run.pk)
    plan = MasterPlan.objects.get()
    assert (plan.status, plan.pause_reason, sent) == ("paused", "pending_decision", [])
    assert plan.pause_detail.startswith("No code could be made for: task_001.")


def test_tried_again_by_hand_it_has_spent_no_attempt(run: Run) -> None:
    draft_task(run.pk, task(1).pk)
    retry_task(task_id=task(1).pk, actor=PERSON)
    assert (task(1).status, task(1).attempts) == ("pending", 0)


def test_it_is_cancelled_with_its_plan(run: Run) -> None:
    draft_task(run.pk, task(1).pk)
    cancel_plan(plan=run.plan, actor=PERSON)
    assert task(1).status == "cancelled"
