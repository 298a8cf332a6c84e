"""Plans that no sensible person makes: the run comes to a clear state with its reason, and can go on from there."""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from execution.drafts.drafting import draft_task
from execution.failures import analyse_failure
from execution.models import Atom, DependencyGraph, Round, Run, Wave
from execution.reconciler import reconcile
from execution.services.advance import advance_run
from execution.services.runs import ask_to_pause, resume_run
from execution.services.stages import perform_stage
from execution.services.trying_again import try_again
from execution.states import Stage
from execution.waves.closing import close_round
from execution.waves.judging import judge_drafts
from integrations.llm.errors import ProviderUnavailable
from integrations.llm.shapes import AtomCode, ProjectFile, TaskCode
from planning.models import MasterPlan, Task
from tests.execution.building import PERSON, Build, finding, make_build, report_of, retry_atom
from tests.execution.conftest import Checks
from tests.factories import MasterPlanFactory
from tests.planning.conftest import ScriptedProvider

pytestmark = pytest.mark.django_db

TEXTS = {"app/a.py": {"first": "def first() -> int:\n    return 1\n"}}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("execution.services.ordering.environment_for", lambda *arguments: None)


def how_it_stands(run: Run) -> tuple[str, str, str, str]:
    row = Run.objects.select_related("plan").get(pk=run.pk)
    return (row.stage, row.status, row.plan.status, row.plan.pause_reason)


def test_a_plan_without_tasks_waits_and_says_that_there_is_nothing_to_build(tmp_path: Path) -> None:
    plan: MasterPlan = MasterPlanFactory(status="in_progress", workspace_path=str(tmp_path))
    run = Run.objects.create(plan=plan, mode="v2_atoms")
    advance_run(run.pk)
    for _ in range(2):
        perform_stage(run.pk, Stage.ATOMIZATION)
        assert how_it_stands(run) == (Stage.ATOMIZATION, "paused", "paused", "nothing_to_build")
        plan.refresh_from_db()
        assert plan.pause_detail.startswith("No task of ")
        resume_run(plan=plan, actor=PERSON)


