"""A plan is changed in plain words while it is built, and when it is finished: only what changes is made again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone

from common.actors import Actor
from execution.models import Atom, AtomAttempt, DependencyGraph, Run, Wave
from execution.output.report import Report
from execution.services.modifying import approve_modification, reject_modification, request_modification
from execution.services.runs import start_run
from execution.states import AtomStatus, RunStatus, WaveStatus
from integrations.models import LLMCall
from planning.models import MasterPlan, ModificationProposal, Task
from planning.plan_impact import Impact
from planning.services.approval import approve_plan
from planning.states import PlanStatus, TaskStatus
from tests.journey.faults import last_words, until
from tests.journey.invariants import events_have_no_gaps, git, nothing_is_claimed
from tests.journey.private_services import PrivateServices

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SETTINGS = {
    "CLAIM_LEASE_SECONDS": "3",
    "RECONCILE_EVERY_SECONDS": "1",
    "RESEND_AFTER_SECONDS": "3",
    "ATOM_BATCH_SIZE": "5",
}
REQUEST = "An API for notes. A note has a title and a text and belongs to a notebook; a notebook has a name."
PERSON = Actor("system", "", "ana")


@dataclass(frozen=True)
class Kept:
    """Of an atom that stands: its text, how often it was tried, and what was ever written of it."""

    text: str
    attempts: int
    rows: int


def standing(plan: MasterPlan, tasks: set[str]) -> dict[uuid.UUID, Kept]:
    """Accepted atoms of these tasks."""
    atoms = Atom.objects.filter(plan=plan, status=AtomStatus.ACCEPTED, task__short_id__in=tasks)
    return {
        atom.pk: Kept(atom.accepted.text, atom.attempts, AtomAttempt.objects.filter(atom=atom).count())
        for atom in atoms.select_related("accepted")
        if atom.accepted is not None
    }


def tasks_of(plan: MasterPlan) -> set[str]:
    return set(Task.objects.filter(plan=plan, left_in__isnull=True).values_list("short_id", flat=True))


def drafted_since(plan: MasterPlan, moment: datetime) -> set[str]:
    """Short ids of tasks for which a model was asked for code after ``moment``."""
    calls = LLMCall.objects.filter(plan_id=plan.pk, purpose__in=["task_code", "atom_retry"], created_at__gt=moment)
    tasks = calls.values_list("task_id", flat=True)
    return set(Task.objects.filter(pk__in=tasks).values_list("short_id", flat=True))


def proposed(plan: MasterPlan, words: str) -> tuple[ModificationProposal, Impact]:
    asked = request_modification(plan=plan, requirement=words, actor=PERSON)
    rows = ModificationProposal.objects.filter(pk=asked.pk).exclude(analysed_at__isnull=True, error__isnull=True)
    found = until(rows.first, "the modification is analysed")
    assert found.error is None, found.error
    return found, Impact.model_validate(found.impact)


def finished(plan: MasterPlan) -> Report:
    open_runs = Run.objects.filter(plan=plan).exclude(status=RunStatus.COMPLETED)
    until(lambda: not open_runs.filter(status=RunStatus.RUNNING).exists(), "the run ends", seconds=600)
    until(lambda: not Run.objects.filter(plan=plan, stage_claim__isnull=False).exists(), "the last stage lets go")
    plan.refresh_from_db()
    assert plan.status == PlanStatus.COMPLETED, last_words()
    assert not open_runs.exists(), last_words()
    run = Run.objects.filter(plan=plan).latest("started_at")
    report = Report.model_validate(run.report)
    assert (report.tests.verdict, report.tests.failed) == ("passed", 0)
    assert git(Path(plan.workspace_path), "status", "--porcelain") == ""
    events_have_no_gaps([plan.pk])
    nothing_is_claimed(plan)
    the_graph_is_that_of_the_version(plan)
    return report


def the_graph_is_that_of_the_version(plan: MasterPlan) -> None:
    """Every atom that is there stands in one wave, after what it needs; none that left does."""
    graph = DependencyGraph.objects.get(plan=plan, version=plan.version)
    wave_of = dict(graph.memberships.values_list("atom", "wave__number"))
    units = dict(Atom.objects.filter(plan=plan).exclude(status=AtomStatus.SKIPPED).values_list("pk", "unit"))
    assert set(wave_of) == set(units)
    assert set(graph.waves.values_list("status", flat=True)) == {WaveStatus.COMPLETED}
    for source, target in graph.dependencies.filter(broken=False).values_list("source", "target"):
        assert wave_of[source] < wave_of[target] or units[source] == units[target]


@pytest.fixture(scope="module")
def plan(workers: PrivateServices) -> MasterPlan:
    """Under way, with some waves behind it."""
    made = workers.manage("plan", REQUEST, "--json", patience=600)
    assert made.returncode == 0, made.stderr
    plan = MasterPlan.objects.get()
    start_run(plan=approve_plan(plan_id=plan.pk, actor=PERSON), actor=PERSON)
    done = Wave.objects.filter(plan=plan, status=WaveStatus.COMPLETED)
    until(lambda: done.count() >= 3, "three waves are complete", seconds=400)
    return plan


def test_a_change_that_is_rejected_leaves_everything_and_the_build_goes_on(plan: MasterPlan) -> None:
    proposal, impact = proposed(plan, "Notebooks have a color.")
    plan.refresh_from_db()
    assert (plan.status, plan.pause_reason) == ("paused", "modification")
    assert any("Notebook gets color" in words for words in impact.entity_changes)
    reject_modification(proposal_id=proposal.pk, actor=PERSON, reason="Later.")
    plan.refresh_from_db()
    assert (plan.status, plan.version) == ("in_progress", 1)


def test_a_change_in_the_middle_of_a_build_is_built_and_nothing_else_again(
    plan: MasterPlan, workers: PrivateServices
) -> None:
    proposal, impact = proposed(plan, "Notes have a priority.")
    changed = {item.id for item in [*impact.changed_tasks, *impact.removed_tasks]}
    untouched = tasks_of(plan) - changed - {item.id for item in impact.dependents}
    before, beside = standing(plan, untouched), standing(plan, {item.id for item in impact.dependents})
    assert changed
    assert before
    workers.stop_application()  # while the proposal waits
    workers.start()

    moment = timezone.now()
    approve_modification(proposal_id=proposal.pk, actor=PERSON)
    finished(plan)

    assert plan.version == 2
    after = standing(plan, untouched)
    assert {pk: after.get(pk) for pk in before} == before
    texts = {pk: kept.text for pk, kept in standing(plan, {item.id for item in impact.dependents}).items()}
    assert {pk: texts.get(pk) for pk in beside} == {pk: kept.text for pk, kept in beside.items()}
    written = drafted_since(plan, moment)
    assert changed <= written
    assert not written & {name for name in untouched if before_drafted(plan, name, moment)}
    root = Path(plan.workspace_path)
    assert "priority" in (root / "app/models/note.py").read_text()
    assert git(root, "tag", "--points-at", "HEAD").split() == ["v2"]


def before_drafted(plan: MasterPlan, short_id: str, moment: datetime) -> bool:
    return Task.objects.filter(plan=plan, short_id=short_id, drafted_at__lt=moment).exists()


def test_a_finished_plan_is_changed_in_a_small_run(plan: MasterPlan) -> None:
    proposal, impact = proposed(plan, "Add tags with name to notebooks.")
    changed = {item.id for item in impact.changed_tasks}
    untouched = tasks_of(plan) - changed - {item.id for item in impact.dependents}
    before = standing(plan, untouched)
    finished_before = dict(
        Task.objects.filter(plan=plan, short_id__in=untouched).values_list("short_id", "completed_at")
    )
    assert before
    moment = timezone.now()
    approve_modification(proposal_id=proposal.pk, actor=PERSON)
    plan.refresh_from_db()
    assert (plan.status, plan.version) == ("completed", 3)
    report = finished(plan)

    assert standing(plan, untouched) == before
    assert dict(Task.objects.filter(plan=plan, short_id__in=untouched).values_list("short_id", "completed_at")) == (
        finished_before
    )
    assert drafted_since(plan, moment) == changed | {item.id for item in impact.new_tasks}
    assert any(endpoint.path.startswith("/tags") for endpoint in report.built.endpoints)
    assert Task.objects.filter(plan=plan).exclude(status=TaskStatus.DONE).count() == 0


def test_what_is_taken_out_of_a_finished_plan_is_gone_from_its_files_and_kept_in_its_history(plan: MasterPlan) -> None:
    proposal, impact = proposed(plan, "Remove tags.")
    removed = {item.id for item in impact.removed_tasks}
    atoms = Atom.objects.filter(plan=plan, task__short_id__in=removed)
    attempts = AtomAttempt.objects.filter(atom__in=atoms).count()
    assert removed
    approve_modification(proposal_id=proposal.pk, actor=PERSON)
    report = finished(plan)

    assert not any(endpoint.path.startswith("/tags") for endpoint in report.built.endpoints)
    assert not list(Path(plan.workspace_path).rglob("*tag.py"))
    left = Task.objects.filter(plan=plan, short_id__in=removed)
    assert set(left.values_list("status", "left_in")) == {(TaskStatus.SKIPPED, 4)}
    assert AtomAttempt.objects.filter(atom__in=atoms).count() == attempts
    assert set(atoms.values_list("status", flat=True)) == {AtomStatus.SKIPPED}
    assert report.not_done == []
