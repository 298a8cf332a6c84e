"""What a run does next, read from the database by whoever calls."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from common.configuration import configuration
from execution.models import Atom, Round, Run, Wave
from execution.services.advance import advance_run
from execution.services.runs import resume_run
from execution.states import Stage
from integrations.llm.cost_limits import set_limits
from integrations.models import CostLimit
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, Build, at_once, make_build
from tests.factories import depend, make_plan, plan_answer

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]


def drafting(**fields: Any) -> tuple[Run, list[Task]]:
    """A run of six tasks, each of which needs the one before."""
    plan: MasterPlan = make_plan(status="in_progress", **fields)
    return Run.objects.create(plan=plan, mode="v2_atoms"), list(plan.tasks.order_by("number"))


def draft(task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(draft=[{"path": task.target_files[0], "text": "x = 1\n"}], draft_claim=None)


def drafted(sent: Sent) -> list[Any]:
    return [message[2] for message in sent if message[0] == "draft_task"]


def test_tasks_are_drafted_when_what_they_need_is_drafted(sent: Sent) -> None:
    run, tasks = drafting()
    advance_run(run.pk)
    assert drafted(sent) == [tasks[0].pk]
    draft(tasks[0])
    sent.clear()
    advance_run(run.pk)
    assert drafted(sent) == [tasks[1].pk]


def test_a_skipped_task_holds_nobody_back(sent: Sent) -> None:
    run, tasks = drafting()
    Task.objects.filter(pk=tasks[0].pk).update(status="skipped")
    advance_run(run.pk)
    assert drafted(sent) == [tasks[1].pk]


def test_no_more_drafts_are_asked_for_than_allowed_at_once(sent: Sent) -> None:
    run, tasks = drafting(answer=plan_answer(tasks_per_phase=5))
    Task.objects.all()[0].dependency_rows.model.objects.all().delete()
    limit = configuration().max_drafts_at_once
    assert len(tasks) > limit
    held = {"draft_claim": run.pk, "draft_claim_expires": timezone.now() + timedelta(seconds=60)}
    Task.objects.filter(pk__in=[task.pk for task in tasks[:4]]).update(**held)

    advance_run(run.pk)

    assert drafted(sent) == [task.pk for task in tasks[4:limit]]


def test_a_draft_whose_holder_died_is_asked_for_again(sent: Sent) -> None:
    run, tasks = drafting()
    Task.objects.filter(pk=tasks[0].pk).update(draft_claim=run.pk, draft_claim_expires=timezone.now())
    advance_run(run.pk)
    assert drafted(sent) == [tasks[0].pk]


def test_a_draft_that_could_not_be_made_pauses_when_nothing_else_can_go_on(sent: Sent) -> None:
    run, tasks = drafting()
    Task.objects.filter(pk=tasks[0].pk).update(status="failed")
    advance_run(run.pk)
    plan = MasterPlan.objects.get()
    assert (plan.status, plan.pause_reason) == ("paused", "pending_decision")
    assert plan.pause_detail == (
        "No code could be made for: task_001. Retry them, give their code by hand or skip them, then resume."
    )
    assert sent == []


def test_a_step_that_breaks_pauses_the_run_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise KeyError("task_001")

    run, _ = drafting()
    monkeypatch.setattr("execution.services.advance._advance_drafts", broken)
    advance_run(run.pk)
    plan = MasterPlan.objects.get()
    assert (plan.status, plan.pause_reason) == ("paused", "work_broke")
    assert plan.pause_detail.startswith("The next step of the build broke: KeyError: 'task_001'")


def test_when_all_is_drafted_the_run_goes_on_to_cutting(sent: Sent) -> None:
    run, tasks = drafting()
    for task in tasks:
        draft(task)
    advance_run(run.pk)
    assert Run.objects.get().stage == Stage.ATOMIZATION
    assert sent == [("advance_run", run.pk), ("write_acceptance", run.plan_id)]
    sent.clear()
    advance_run(run.pk)
    assert sent == [("perform_stage", run.pk, Stage.ATOMIZATION)]


def test_no_draft_is_asked_for_once_a_pause_is(sent: Sent) -> None:
    run, tasks = drafting()
    Task.objects.filter(pk=tasks[5].pk).update(
        draft_claim=run.pk, draft_claim_expires=timezone.now() + timedelta(seconds=60)
    )
    Run.objects.update(pause_asked="person")
    advance_run(run.pk)
    assert sent == []
    assert Run.objects.get().status == "running"
    Task.objects.update(draft_claim=None, draft_claim_expires=None)
    advance_run(run.pk)
    assert Run.objects.get().status == "paused"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(
        {"app/a.py": {"first": "import os\n", "second": "import re\n"}, "app/b.py": {"third": "import io\n"}},
        waves=[["second", "first"], ["third"]],
        edges=[("first", "third")],
        workspace=tmp_path / "workspace",
    )


def test_the_first_wave_with_work_gets_a_round_in_the_order_of_the_wave(build: Build, sent: Sent) -> None:
    advance_run(build.run.pk)
    round_ = Round.objects.get()
    assert sent == [("run_round", round_.pk, "second", "first")]
    assert round_.atom_ids == [str(build.atoms[name].pk) for name in ("second", "first")]
    wave = Wave.objects.get(number=1)
    assert (wave.status, wave.round, wave.peak_parallel) == ("running", 1, 2)
    assert [event["total_atoms"] for event in build.events("wave_execution_start")] == [2]


def test_while_a_round_is_open_no_other_is_opened_and_it_is_not_sent_twice(build: Build, sent: Sent) -> None:
    advance_run(build.run.pk)
    Round.objects.update(dispatched_at=timezone.now(), dispatches=1)
    sent.clear()
    advance_run(build.run.pk)
    assert Round.objects.count() == 1
    assert sent == []


@pytest.mark.parametrize(
    ("dispatches", "seconds", "again"), [(1, 19, False), (1, 21, True), (3, 79, False), (3, 81, True)]
)
def test_a_round_of_which_nothing_is_heard_is_sent_again_ever_more_patiently(
    build: Build, sent: Sent, dispatches: int, seconds: int, again: bool
) -> None:
    round_ = build.open_round("first", "second")
    build.set("second", status="validating", attempts=1)
    Round.objects.update(dispatched_at=timezone.now() - timedelta(seconds=seconds), dispatches=dispatches)
    advance_run(build.run.pk)
    assert sent == ([("run_round", round_.pk, "first")] if again else [])


def test_a_round_whose_messages_never_left_is_sent(build: Build, sent: Sent) -> None:
    round_ = build.open_round("first")
    advance_run(build.run.pk)
    assert sent == [("run_round", round_.pk, "first")]


def test_a_round_whose_atoms_are_all_judged_alone_is_closed(build: Build, sent: Sent) -> None:
    round_ = build.open_round("first", "second")
    for name in ("first", "second"):
        build.judged(round_, name)
    advance_run(build.run.pk)
    assert sent == [("close_round", round_.pk)]


def test_a_second_round_takes_only_what_is_left(build: Build, sent: Sent) -> None:
    build.accept("second")
    build.set("first", status="retrying", attempts=1)
    Round.objects.create(wave=build.waves[0], plan=build.plan, number=1, atom_ids=[], status="closed")
    advance_run(build.run.pk)
    assert Round.objects.get(status="open").number == 2
    assert sent[0][2:] == ("first",)


@pytest.fixture
def paid(settings: Any) -> None:
    """Models that cost something."""
    settings.DEVMATRIX = dataclasses.replace(settings.DEVMATRIX, llm_provider="anthropic", anthropic_api_key="k")


@pytest.mark.parametrize(("scope", "whose"), [("plan", "plan's limit"), ("global", "global limit")])
def test_a_wave_that_would_pass_a_hard_limit_pauses_the_run_and_a_raise_lets_it_go_on(
    build: Build, paid: None, scope: str, whose: str
) -> None:
    limited = build.plan.pk if scope == "plan" else None
    CostLimit.objects.create(plan_id=limited, hard=Decimal(4), spent=Decimal("3.9999"))
    build.set("first", status="retrying", attempts=1)
    advance_run(build.run.pk)
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "cost_limit")
    # A retry at the fast model and a tenth of another for the draft that may need one: 1.1 times 0.00125.
    assert plan.pause_detail == (
        f"Wave 1 may cost 0.001375 dollars; 3.999900 of the {whose} of 4.000000 are spent. "
        "Staff may raise the limit, then resume."
    )
    assert not Round.objects.exists()
    assert [event["reason"] for event in build.events("masterplan_paused")] == ["cost_limit"]

    set_limits(limited, soft=None, hard=Decimal(5), actor=PERSON)
    resume_run(plan=plan, actor=PERSON)
    advance_run(build.run.pk)
    assert build.current_plan().status == "in_progress"
    assert Round.objects.get().status == "open"


def test_a_wave_that_costs_nothing_is_not_held_back_by_a_spent_limit(build: Build) -> None:
    CostLimit.objects.create(plan_id=build.plan.pk, hard=Decimal(4), spent=Decimal(4))
    advance_run(build.run.pk)
    assert Round.objects.get().status == "open"


def test_a_soft_limit_that_is_reached_is_told_before_the_wave_and_once(build: Build) -> None:
    CostLimit.objects.create(plan_id=build.plan.pk, soft=Decimal(2), spent=Decimal(3))
    advance_run(build.run.pk)
    advance_run(build.run.pk)
    (told,) = build.events("cost_warning")
    assert (told["current"], told["soft_limit"], told["hard_limit"]) == ("3.000000", "2.000000", "100")
    assert told["remaining"] == "97.000000"


def test_when_everything_is_accepted_the_run_goes_on_to_infrastructure(build: Build) -> None:
    build.accept("first", "second", "third")
    advance_run(build.run.pk)
    assert build.current_run().stage == Stage.INFRASTRUCTURE
    assert Stage.WAVES in build.current_run().stage_seconds
    assert [event["stage"] for event in build.events("masterplan_updated")] == ["infrastructure"]


@pytest.mark.parametrize("status", ["failed", "blocked"])
def test_failed_and_blocked_atoms_never_let_a_run_go_on_as_if_done(build: Build, status: str) -> None:
    build.accept("first", "second")
    build.set("third", status=status)
    advance_run(build.run.pk)
    assert (build.current_plan().status, build.current_plan().pause_reason) == ("paused", "pending_decision")
    assert build.current_run().stage == Stage.WAVES


def test_independent_work_goes_on_while_an_atom_waits(build: Build, sent: Sent) -> None:
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    advance_run(build.run.pk)
    assert sent[0][2:] == ("second",)


@pytest.mark.parametrize(
    "stage", [Stage.ATOMIZATION, Stage.ORDERING, Stage.INFRASTRUCTURE, Stage.TESTING, Stage.CLOSING]
)
def test_a_stage_that_is_claimed_or_not_is_asked_for_and_a_finished_run_is_left_alone(
    build: Build, sent: Sent, stage: str
) -> None:
    Run.objects.update(stage=stage)
    advance_run(build.run.pk)
    assert sent == [("perform_stage", build.run.pk, stage)]
    Run.objects.update(stage=Stage.FINISHED)
    advance_run(build.run.pk)
    assert len(sent) == 1


@pytest.mark.django_db(transaction=True)
def test_steps_of_one_run_come_one_by_one(build: Build, sent: Sent) -> None:
    answers = at_once(*[lambda: advance_run(build.run.pk)] * 4)
    assert answers == [None] * 4
    assert Round.objects.count() == 1
    assert len(build.events("wave_execution_start")) == 1


def test_a_task_with_two_needs_waits_for_both(sent: Sent) -> None:
    run, tasks = drafting()
    depend(tasks[2], on=tasks[0])
    draft(tasks[1])
    advance_run(run.pk)
    assert drafted(sent) == [tasks[0].pk]
    assert Atom.objects.count() == 0