def test_a_task_without_files_asks_nobody_and_is_ready_when_the_others_are_cut(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    build = make_build(TEXTS, workspace=tmp_path, stage=Stage.CODE_GENERATION)
    Task.objects.update(draft=[])
    idle = Task.objects.create(
        plan=build.plan,
        milestone=build.task.milestone,
        number=99,
        short_id="task_099",
        title="Think",
        type="planning",
        estimated_minutes=10,
        story_points=1,
        status="pending",
    )
    draft_task(build.run.pk, idle.pk)
    advance_run(build.run.pk)
    perform_stage(build.run.pk, Stage.ATOMIZATION)
    assert provider.purposes == []
    idle.refresh_from_db()
    assert (idle.draft, idle.draft_attempts, idle.status) == ([], 0, "ready_for_test")
    assert how_it_stands(build.run) == (Stage.ORDERING, "running", "in_progress", "")


def test_a_graph_with_every_atom_in_one_cycle_is_broken_and_built(tmp_path: Path) -> None:
    ring = {f"f{number}": f"def f{number}():\n    return f{(number + 1) % 30}()\n\n\n" for number in range(30)}
    build = make_build({"app/a.py": ring}, workspace=tmp_path, stage=Stage.ORDERING)
    DependencyGraph.objects.all().delete()
    perform_stage(build.run.pk, Stage.ORDERING)
    graph = DependencyGraph.objects.get()
    assert len(graph.broken_edges) >= 1
    assert graph.memberships.count() == 30
    assert how_it_stands(build.run) == (Stage.WAVES, "running", "in_progress", "")
    advance_run(build.run.pk)
    assert Round.objects.get().atom_ids != []


@pytest.mark.slow
def test_a_wave_of_5000_atoms_is_one_round_and_can_be_paused_in_the_middle(
    tmp_path: Path, checks: list[Checks], settings: Any
) -> None:
    settings.DEVMATRIX = dataclasses.replace(settings.DEVMATRIX, max_wave_atoms=5000)
    build = make_build(TEXTS, workspace=tmp_path, stage=Stage.ATOMIZATION)
    DependencyGraph.objects.all().delete()
    Atom.objects.all().delete()
    functions = [f"def f{number}() -> int:\n    return {number}\n" for number in range(5000)]
    files = {f"app/m{first}.py": "\n\n".join(functions[first : first + 100]) for first in range(0, 5000, 100)}
    draft = [{"path": path, "text": text} for path, text in files.items()]
    Task.objects.update(draft=draft, target_files=list(files))
    perform_stage(build.run.pk, Stage.ATOMIZATION)
    perform_stage(build.run.pk, Stage.ORDERING)
    advance_run(build.run.pk)
    (wave,), (round_,) = Wave.objects.all(), Round.objects.all()
    assert (wave.atoms_total, len(round_.atom_ids)) == (5000, 5000)
    atoms = [uuid.UUID(atom) for atom in round_.atom_ids]
    assert judge_drafts(round_.pk, atoms[:2000]) == 2000
    ask_to_pause(plan=build.plan, actor=PERSON)
    assert judge_drafts(round_.pk, atoms[2000:]) == 0
    advance_run(build.run.pk)
    assert how_it_stands(build.run) == (Stage.WAVES, "paused", "paused", "person")
    resume_run(plan=build.plan, actor=PERSON)
    assert judge_drafts(round_.pk, atoms) == 3000
    close_round(round_.pk)
    assert Atom.objects.filter(status="accepted", attempts=1).count() == 5000
    assert Wave.objects.get().status == "completed"
    assert how_it_stands(build.run) == (Stage.WAVES, "running", "in_progress", "")


def fail_in_the_first_round(build: Build, checks: list[Checks]) -> None:
    checks.append(lambda files: report_of(finding("app/a.py", 1)))
    advance_run(build.run.pk)
    judge_drafts(Round.objects.get().pk, [build.atoms["first"].pk])
    close_round(Round.objects.get().pk)
    assert build.atom("first").status == "retrying"


def test_a_model_that_always_fails_pauses_the_run_every_time_and_spends_no_attempt(
    tmp_path: Path, provider: ScriptedProvider, checks: list[Checks]
) -> None:
    build = make_build(TEXTS, workspace=tmp_path)
    fail_in_the_first_round(build, checks)
    provider.answer("atom_retry", ProviderUnavailable("It is down."))
    for _ in range(2):
        advance_run(build.run.pk)
        retry_atom(Round.objects.get(status="open").pk, build.atoms["first"].pk)
        assert how_it_stands(build.run) == (Stage.WAVES, "paused", "paused", "provider_unavailable")
        resume_run(plan=build.plan, actor=PERSON)
    assert (build.atom("first").status, build.atom("first").attempts) == ("retrying", 1)


def test_a_model_that_answers_nonsense_ends_in_a_decision_of_a_person(
    tmp_path: Path, provider: ScriptedProvider, checks: list[Checks]
) -> None:
    build = make_build(TEXTS, workspace=tmp_path)
    fail_in_the_first_round(build, checks)
    provider.answer("atom_retry", TaskCode(files=[ProjectFile(path="x", text="blorp")]))
    for _ in range(2):
        advance_run(build.run.pk)
        round_ = Round.objects.get(status="open")
        assert retry_atom(round_.pk, build.atoms["first"].pk) == "recorded"
        close_round(round_.pk)
    atom = build.atom("first")
    assert (atom.status, atom.attempts, atom.awaiting_decision) == ("validating", 3, True)
    assert [row.errors[0]["code"] for row in atom.attempt_rows.order_by("attempt")][1:] == ["answer_invalid"] * 2
    assert Wave.objects.get().status == "completed"


def test_a_model_that_answers_nothing_but_nonsense_pauses_the_run_until_somebody_mends_it(
    tmp_path: Path, provider: ScriptedProvider, checks: list[Checks]
) -> None:
    build = make_build(TEXTS, workspace=tmp_path)
    fail_in_the_first_round(build, checks)
    nonsense = TaskCode(files=[ProjectFile(path="x", text="blorp")])
    provider.answer("atom_retry", nonsense)
    provider.answer("debug_analysis", nonsense)
    for _ in range(2):
        advance_run(build.run.pk)
        round_ = Round.objects.get(status="open")
        retry_atom(round_.pk, build.atoms["first"].pk)
        close_round(round_.pk)
    for _ in range(2):
        advance_run(build.run.pk)
        analyse_failure(build.atoms["first"].pk)
        assert how_it_stands(build.run) == (Stage.WAVES, "paused", "paused", "answer_invalid")
        resume_run(plan=build.plan, actor=PERSON)
    provider.answer("atom_retry", AtomCode(code="def first() -> int:\n    return 2\n"))
    checks.append(lambda files: report_of())
    try_again(atom=build.atom("first"), hint="Return two.", actor=PERSON)
    advance_run(build.run.pk)
    round_ = Round.objects.get(status="open")
    assert retry_atom(round_.pk, build.atoms["first"].pk) == "recorded"
    close_round(round_.pk)
    advance_run(build.run.pk)
    assert build.atom("first").status == "accepted"
    assert how_it_stands(build.run) == (Stage.INFRASTRUCTURE, "running", "in_progress", "")


def test_a_close_that_breaks_pauses_the_run_and_goes_on_where_it_is_mended(
    tmp_path: Path, checks: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(round_: Round, run: Run) -> None:
        raise KeyError("app/a.py")

    build = make_build(TEXTS, workspace=tmp_path)
    advance_run(build.run.pk)
    judge_drafts(Round.objects.get().pk, [build.atoms["first"].pk])
    with monkeypatch.context() as patched:
        patched.setattr("execution.waves.closing.judge_round", broken)
        close_round(Round.objects.get().pk)
    assert how_it_stands(build.run) == (Stage.WAVES, "paused", "paused", "work_broke")
    assert "broke: KeyError: 'app/a.py'" in build.current_plan().pause_detail
    resume_run(plan=build.plan, actor=PERSON)
    close_round(Round.objects.get().pk)
    assert build.atom("first").status == "accepted"


def test_an_answer_that_breaks_a_part_of_ours_is_paid_as_often_as_there_are_attempts(
    tmp_path: Path, provider: ScriptedProvider, checks: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise RecursionError("too deep")

    build = make_build(TEXTS, workspace=tmp_path)
    fail_in_the_first_round(build, checks)
    provider.answer("atom_retry", AtomCode(code="def first() -> int:\n    return 2\n"))
    monkeypatch.setattr("execution.waves.attempting.judge_alone", broken)
    for _ in range(2):
        advance_run(build.run.pk)
        round_ = Round.objects.get(status="open")
        assert retry_atom(round_.pk, build.atoms["first"].pk) == "recorded"
        close_round(round_.pk)
    atom = build.atom("first")
    assert (atom.attempts, atom.awaiting_decision, provider.purposes.count("atom_retry")) == (3, True, 2)
    assert atom.feedback[0]["code"] == "work_broke"


def test_an_atom_whose_workers_always_die_of_it_stops_the_run(tmp_path: Path, sent: list[tuple[Any, ...]]) -> None:
    build = make_build(TEXTS, workspace=tmp_path)
    lost = {"status": "running", "claim": uuid.uuid4(), "claim_expires": timezone.now() - timedelta(seconds=1)}
    build.set("first", claims=19, **lost)
    reconcile()
    assert how_it_stands(build.run)[1] == "running"
    build.set("first", claims=20, **lost)
    reconcile()
    assert how_it_stands(build.run) == (Stage.WAVES, "paused", "paused", "work_is_lost")
    assert "app/a.py:first was begun 20 times" in build.current_plan().pause_detail
    assert Atom.objects.get().status == "pending"
    resume_run(plan=build.plan, actor=PERSON)
    assert how_it_stands(build.run)[1] == "running"
