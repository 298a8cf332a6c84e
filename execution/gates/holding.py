"""Gate S after a wave: tests whose tasks are complete are run, what they fail is charged, and the next wave waits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db.models import Count, F, Q
from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change
from common.configuration import configuration
from execution.gates.criteria import acceptance_tests, keep_criteria
from execution.gates.culprits import Charged, culprits_of, feedback_of, reopen
from execution.gates.gates import GATE_FAILED, excused_nodes, excused_tests, latest_results, pause_words, record_gate
from execution.gates.needs import readiness_of, that_can_run
from execution.gates.suite import Ran, keep_suite, run_suite, tell_start
from execution.levels.components import keep_components
from execution.models import AcceptanceTest, Atom, DependencyGraph, GateResult, Run, SuiteRun, Wave
from execution.rescoring import rescore
from execution.sandbox.isolation import Level, require
from execution.services.advance_stage import enter_stage
from execution.services.pausing import pause_now
from execution.services.runs import still_in
from execution.states import AtomStatus, Stage, WaveStatus
from execution.waves.checking import plan_environment

SHARES = (0.3, 0.65)
"""Tests run between waves when this share of all can run: with the run at the end about three times in a build."""
NEARLY_DONE = 0.05
"""With no more than this share of the atoms left the run at the end is near, and none comes before it."""
SHARE_OF_TIME = 0.1
"""Besides, tests run as soon as another can when a run of them costs no more than this of the time since the last."""
USUAL_SECONDS = 5.0
"""Of a run of tests, before there was one."""
MOST_REPAIRS = 2
"""How often in a row red tests between waves send their culprit back before a person is asked."""


def gate_is_open(run: Run, next_wave: Wave) -> bool:
    """Whether ``next_wave`` may begin. ``False`` after sending the run to its gate; called with the run's row locked.

    A wave after which nothing new is run has its gate judged by what was run before.
    """
    if next_wave.status != WaveStatus.PENDING:
        return True  # something goes back to a wave that was done: it is mended first
    last = _last_wave(next_wave.graph_id)
    if last is None or GateResult.objects.filter(run=run, wave=last, created_at__gte=last.finished_at).exists():
        return True
    tests = acceptance_tests(run.plan_id)
    if _tests_are_due(run, tests):
        enter_stage(run, Stage.GATE)
        return False
    record_gate(run, wave=last, tests=tests)
    return True


def hold_gate(run: Run) -> None:
    """Run what can run; go on to the next wave, send the culprit back, or pause with the failing tests."""
    require(Level(configuration().sandbox_required_level))
    keep_criteria(run.plan_id)
    tests = that_can_run(run.plan_id, acceptance_tests(run.plan_id))
    environment = plan_environment(run.plan)
    tell_start(run, tests)
    ran = run_suite(run.plan, environment, tests, only=readiness_of(run.plan_id).ready_files())
    excused = excused_nodes(run)
    charged = culprits_of(run.plan, ran, environment, excused=excused) if ran.red(excused) else Charged([])
    with change():
        if not still_in(run, Stage.GATE):
            return  # cancelled, or sent back meanwhile
        run.refresh_from_db(fields=["gate_repairs"])
        wave = _last_wave(_graph_of(run))
        keep_suite(run, ran, wave=wave)
        keep_components(run, ran)
        rescore(run.plan_id)
        Run.objects.filter(pk=run.pk).update(gate_rounds=F("gate_rounds") + 1)
        gate = record_gate(run, wave=wave, suspects=charged.atoms)
        _decide(run, ran, gate, charged)


def _decide(run: Run, ran: Ran, gate: GateResult, charged: Charged) -> None:
    if charged.atoms and run.gate_repairs < MOST_REPAIRS:
        reopen(run, feedback_of(charged.atoms, ran.tree, ran.red()), reason=charged.reason)
        Run.objects.filter(pk=run.pk).update(gate_repairs=F("gate_repairs") + 1)
        enter_stage(run, Stage.WAVES)
    elif gate.passed is False:
        pause_now(run, reason=GATE_FAILED, detail=pause_words(gate), actor=SYSTEM)
    else:  # red tests that no criterion names are seen to at the end
        if not charged.atoms:
            Run.objects.filter(pk=run.pk).update(gate_repairs=0)
        enter_stage(run, Stage.WAVES)


def _tests_are_due(run: Run, known: Sequence[AcceptanceTest]) -> bool:
    """Whether enough tests became able to run, or one that failed has to be run again."""
    tests = [test for test in known if test.node_id or test.code]
    if not tests or _is_nearly_done(run):
        return False
    excused = excused_tests(run)
    latest = latest_results(run)
    if any(row.passed is False and str(pk) not in excused for pk, row in latest.items()):
        return True
    able = that_can_run(run.plan_id, tests)
    if all(test.pk in latest for test in able):
        return False
    enough = run.gate_rounds < len(SHARES) and len(able) >= SHARES[run.gate_rounds] * len(tests)
    return enough or _are_cheap_now(run)


def _are_cheap_now(run: Run) -> bool:
    """Whether a run of tests costs little of the time in which there was none."""
    last = SuiteRun.objects.filter(run=run).first()
    since = timezone.now() - (last.created_at if last else run.started_at)
    return (last.seconds if last else USUAL_SECONDS) <= SHARE_OF_TIME * since.total_seconds()


def _is_nearly_done(run: Run) -> bool:
    atoms = Atom.objects.filter(plan_id=run.plan_id).exclude(status=AtomStatus.SKIPPED)
    counted = atoms.aggregate(all=Count("pk"), left=Count("pk", filter=~Q(status=AtomStatus.ACCEPTED)))
    return int(counted["left"]) <= NEARLY_DONE * int(counted["all"])


def _last_wave(graph_id: uuid.UUID | None) -> Wave | None:
    """The wave of a graph that was completed last."""
    done = Wave.objects.filter(graph=graph_id, status=WaveStatus.COMPLETED, finished_at__isnull=False)
    return done.order_by("-finished_at", "-number").first()


def _graph_of(run: Run) -> uuid.UUID | None:
    """The latest one of the run's plan."""
    return DependencyGraph.objects.filter(plan_id=run.plan_id).values_list("pk", flat=True).first()
