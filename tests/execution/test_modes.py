"""What a run is decides itself when it starts and stays so: modes, and what each flag off means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from common.actors import Actor
from common.flag_overrides import set_flag
from execution.failures import decide_or_pause
from execution.models import Atom, AtomDependency, DependencyGraph, Run, ValidationResult, Wave, WaveAtom
from execution.services import stages
from execution.services.advance import advance_run
from execution.services.atomizing import atomize_plan
from execution.services.ordering import order_plan
from execution.services.runs import resume_run, start_run
from execution.services.stages import perform_stage
from execution.states import Stage
from execution.switches import Switches
from execution.waves.closing import close_round
from execution.waves.dependents import block_dependents
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.shapes import AtomCode
from planning.models import MasterPlan, Task
from review.models import Review
from review.services.creation import create_reviews
from tests.execution.building import PERSON, Build, finding, make_build, material_of, report_of, retry_atom
from tests.execution.conftest import Checks
from tests.execution.test_failures import analysed
from tests.factories import make_plan
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

Sent = list[tuple[Any, ...]]
CODE = "def {name}() -> int:\n    return 1\n\n\ndef more_{name}() -> int:\n    return 2\n"


def flag(name: str, value: object) -> None:
    set_flag(f"FF_{name}", value, actor=Actor("user", "1", "eva"))


def started(*, mode: str = "", **plan_fields: Any) -> Run:
    return start_run(plan=make_plan(status="approved", **plan_fields), actor=PERSON, mode=mode or None)


def drafted(*, mode: str = "", texts: dict[str, str] | None = None, **plan_fields: Any) -> Run:
    """A run at the cutting of its drafts; ``texts`` by short id, two functions for the others."""
    run = started(mode=mode, **plan_fields)
    for task in run.plan.tasks.all():
        text = (texts or {}).get(task.short_id, CODE.format(name=task.short_id))
        draft = [{"path": path, "text": text} for path in task.target_files]
        Task.objects.filter(pk=task.pk).update(draft=draft, status="in_progress")
    Run.objects.filter(pk=run.pk).update(stage=Stage.ATOMIZATION)
    return Run.objects.select_related("plan").get(pk=run.pk)


def kinds(run: Run) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for task, kind in (
        Atom.objects.filter(plan=run.plan).exclude(status="skipped").values_list("task__short_id", "kind")
    ):
        found.setdefault(task, set()).add(kind)
    return found


# -- which mode --------------------------------------------------------------------------------------------------------


def test_without_a_wish_the_flags_choose_the_mode_and_the_run_keeps_it_with_the_reason() -> None:
    run = started()
    assert (run.mode, run.mode_reason, run.uses) == ("v2_atoms", "percentage", Switches())
    flag("ENABLE_V2", False)
    flag("ENABLE_WAVE_EXECUTION", False)
    same = Run.objects.get(pk=run.pk)
    assert (same.mode, same.uses.wave_execution) == ("v2_atoms", True)


def test_a_rollback_reaches_plans_that_wait_and_no_request_gets_round_it() -> None:
    waiting: MasterPlan = make_plan(status="approved", execution_mode="v2_atoms")
    flag("ENABLE_V2", False)
    run = start_run(plan=waiting, actor=PERSON)
    assert (run.mode, run.mode_reason) == ("mvp", "switched_off")
    waiting.refresh_from_db()
    assert waiting.execution_mode == "mvp"
    asked = started(mode="hybrid")
    assert (asked.mode, asked.mode_reason) == ("mvp", "switched_off")


def test_a_request_goes_before_the_percentage() -> None:
    flag("V2_PERCENTAGE", 0)
    assert started().mode == "mvp"
    assert (started(mode="hybrid").mode, started(execution_mode="v2_atoms", mode_asked=True).mode) == (
        "hybrid",
        "v2_atoms",
    )
    assert started(mode="mvp").mode_reason == "request"


def test_lists_name_people() -> None:
    flag("V2_BLACKLIST_USERS", ["mallory"])
    plan: MasterPlan = make_plan(status="approved")
    User.objects.filter(pk=plan.owner_id).update(username="mallory")
    assert start_run(plan=MasterPlan.objects.get(pk=plan.pk), actor=PERSON).mode == "mvp"


def test_a_plan_that_is_opened_again_goes_on_in_the_mode_it_was_cut_in() -> None:
    run = started()
    Run.objects.filter(pk=run.pk).update(status="failed")
    MasterPlan.objects.filter(pk=run.plan_id).update(status="failed")
    flag("ENABLE_V2", False)
    again = resume_run(plan=run.plan, actor=PERSON)
    assert (again.pk != run.pk, again.mode, again.mode_reason) == (True, "v2_atoms", "percentage")


# -- what is one unit --------------------------------------------------------------------------------------------------


def test_in_mvp_the_files_of_a_task_are_one_unit() -> None:
    run = drafted(mode="mvp")
    first = run.plan.tasks.earliest("number")
    text = CODE.format(name="x")
    Task.objects.filter(pk=first.pk).update(draft=[{"path": f"app/{name}.py", "text": text} for name in "ab"])
    atomize_plan(run)
    assert set(map(frozenset, kinds(run).values())) == {frozenset({"file"})}
    mine = Atom.objects.filter(task=first)
    assert (mine.count(), mine.values("unit").distinct().count()) == (2, 1)
    order_plan(Run.objects.select_related("plan").get(pk=run.pk))
    assert WaveAtom.objects.filter(atom__in=mine).values("wave").distinct().count() == 1


def test_without_atomization_every_task_is_one_unit_in_any_mode() -> None:
    flag("ENABLE_AST_ATOMIZATION", False)
    run = drafted(mode="hybrid", part_modes={"task_001": "v2_atoms"})
    atomize_plan(run)
    assert set(map(frozenset, kinds(run).values())) == {frozenset({"file"})}


def test_hybrid_makes_tasks_whole_that_cannot_be_cut_and_those_that_the_plan_names() -> None:
    run = drafted(
        mode="hybrid",
        texts={"task_001": "def broken(:\n", "task_002": ""},
        part_modes={"task_005": "mvp", "phase_02": "mvp", "task_004": "v2_atoms"},
    )
    atomize_plan(run)
    whole = {short_id for short_id, found in kinds(run).items() if found == {"file"}}
    assert list(run.plan.tasks.filter(milestone__phase__short_id="phase_02").values_list("short_id", flat=True)) == [
        "task_003",
        "task_004",
    ]
    assert whole - {"task_002"} == {"task_001", "task_003", "task_005"}


def test_v2_cuts_what_can_be_cut_and_keeps_the_rest_whole() -> None:
    run = drafted(mode="v2_atoms", texts={"task_001": "def broken(:\n"}, part_modes={"task_002": "mvp"})
    atomize_plan(run)
    assert {short_id for short_id, found in kinds(run).items() if found == {"file"}} == {"task_001"}


# -- flags off ---------------------------------------------------------------------------------------------------------


def test_without_a_graph_tasks_come_in_the_order_of_the_plan_and_failures_hold_back_by_task() -> None:
    flag("ENABLE_DEPENDENCY_GRAPH", False)
    run = drafted()
    atomize_plan(run)
    order_plan(Run.objects.select_related("plan").get(pk=run.pk))
    graph = DependencyGraph.objects.get()
    assert (graph.by_tasks, graph.edges, AtomDependency.objects.count()) == (True, 0, 0)
    tasks = list(run.plan.tasks.order_by("number"))
    waves = [set(wave.members.values_list("task", flat=True)) for wave in Wave.objects.order_by("number")]
    assert waves == [{task.pk} for task in tasks]
    assert graph.atoms == Atom.objects.count()

    needed = tasks[0]
    users = set(needed.dependents.values_list("pk", flat=True))
    assert users
    user = Atom.objects.filter(task__in=users).earliest("number")
    assert [file.path for file in material_of(user).interfaces] == needed.target_files
    block_dependents(run.plan_id, [Atom.objects.filter(task=needed)[0].pk])
    blocked = set(Atom.objects.filter(status="blocked").values_list("task", flat=True))
    assert users <= blocked
    assert needed.pk not in blocked


@pytest.fixture
def build(tmp_path: Path) -> Build:
    text = "def {}() -> int:\n    return 1\n"
    return make_build(
        {"app/a.py": {"first": text.format("first"), "second": text.format("second")}}, workspace=tmp_path / "workspace"
    )


def without(build: Build, **switches: bool) -> Build:
    Run.objects.update(switches=Switches(**switches).as_json())
    return build


def test_without_waves_a_round_holds_one_unit(build: Build, sent: Sent) -> None:
    without(build, wave_execution=False)
    Atom.objects.filter(name="second").update(unit="app/a.py::first")
    third = make_atom_beside(build)
    advance_run(build.run.pk)
    assert [message[2:] for message in sent if message[0] == "run_round"] == [("first", "second")]
    build.accept("first", "second")
    build.plan.rounds.update(status="closed")
    sent.clear()
    advance_run(build.run.pk)
    assert [message[2:] for message in sent if message[0] == "run_round"] == [(third.name,)]


def make_atom_beside(build: Build) -> Atom:
    """Another atom of the same wave, of a unit of its own."""
    first = build.atom("first")
    third = Atom.objects.create(
        plan=build.plan, task=build.task, number=9, key="third", path="app/a.py", position=2, name="third",
        language="python", kind="function", unit="app/a.py::third", current=first.current,
    )  # fmt: skip
    WaveAtom.objects.create(graph=build.graph, wave=build.waves[0], atom=third, position=2)
    return third


def test_without_hierarchical_validation_atoms_are_judged_alone(build: Build, checks: list[Checks]) -> None:
    without(build, hierarchical_validation=False)
    checks.append(lambda files: report_of(finding("app/a.py", 2)))  # the whole would fail
    round_ = build.open_round("first", "second")
    build.judged(round_, "first")
    build.judged(round_, "second", errors=[finding("app/a.py", 4, layer="syntax")])
    close_round(round_.pk)
    assert build.statuses() == {"first": "accepted", "second": "retrying"}
    assert set(ValidationResult.objects.values_list("level", "layer")) == {(1, "syntax")}


def test_without_feedback_a_retry_is_told_nothing_but_a_persons_hint(build: Build, provider: ScriptedProvider) -> None:
    without(build, retry_feedback=False)
    build.set("first", status="retrying", attempts=1, feedback=[finding("app/a.py", 2).model_dump()], hint="use 2")
    provider.answer("atom_retry", AtomCode(code="def first() -> int:\n    return 2\n"))
    assert retry_atom(build.open_round("first", number=2).pk, build.atoms["first"].pk) == "recorded"
    prompt = str(provider.requests[0])
    assert "use 2" in prompt
    assert "What is wrong with it" not in prompt
    row = build.atom("first").attempt_rows.get()
    assert (row.feedback["errors"], row.feedback["examples"], row.feedback["hint"]) == ([], [], "use 2")


def test_without_reviews_atoms_are_scored_and_nobody_is_asked(build: Build) -> None:
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    without(build, human_review=False)
    assert create_reviews(atom_ids=[build.atoms["first"].pk]) == []
    without(build)
    assert len(create_reviews(atom_ids=[build.atoms["first"].pk])) == 1
    assert Review.objects.count() == 1


def test_without_reviews_an_atom_whose_attempts_are_spent_has_failed(build: Build, sent: Sent) -> None:
    without(build, human_review=False)
    build.accept("second")
    build.set("first", status="validating", awaiting_decision=True, attempts=3)
    analysed(build)
    decide_or_pause(build.current_run())
    assert (build.atom("first").status, build.atom("first").awaiting_decision) == ("failed", False)
    assert sent == [("advance_run", build.run.pk)]
    decide_or_pause(build.current_run())
    assert build.current_plan().pause_reason == "pending_decision"


# -- fallback ----------------------------------------------------------------------------------------------------------


def broken(monkeypatch: pytest.MonkeyPatch, stage: Stage, error: Exception) -> None:
    def fails(run: Run) -> None:
        raise error

    monkeypatch.setitem(stages.STEPS, stage, fails)


def test_where_the_graph_cannot_be_made_a_run_in_mvp_takes_over_with_the_drafts(
    monkeypatch: pytest.MonkeyPatch, sent: Sent
) -> None:
    run = drafted()
    atomize_plan(run)
    broken(monkeypatch, Stage.ORDERING, KeyError("app/a.py"))
    perform_stage(run.pk, Stage.ORDERING)

    failed, instead = Run.objects.get(pk=run.pk), Run.objects.exclude(pk=run.pk).get()
    assert (failed.mode, failed.status) == ("v2_atoms", "failed")
    assert failed.error == "Stage ordering broke: KeyError: 'app/a.py'"
    assert (instead.mode, instead.status, instead.stage) == ("mvp", "running", Stage.ATOMIZATION)
    assert instead.mode_reason == f"fallback: {failed.error}"
    assert MasterPlan.objects.get().status == "in_progress"
    assert ("advance_run", instead.pk) in sent

    perform_stage(instead.pk, Stage.ATOMIZATION)
    assert set(map(frozenset, kinds(run).values())) == {frozenset({"file"})}
    assert Run.objects.get(pk=instead.pk).stage == Stage.ORDERING


@pytest.mark.parametrize("switch", [True, False])
def test_no_fallback_where_it_is_switched_off_or_another_mode_would_not_help(
    monkeypatch: pytest.MonkeyPatch, switch: bool
) -> None:
    flag("FALLBACK_TO_MVP_ON_ERROR", switch)
    run = drafted()
    error = ProviderUnavailable("It is down.") if switch else KeyError("x")
    broken(monkeypatch, Stage.ATOMIZATION, error)
    perform_stage(run.pk, Stage.ATOMIZATION)
    assert (Run.objects.get().status, Run.objects.get().mode) == ("paused", "v2_atoms")
    assert MasterPlan.objects.get().pause_reason == ("provider_unavailable" if switch else "stage_broke")


def test_no_fallback_once_something_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    run = drafted()
    atomize_plan(run)
    atom = Atom.objects.earliest("number")
    Atom.objects.filter(pk=atom.pk).update(status="accepted", accepted=atom.current)
    broken(monkeypatch, Stage.ORDERING, KeyError("x"))
    perform_stage(run.pk, Stage.ORDERING)
    assert Run.objects.get().status == "paused"
