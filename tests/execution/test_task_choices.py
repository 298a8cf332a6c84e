"""A task that failed is tried again or left out by hand: what follows, what is refused, and what races."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, NotFound, TransitionConflict
from common.models import PlanHistory
from execution.drafts.drafting import draft_task
from execution.gates.criteria import acceptance_tests, keep_criteria
from execution.models import Atom, Run
from execution.projection import project_workspace, workspace_of
from execution.services import atomizing
from execution.services.advance import advance_run
from execution.services.cancelling import cancel_plan
from execution.services.runs import ask_to_pause, resume_run
from execution.services.skipping import skip_task, tasks_left_out_with
from execution.services.small_runs import NotBeingBuilt
from execution.services.trying_again import EXTRA_ATTEMPTS, retry_task
from execution.states import Stage
from integrations.llm.errors import AnswerRefused
from integrations.llm.providers.base import Request
from integrations.llm.shapes import ProjectFile, Shape, TaskCode
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, Build, at_once, make_build
from tests.factories import depend, make_plan
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]


@pytest.fixture
def tasks() -> list[Task]:
    """Six tasks, each of which needs the one before; no code could be made for the third."""
    plan: MasterPlan = make_plan(status="in_progress")
    Run.objects.create(plan=plan, mode="v2_atoms")
    rows = list(plan.tasks.order_by("number"))
    for task in rows[:2]:
        draft = [{"path": task.target_files[0], "text": "x = 1\n"}]
        Task.objects.filter(pk=task.pk).update(draft=draft, status="in_progress")
    Task.objects.filter(pk=rows[2].pk).update(status="failed", last_error="refused")
    return rows


def run_of(tasks: list[Task]) -> Run:
    return Run.objects.get(plan_id=tasks[0].plan_id)


def now(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def statuses(tasks: list[Task]) -> list[str]:
    return [now(task).status for task in tasks]


# -- another draft -----------------------------------------------------------------------------------------------------


def test_a_failed_task_gets_another_draft_with_the_persons_words(tasks: list[Task], sent: Sent) -> None:
    retry_task(task_id=tasks[2].pk, hint="use a list", actor=PERSON)
    task = now(tasks[2])
    assert (task.status, task.hint, task.last_error, task.attempts) == ("pending", "use a list", "", 1)
    assert MasterPlan.objects.get().failed_tasks == 0
    assert sent == [("advance_run", run_of(tasks).pk)]
    advance_run(run_of(tasks).pk)
    assert sent[1:] == [("draft_task", run_of(tasks).pk, tasks[2].pk)]


def test_a_task_that_has_its_turn_is_left_to_it(tasks: list[Task]) -> None:
    for _ in range(3):
        retry_task(task_id=tasks[2].pk, hint="first words", actor=PERSON)
    assert now(tasks[2]).attempts == 1
    assert PlanHistory.objects.filter(item_id=tasks[2].pk).count() == 1
    retry_task(task_id=tasks[3].pk, actor=PERSON)
    assert (now(tasks[3]).status, now(tasks[3]).attempts) == ("pending", 0)


def test_a_paused_run_drafts_it_when_it_is_resumed(tasks: list[Task], sent: Sent) -> None:
    plan = tasks[0].plan
    advance_run(run_of(tasks).pk)
    assert MasterPlan.objects.get().pause_reason == "pending_decision"
    retry_task(task_id=tasks[2].pk, actor=PERSON)
    advance_run(run_of(tasks).pk)
    assert [message for message in sent if message[0] == "draft_task"] == []
    resume_run(plan=plan, actor=PERSON)
    advance_run(run_of(tasks).pk)
    assert sent[-1] == ("draft_task", run_of(tasks).pk, tasks[2].pk)


def test_attempts_go_on_counting_so_that_they_are_decoded_as_last_ones(
    tasks: list[Task], provider: ScriptedProvider
) -> None:
    text = "def name_3() -> None:\n    return None\n"
    provider.answer("task_code", TaskCode(files=[ProjectFile(path=tasks[2].target_files[0], text=text)]))
    retry_task(task_id=tasks[2].pk, hint="use a list", actor=PERSON)
    draft_task(run_of(tasks).pk, tasks[2].pk)
    assert [request.attempt for request in provider.requests] == [4]
    assert "use a list" in str(provider.requests[0])
    assert (now(tasks[2]).status, now(tasks[2]).draft_attempts) == ("in_progress", 1)
    assert now(tasks[2]).draft is not None


def test_drafts_by_hand_are_limited(tasks: list[Task]) -> None:
    Task.objects.filter(pk=tasks[2].pk).update(attempts=EXTRA_ATTEMPTS)
    with pytest.raises(Conflict, match="drafted anew 3 times"):
        retry_task(task_id=tasks[2].pk, actor=PERSON)
    assert now(tasks[2]).status == "failed"


@pytest.mark.parametrize("status", ["skipped", "cancelled"])
def test_a_task_that_is_left_out_is_not_tried_again(tasks: list[Task], status: str) -> None:
    Task.objects.filter(pk=tasks[2].pk).update(status=status)
    with pytest.raises(TransitionConflict):
        retry_task(task_id=tasks[2].pk, actor=PERSON)


@pytest.mark.parametrize("call", [retry_task, skip_task])
def test_what_is_not_being_built_is_left_alone(tasks: list[Task], call: Callable[..., object]) -> None:
    cancel_plan(plan=tasks[0].plan, actor=PERSON)
    before = statuses(tasks)
    with pytest.raises(NotBeingBuilt):
        call(task_id=tasks[2].pk, actor=PERSON)
    assert statuses(tasks) == before
    with pytest.raises(NotFound):
        call(task_id=uuid.uuid4(), actor=PERSON)


# -- another attempt at what was cut -----------------------------------------------------------------------------------


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(
        {"app/a.py": {"imports": "import os\n", "first": "x = 1\n", "second": "y = 1\n"}},
        workspace=tmp_path / "workspace",
    )


def cut(build: Build) -> None:
    Task.objects.filter(pk=build.task.pk).update(draft=[{"path": "app/a.py", "text": "import os\nx = 1\ny = 1\n"}])


def test_of_a_task_with_failed_atoms_those_are_tried_again(build: Build) -> None:
    cut(build)
    build.accept("imports", "second")
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    retry_task(task_id=build.task.pk, hint="see a", actor=PERSON)
    assert build.statuses() == {"imports": "accepted", "first": "retrying", "second": "accepted"}
    assert build.atom("first").hint == "see a"
    retry_task(task_id=build.task.pk, hint="again", actor=PERSON)
    assert build.atom("first").hint == "see a"


def test_of_a_task_that_is_not_done_although_accepted_all_code_is_tried_again(build: Build) -> None:
    """Its Definition of Done says what is missing, which is the hint."""
    cut(build)
    build.accept("imports", "first", "second")
    Run.objects.update(stage=Stage.CLOSING)
    Task.objects.filter(pk=build.task.pk).update(status="failed", last_error="docstrings: none")
    retry_task(task_id=build.task.pk, actor=PERSON)
    assert build.statuses() == {"imports": "accepted", "first": "retrying", "second": "retrying"}
    assert build.atom("second").hint == "docstrings: none"
    assert build.current_run().stage == Stage.WAVES
    assert now(build.task).status == "in_progress"


def test_a_task_whose_atoms_had_all_attempts_is_not_tried_again(build: Build) -> None:
    cut(build)
    build.accept("imports", "first", "second")
    Atom.objects.update(attempts=build.task.max_attempts + EXTRA_ATTEMPTS)
    with pytest.raises(Conflict, match="had their attempts"):
        retry_task(task_id=build.task.pk, actor=PERSON)


def test_a_draft_that_waits_to_be_cut_is_not_tried_again(tasks: list[Task]) -> None:
    with pytest.raises(Conflict):
        retry_task(task_id=tasks[0].pk, actor=PERSON)


# -- left out ----------------------------------------------------------------------------------------------------------


def test_skipping_leaves_out_what_needs_the_task_and_says_so(tasks: list[Task], sent: Sent) -> None:
    assert [task.short_id for task in tasks_left_out_with(tasks[2].pk)] == [
        "task_003", "task_004", "task_005", "task_006"
    ]  # fmt: skip
    assert statuses(tasks)[2:] == ["failed", "pending", "pending", "pending"]

    left_out = skip_task(task_id=tasks[2].pk, actor=PERSON, reason="too hard")

    assert [(task.short_id, task.status) for task in left_out] == [
        (f"task_00{number}", "skipped") for number in (3, 4, 5, 6)
    ]
    assert statuses(tasks) == ["in_progress", "in_progress", *["skipped"] * 4]
    assert [now(task).last_error for task in tasks[2:4]] == [
        "skipped: too hard",
        "skipped with task_003, which it needs",
    ]
    assert MasterPlan.objects.get().skipped_tasks == 4
    sent.clear()
    advance_run(run_of(tasks).pk)
    assert run_of(tasks).stage == Stage.ATOMIZATION


def test_skipping_again_leaves_out_nothing_more(tasks: list[Task]) -> None:
    skip_task(task_id=tasks[4].pk, actor=PERSON)
    history = PlanHistory.objects.count()
    assert skip_task(task_id=tasks[4].pk, actor=PERSON) == []
    assert skip_task(task_id=tasks[5].pk, actor=PERSON) == []
    assert PlanHistory.objects.count() == history


@pytest.mark.parametrize("status", ["done", "cancelled"])
def test_a_task_that_is_over_is_not_skipped(tasks: list[Task], status: str) -> None:
    Task.objects.filter(pk=tasks[0].pk).update(status=status)
    with pytest.raises(TransitionConflict) as raised:
        skip_task(task_id=tasks[0].pk, actor=PERSON)
    assert raised.value.context["current"] == status
    assert statuses(tasks)[1] == "in_progress"


def test_a_draft_that_comes_after_its_task_was_skipped_is_not_stored(
    tasks: list[Task], provider: ScriptedProvider
) -> None:
    def answer(request: Request) -> Shape:
        skip_task(task_id=tasks[2].pk, actor=PERSON)
        return TaskCode(files=[ProjectFile(path=tasks[2].target_files[0], text="def name_3() -> None: ...\n")])

    provider.answer("task_code", answer)
    retry_task(task_id=tasks[2].pk, actor=PERSON)
    draft_task(run_of(tasks).pk, tasks[2].pk)
    task = now(tasks[2])
    assert (task.status, task.draft, task.draft_claim) == ("skipped", None, None)


def test_a_failure_that_comes_after_the_task_was_skipped_changes_nothing(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        skip_task(task_id=tasks[2].pk, actor=PERSON)
        raise AnswerRefused("No.")

    monkeypatch.setattr("execution.drafts.drafting.ask", refuse)
    retry_task(task_id=tasks[2].pk, actor=PERSON)
    draft_task(run_of(tasks).pk, tasks[2].pk)
    assert now(tasks[2]).status == "skipped"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Build, Task]:
    """``first`` and ``second`` belong to one task, ``third`` to another, which uses ``first`` without a word of it."""
    build = make_build(
        {"app/a.py": {"first": "x = 1\n", "second": "y = 1\n"}, "app/b.py": {"third": "z = 1\n"}},
        waves=[["first", "second"], ["third"]],
        edges=[("first", "third")],
        workspace=tmp_path / "workspace",
    )
    other = Task.objects.get(pk=build.task.pk)
    other.pk, other.short_id, other.number = uuid.uuid4(), "task_999", 999
    other.target_files = ["app/b.py"]
    other.save(force_insert=True)
    Task.objects.filter(pk=build.task.pk).update(target_files=["app/a.py"])
    build.set("third", task=other)
    return build, other


def test_skipping_takes_atoms_along_accepted_or_not_and_their_files(
    two: tuple[Build, Task], django_capture_on_commit_callbacks: Any
) -> None:
    build, other = two
    build.accept("first", "second", "third")
    project_workspace(build.plan)
    assert workspace_of(build.plan).owned_files() == ["app/a.py", "app/b.py"]
    build.set("second", status="running", claim=uuid.uuid4())
    with django_capture_on_commit_callbacks(execute=True):
        left_out = skip_task(task_id=build.task.pk, actor=PERSON)
    assert [task.pk for task in left_out] == [build.task.pk, other.pk]
    assert set(build.statuses().values()) == {"skipped"}
    assert build.atom("second").claim is None
    assert (build.current_run().atoms_accepted, build.current_run().atoms_failed) == (0, 0)
    assert workspace_of(build.plan).owned_files() == []
    assert not (Path(build.plan.workspace_path) / "app/b.py").exists()
    advance_run(build.run.pk)
    assert build.current_run().stage == Stage.INFRASTRUCTURE


def test_skipping_frees_what_only_seemed_to_wait_for_it(two: tuple[Build, Task]) -> None:
    build, other = two
    build.set("third", status="validating", awaiting_decision=True, attempts=3)
    build.set("first", status="blocked")
    skip_task(task_id=other.pk, actor=PERSON)
    assert build.statuses() == {"first": "pending", "second": "pending", "third": "skipped"}


def test_skipping_late_leads_the_run_back_so_that_files_and_tests_follow(two: tuple[Build, Task]) -> None:
    build, other = two
    build.accept("first", "second", "third")
    depend(other, on=build.task)
    Task.objects.filter(pk=build.task.pk).update(status="failed")
    Task.objects.filter(pk=other.pk).update(status="done")
    Run.objects.update(stage=Stage.CLOSING)
    assert len(skip_task(task_id=build.task.pk, actor=PERSON)) == 2
    assert statuses([build.task, other]) == ["skipped", "skipped"]
    assert build.current_run().stage == Stage.WAVES


def test_what_a_skipped_task_should_have_proved_holds_no_gate_back(two: tuple[Build, Task]) -> None:
    build, other = two
    criteria = [{"text": "It works", "priority": "must", "test": "tests/test_a.py::test_it"}]
    proof = [{"text": "It is shown", "priority": "must", "test": "app/b.py::test_it"}]
    Task.objects.filter(pk=build.task.pk).update(acceptance_criteria=criteria + proof)
    keep_criteria(build.plan.pk)
    assert len(acceptance_tests(build.plan.pk)) == 2
    Task.objects.filter(pk=other.pk).update(status="skipped")
    assert [test.requirement for test in acceptance_tests(build.plan.pk)] == ["It works"]
    Task.objects.filter(pk=build.task.pk).update(status="skipped")
    assert acceptance_tests(build.plan.pk) == []


# -- races -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trial", range(3))
def test_retry_skip_pause_and_cancel_at_once_neither_deadlock_nor_mix(tasks: list[Task], trial: int) -> None:
    plan = tasks[0].plan
    answers = at_once(
        lambda: retry_task(task_id=tasks[2].pk, actor=PERSON),
        lambda: skip_task(task_id=tasks[2].pk, actor=PERSON),
        lambda: ask_to_pause(plan=plan, actor=PERSON),
        lambda: cancel_plan(plan=plan, actor=PERSON),
        lambda: advance_run(run_of(tasks).pk),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)]
    assert statuses(tasks)[2] in ("skipped", "cancelled", "failed")
    assert MasterPlan.objects.get().status == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_retries_at_once_have_one_effect(tasks: list[Task]) -> None:
    answers = at_once(*[lambda: retry_task(task_id=tasks[2].pk, actor=PERSON)] * 3)
    assert [getattr(answer, "status", answer) for answer in answers] == ["pending"] * 3
    assert now(tasks[2]).attempts == 1


@pytest.mark.django_db(transaction=True)
def test_skips_at_once_leave_each_task_out_once(tasks: list[Task]) -> None:
    answers = at_once(*[lambda: skip_task(task_id=tasks[2].pk, actor=PERSON)] * 3)
    assert sorted(len(answer) for answer in answers) == [0, 0, 4]


def test_a_task_skipped_while_drafts_are_cut_leaves_no_atoms(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    Task.objects.filter(plan=tasks[0].plan, draft__isnull=True).update(status="skipped")
    Run.objects.update(stage=Stage.ATOMIZATION)
    real = atomizing.cut_task

    def and_skipped(run: Run, task: Task) -> list[atomizing.Cut]:
        skip_task(task_id=tasks[1].pk, actor=PERSON)
        return real(run, task)

    monkeypatch.setattr(atomizing, "cut_task", and_skipped)
    atomizing.atomize_plan(Run.objects.select_related("plan").get())
    assert set(Atom.objects.values_list("task", flat=True)) == {tasks[0].pk}
    assert run_of(tasks).stage == Stage.ORDERING
