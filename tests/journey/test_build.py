"""The main job, as a user starts it: from a request in plain words to a project whose own tests pass."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from common.models import PlanEvent, PlanHistory
from devmatrix_project.services.application import ProcessorWorker
from execution.acceptance.starting import start_project
from execution.acceptance.testing import run_tests
from execution.drafts.by_hand import fix_atom
from execution.gates.culprits import BISECTED
from execution.models import Atom, AtomAttempt, Run, ValidationResult
from execution.output.endpoints import endpoints_of
from execution.output.report import Report
from execution.services.carrying import import_plan
from planning.models import MasterPlan
from tests.execution.building import PERSON
from tests.journey.faults import last_words, until
from tests.journey.invariants import check_invariants, git
from tests.journey.private_services import PrivateServices, frozen
from tests.portable.rich import exported, forget
from tests.prepared import prepared_environment

pytestmark = pytest.mark.timeout(1200)
slow = pytest.mark.slow

ENGLISH = "An API for notes. A note has a title and a text and belongs to a notebook; a notebook has a name."
SPANISH = (
    "Una API para una biblioteca pequeña: los libros tienen título, ISBN y año; los autores tienen nombre y escriben "
    "libros."
)
PAGING = (".offset(query.offset)", ".offset(query.offset + 1)")
DJANGO = "Una API con Django para notas: cada nota tiene título y texto."


@dataclass(frozen=True)
class Built:
    """What a build left: its plan, the report it printed, and the files."""

    plan: MasterPlan
    report: Report

    @property
    def root(self) -> Path:
        return Path(self.plan.workspace_path)


def build(services: PrivateServices, request: str, *options: str) -> Built:
    done = services.manage("build", request, "--yes", "--json", *options, patience=900)
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout[-2000:]}\n{done.stderr}\n{last_words()}"
    report = Report.model_validate(json.loads(done.stdout))
    return Built(MasterPlan.objects.get(pk=report.asked.plan), report)


@pytest.fixture(scope="module")
def english(workers: PrivateServices) -> Built:
    return build(workers, ENGLISH)


@pytest.fixture(scope="module")
def spanish(workers: PrivateServices) -> Built:
    return build(workers, SPANISH, "--fault-rate", "0.2", "--seed", "7")


@pytest.fixture(scope="module")
def django(workers: PrivateServices) -> Built:
    return build(workers, DJANGO)


@pytest.fixture(params=["english", pytest.param("spanish", marks=slow), pytest.param("django", marks=slow)])
def built(request: pytest.FixtureRequest) -> Built:
    found: Built = request.getfixturevalue(request.param)
    return found


def test_every_invariant_holds(built: Built) -> None:
    check_invariants(built.plan)


def test_without_faults_every_atom_is_accepted_as_drafted(english: Built) -> None:
    assert not Atom.objects.filter(plan=english.plan).exclude(status="accepted", attempts=1).exists()
    assert not AtomAttempt.objects.filter(atom__plan=english.plan, success=False).exists()
    assert [(row.attempt, row.accepted) for row in english.report.attempts] == [(1, english.report.built.atoms_total)]
    assert english.report.failures == []


@slow
def test_faults_are_found_and_mended_by_retries(spanish: Built) -> None:
    retried = Atom.objects.filter(plan=spanish.plan, attempts__gt=1)
    assert retried.exists()
    assert set(retried.values_list("status", flat=True)) == {"accepted"}
    failed = AtomAttempt.objects.filter(atom__plan=spanish.plan, success=False)
    assert all(row.errors or row.atom.attempts > 1 for row in failed)
    found = ValidationResult.objects.filter(plan=spanish.plan, level=1, passed=False)
    assert found.exists()


@slow
def test_the_same_words_come_back_in_the_report(spanish: Built) -> None:
    assert spanish.report.asked.request == SPANISH
    assert spanish.plan.original_request == SPANISH


@pytest.mark.parametrize(
    ("which", "resources"),
    [
        ("english", {"notes", "notebooks"}),
        pytest.param("spanish", {"books", "authors"}, marks=slow),
        pytest.param("django", {"notes", "{id}"}, marks=slow),
    ],
)
def test_the_project_has_endpoints_for_everything_asked_for(
    which: str, resources: set[str], request: pytest.FixtureRequest
) -> None:
    built: Built = request.getfixturevalue(which)
    files = {path: (built.root / path).read_text() for path in git(built.root, "ls-files").splitlines()}
    found = {(endpoint.method, endpoint.path) for endpoint in endpoints_of(files)}
    assert found == {(endpoint.method, endpoint.path) for endpoint in built.report.built.endpoints}
    named = {part for _, path in found for part in path.split("/")}
    assert resources <= named
    assert ("GET", "/health") in found


def test_the_projects_own_tests_pass_once_more(built: Built) -> None:
    report = run_tests(built.root, prepared_environment(built.plan.stack))
    assert report.status == "passed", report.output
    assert report.red == ()
    assert sum(1 for case in report.tests if case.outcome == "passed") == built.report.tests.passed > 10


def test_the_project_starts_and_answers(built: Built) -> None:
    report = start_project(built.root, prepared_environment(built.plan.stack))
    assert (report.status, report.http_status) == ("passed", 200), report.reason
    assert json.loads(report.body)["status"] == "ok"


def test_the_code_is_clean_by_the_projects_own_settings(built: Built) -> None:
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", "."],
            cwd=built.root, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_wave_that_completed_a_file_is_a_commit(built: Built) -> None:
    subjects = git(built.root, "log", "--reverse", "--format=%s").splitlines()
    assert subjects[-2:] == ["Infrastructure", "Report"]
    numbers = [int(subject.split()[1].rstrip(":")) for subject in subjects[:-2]]
    assert numbers == sorted(set(numbers))


@slow
def test_a_task_tried_again_after_completion_is_built_tested_and_reported_in_a_small_run(
    workers: PrivateServices, english: Built
) -> None:
    plan = english.plan
    before = PlanEvent.objects.filter(stream_id=plan.pk).latest("seq").seq
    task = plan.tasks.filter(type="implementation").order_by("number")[0]
    told = workers.manage("retry", str(plan.pk), task.short_id, "--hint", "Say it in other words.")
    assert (told.returncode, told.stdout) == (0, f"{task.short_id} is tried again.\n"), told.stderr
    watched = workers.manage("watch", str(plan.pk), "--json", "--since", str(before), patience=600)
    events = [json.loads(line)["type"] for line in watched.stdout.splitlines()]
    assert (events[-1], events.count("masterplan_execution_start")) == ("complete", 1), last_words()
    plan.refresh_from_db()
    assert (plan.status, float(plan.progress_percent)) == ("completed", 100.0)
    assert [run.status for run in plan.runs.all()] == ["completed", "completed"]
    assert not Atom.objects.filter(plan=plan).exclude(status="accepted").exists()
    assert Atom.objects.filter(task=task, attempts=2).exists()
    assert git(english.root, "tag", "--points-at", "HEAD").split() == [f"v{plan.version}.1"]
    assert git(english.root, "status", "--porcelain") == ""


@slow
def test_a_change_that_turns_tests_red_is_found_by_bisection_and_mended(
    workers: PrivateServices, english: Built
) -> None:
    plan = english.plan
    before = plan.runs.count()
    atoms = Atom.objects.filter(plan=plan).select_related("current").order_by("number")
    paging = atoms.filter(path__startswith="app/repositories/", current__text__contains=PAGING[0])[0]
    first, last = atoms.filter(path__startswith="app/services/", current__text__contains='."""')[:2]
    right = paging.current.text if paging.current else ""
    with frozen(workers.service(ProcessorWorker)):  # no test runs before all three are changed
        told_in_docstring(first)
        fix_atom(task_id=paging.task_id, atom_id=paging.pk, code=right.replace(*PAGING), actor=PERSON)
        told_in_docstring(last)
    until(lambda: plan.runs.filter(status="completed").count() > before, "the small run completes", seconds=600)
    sent_back = PlanHistory.objects.filter(plan_id=plan.pk, reason=BISECTED).values("item_id")
    assert list(Atom.objects.filter(pk__in=sent_back)) == [paging]
    paging.refresh_from_db()
    assert (paging.status, paging.accepted.text if paging.accepted else "") == ("accepted", right)
    assert all("Read by hand." in (english.root / atom.path).read_text() for atom in (first, last))
    assert Run.objects.filter(plan=plan).latest("started_at").test_rounds == 2
    assert git(english.root, "status", "--porcelain") == ""


def told_in_docstring(atom: Atom) -> None:
    text = atom.current.text.replace('."""', '. Read by hand."""', 1) if atom.current else ""
    fix_atom(task_id=atom.task_id, atom_id=atom.pk, code=text, actor=PERSON)


@slow
def test_a_built_plan_is_carried_away_and_comes_back_equal(spanish: Built, settings: Any) -> None:
    plan, root = spanish.plan, spanish.root
    settings.DEVMATRIX = replace(settings.DEVMATRIX, workspaces_dir=root.parent)
    head, document = git(root, "rev-parse", "HEAD"), exported(plan)
    forget(plan)
    assert not MasterPlan.objects.filter(pk=plan.pk).exists()
    arrived = import_plan(source=io.BytesIO(document)).plan
    assert exported(arrived) == document
    check_invariants(arrived)
    assert git(root, "rev-parse", "HEAD") == head, "its files are as they were"
