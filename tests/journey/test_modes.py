"""Other ways through the engine, with the same end: a unit per task, and parts switched off while workers run."""

from __future__ import annotations

import json

import pytest

from common.actors import Actor
from common.flag_overrides import set_flag
from execution.models import Atom, AtomDependency, DependencyGraph, Run, ValidationResult, Wave
from execution.output.report import Report
from planning.models import MasterPlan
from review.models import Review
from tests.journey.faults import last_words
from tests.journey.invariants import check_invariants
from tests.journey.private_services import PrivateServices

pytestmark = [pytest.mark.timeout(1200), pytest.mark.slow]

REQUEST = "An API for notes. A note has a title and a text."
EVA = Actor("user", "1", "eva")
OFF = ("DEPENDENCY_GRAPH", "HIERARCHICAL_VALIDATION", "WAVE_EXECUTION", "RETRY_FEEDBACK", "HUMAN_REVIEW")


def built(services: PrivateServices, *options: str) -> tuple[MasterPlan, Report]:
    done = services.manage("build", REQUEST, "--yes", "--json", *options, patience=900)
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stdout[-2000:]}\n{done.stderr}\n{last_words()}"
    report = Report.model_validate(json.loads(done.stdout))
    return MasterPlan.objects.get(pk=report.asked.plan), report


def test_a_unit_per_task_is_built_with_faults_and_mended_by_retries(workers: PrivateServices) -> None:
    plan, report = built(workers, "--mode", "mvp", "--fault-rate", "0.15", "--seed", "3")
    check_invariants(plan)
    atoms = Atom.objects.filter(plan=plan)
    assert set(atoms.values_list("kind", flat=True)) == {"file"}
    assert atoms.filter(attempts__gt=1).exists()
    assert (Run.objects.get(plan=plan).mode, report.tests.failed) == ("mvp", 0)


def test_flags_set_while_workers_run_hold_for_the_next_build(workers: PrivateServices) -> None:
    for name in OFF:
        set_flag(f"FF_ENABLE_{name}", False, actor=EVA)
    plan, report = built(workers, "--mode", "hybrid")
    check_invariants(plan)
    run, graph = Run.objects.get(plan=plan), DependencyGraph.objects.get(plan=plan)
    assert (run.mode, run.uses.ast_atomization, run.uses.wave_execution) == ("hybrid", True, False)
    assert (graph.by_tasks, AtomDependency.objects.filter(graph=graph).exists()) == (True, False)
    assert Wave.objects.filter(graph=graph).count() == plan.tasks.exclude(status="skipped").count()
    assert set(Wave.objects.filter(graph=graph).values_list("peak_parallel", flat=True)) >= {1}
    assert not ValidationResult.objects.filter(plan=plan, level=2).exists()
    assert not Review.objects.filter(plan=plan).exists()
    kinds = set(Atom.objects.filter(plan=plan).values_list("kind", flat=True))
    assert {"file", "function"} <= kinds, "what can be cut is, what cannot is made as a whole"
    assert report.tests.failed == 0
