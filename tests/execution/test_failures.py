"""Atoms whose attempts are spent: one analysis, one choice, and a way back that works from every stage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.errors import Conflict, InvalidInput
from execution.analysing import debug_inputs
from execution.choosing import choose_proposal
from execution.failures import analyse_failure, decide_or_pause
from execution.models import AtomAttempt, FailureAnalysis, Run
from execution.services.advance import advance_run
from execution.services.cancelling import cancel_plan
from execution.services.runs import ask_to_pause
from execution.services.trying_again import EXTRA_ATTEMPTS, try_again
from execution.states import Stage
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.providers.base import Request
from integrations.llm.shapes import DebugAnalysis, Proposal, Shape
from planning.models import Task
from tests.execution.building import PERSON, Build, at_once, finding, make_build
from tests.factories import TaskFactory, depend
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]
ANALYSIS = DebugAnalysis(
    root_cause="The model is missing.",
    symptoms=["it fails"],
    why_retries_failed="They did not know.",
    conclusion="Add it.",
    proposals=[
        Proposal(title="Narrow it", action="modify_task_scope", detail="only ints", probability=0.7, minutes=5),
        Proposal(title="Say more", action="modify_task_context", detail="see b", probability=0.2, minutes=5),
    ],
)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """``first`` waits for a decision, ``second`` needs it."""
    build = make_build(
        {"app/a.py": {"first": "import os\n"}, "app/b.py": {"second": "import re\n"}},
        waves=[["first"], ["second"]],
        edges=[("first", "second")],
        workspace=tmp_path / "workspace",
    )
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    build.set("second", status="blocked")
    return build


def analysed(build: Build, name: str = "first") -> FailureAnalysis:
    atom = build.atom(name)
    return FailureAnalysis.objects.create(
        plan=build.plan, task=build.task, atom=atom, attempts=atom.attempts, **ANALYSIS.model_dump(mode="json")
    )


def test_a_failure_is_analysed_once_however_often_it_is_asked_for(
    build: Build, provider: ScriptedProvider, sent: Sent
) -> None:
    provider.answer("debug_analysis", ANALYSIS)
    for _ in range(3):
        analyse_failure(build.atoms["first"].pk)
    assert provider.purposes == ["debug_analysis"]
    row = FailureAnalysis.objects.get()
    assert (row.atom_id, row.attempts, row.root_cause) == (build.atoms["first"].pk, 3, "The model is missing.")
    assert [proposal["title"] for proposal in row.proposals] == ["Narrow it", "Say more"]
    assert [event["failure_id"] for event in build.events("failure_analysis")] == [str(row.pk)]
    assert sent == [("learn", build.plan.pk), ("advance_run", build.run.pk)]
    assert build.atom("first").claim is None


def test_a_second_message_while_the_model_thinks_pays_for_no_second_call(
    build: Build, provider: ScriptedProvider
) -> None:
    def answer(request: Request) -> Shape:
        if len(provider.requests) == 1:
            analyse_failure(build.atoms["first"].pk)
        return ANALYSIS

    provider.answer("debug_analysis", answer)
    analyse_failure(build.atoms["first"].pk)
    assert provider.purposes == ["debug_analysis"]


def test_an_analysis_is_given_what_the_task_uses_and_what_was_mended_lately(build: Build) -> None:
    draft = [{"path": "app/c.py", "text": "C = 1\n"}]
    depend(build.task, on=TaskFactory(milestone=build.task.milestone, number=9, draft=draft))
    for name in ("first", "second"):
        atom = build.atoms[name]
        wrong = [finding("app/b.py", 1).model_dump()]
        AtomAttempt.objects.create(atom=atom, attempt=1, code="import re\n", success=False, errors=wrong)
        AtomAttempt.objects.create(atom=atom, attempt=2, code="import re\nX = 1\n", success=True)
    inputs = debug_inputs(build.atom("first"))
    assert [(file.path, file.text) for file in inputs.interfaces] == [("app/c.py", "C = 1\n")]
    assert [past.attempt for past in inputs.history] == [1, 2]
    assert len(inputs.successes) == 1
    assert inputs.successes[0].endswith("import re\n+X = 1")


def test_nothing_is_analysed_of_an_atom_that_does_not_wait_or_a_plan_that_is_over(
    build: Build, provider: ScriptedProvider
) -> None:
    analyse_failure(build.atoms["second"].pk)
    cancel_plan(plan=build.plan, actor=PERSON)
    analyse_failure(build.atoms["first"].pk)
    assert provider.requests == []


def test_a_provider_that_is_down_pauses_and_leaves_the_atom_to_be_analysed(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise ProviderUnavailable("It is down.")

    monkeypatch.setattr("execution.failures.ask", fails)
    analyse_failure(build.atoms["first"].pk)
    assert build.current_plan().pause_reason == "provider_unavailable"
    assert build.atom("first").claim is None
    assert not FailureAnalysis.objects.exists()


def test_an_analysis_that_breaks_pauses_instead_of_being_paid_for_again_and_again(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise KeyError("app/a.py")

    monkeypatch.setattr("execution.analysing.span_shape", broken)
    analyse_failure(build.atoms["first"].pk)
    plan = build.current_plan()
    assert (plan.status, plan.pause_reason) == ("paused", "work_broke")
    assert plan.pause_detail.startswith("The analysis of app/a.py:first broke: KeyError: 'app/a.py' Try the atom again")
    assert (build.atom("first").claim, build.atom("first").awaiting_decision) == (None, True)


def test_choosing_a_proposal_gives_one_more_attempt_and_frees_what_waited(build: Build, sent: Sent) -> None:
    atom = choose_proposal(analysis=analysed(build), index=1, actor=PERSON)

    assert atom.pk == build.atoms["first"].pk
    first = build.atom("first")
    assert (first.status, first.awaiting_decision, first.hint, first.max_attempts) == (
        "retrying",
        False,
        "Say more: see b",
        4,
    )
    assert build.atom("second").status == "pending"
    choice = FailureAnalysis.objects.get().choice
    assert choice is not None
    assert (choice["proposal"], choice["action"], choice["by"]) == (1, "modify_task_context", "ana")
    assert sent == [("advance_run", build.run.pk)]


def test_a_second_choice_is_refused(build: Build) -> None:
    analysis = analysed(build)
    choose_proposal(analysis=analysis, index=1, actor=PERSON)
    with pytest.raises(Conflict):
        choose_proposal(analysis=analysis, index=0, actor=PERSON)
    assert build.atom("first").hint == "Say more: see b"


@pytest.mark.parametrize("index", [-1, 2, 99])
def test_a_proposal_that_does_not_exist_is_refused(build: Build, index: int) -> None:
    with pytest.raises(InvalidInput):
        choose_proposal(analysis=analysed(build), index=index, actor=PERSON)
    assert FailureAnalysis.objects.get().choice is None


def test_an_analysis_of_an_earlier_failure_does_not_reopen_what_was_accepted_since(build: Build) -> None:
    analysis = analysed(build)
    build.set("first", attempts=4, awaiting_decision=False)
    build.accept("first")
    with pytest.raises(Conflict):
        choose_proposal(analysis=analysis, index=0, actor=PERSON)
    assert build.atom("first").status == "accepted"
    assert FailureAnalysis.objects.get().choice is None


def test_extra_attempts_are_limited(build: Build) -> None:
    build.set("first", attempts=build.task.max_attempts + EXTRA_ATTEMPTS)
    with pytest.raises(Conflict):
        try_again(atom=build.atom("first"), hint="", actor=PERSON)
    assert build.atom("first").awaiting_decision is True


@pytest.mark.parametrize("status", ["running", "validating", "retrying", "pending", "skipped"])
def test_an_atom_that_is_worked_on_or_left_out_is_not_tried_again(build: Build, status: str) -> None:
    build.set("first", status=status, awaiting_decision=False)
    with pytest.raises(Conflict) as refused:
        try_again(atom=build.atom("first"), hint="", actor=PERSON)
    assert refused.value.hint != ""
    assert build.atom("first").status == status


def test_a_plan_that_is_not_under_way_has_nobody_to_try_an_atom_again(build: Build) -> None:
    build.accept("first")
    Run.objects.update(status="completed")
    with pytest.raises(Conflict):
        try_again(atom=build.atom("first"), hint="", actor=PERSON)
    assert build.atom("first").status == "accepted"


@pytest.mark.parametrize("stage", [Stage.INFRASTRUCTURE, Stage.TESTING, Stage.CLOSING])
@pytest.mark.parametrize("paused", [False, True])
def test_an_atom_tried_again_late_leads_the_run_back_to_its_waves(build: Build, stage: str, paused: bool) -> None:
    build.accept("first", "second")
    Run.objects.update(stage=stage)
    Task.objects.filter(pk=build.task.pk).update(status="failed")
    if paused:
        ask_to_pause(plan=build.plan, actor=PERSON)

    try_again(atom=build.atom("first"), hint="see the tests", actor=PERSON)

    assert build.current_run().stage == Stage.WAVES
    build.task.refresh_from_db()
    assert build.task.status == "in_progress"


def test_without_a_person_the_most_probable_proposal_is_taken(build: Build, sent: Sent) -> None:
    build.plan.__class__.objects.update(unattended=True)
    analysed(build)
    advance_run(build.run.pk)
    assert build.atom("first").status == "retrying"
    assert build.atom("first").hint == "Narrow it: only ints"
    assert build.current_run().status == "running"
    choice = FailureAnalysis.objects.get().choice
    assert choice is not None
    assert choice["proposal"] == 0


def test_with_a_person_the_plan_waits_for_the_decision(build: Build) -> None:
    analysed(build)
    advance_run(build.run.pk)
    assert (build.current_plan().status, build.current_plan().pause_reason) == ("paused", "pending_decision")
    assert build.current_plan().pause_detail == "1 atoms need a decision: app/a.py:first."
    assert build.atom("first").awaiting_decision is True


def test_without_a_person_the_plan_waits_too_once_all_attempts_are_gone(build: Build) -> None:
    build.plan.__class__.objects.update(unattended=True)
    build.set("first", attempts=build.task.max_attempts + EXTRA_ATTEMPTS)
    analysed(build)
    advance_run(build.run.pk)
    assert build.current_plan().pause_reason == "pending_decision"


def test_an_analysis_that_got_lost_is_asked_for_again(build: Build, sent: Sent) -> None:
    decide_or_pause(build.run)
    assert sent == [("analyse_failure", build.atoms["first"].pk)]
    assert build.current_run().status == "running"


@pytest.mark.django_db(transaction=True)
def test_of_two_choices_at_once_one_counts(build: Build) -> None:
    analysis = analysed(build)
    calls: list[Callable[[], object]] = [
        lambda: choose_proposal(analysis=analysis, index=1, actor=PERSON),
        lambda: choose_proposal(analysis=analysis, index=1, actor=PERSON),
    ]
    answers = at_once(*calls)
    assert sorted(type(answer).__name__ for answer in answers) == ["Atom", "Conflict"]
