"""Level 4 and the last gate: the project proves itself in an environment of its own; red tests go back to a wave."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from common.actors import SYSTEM
from common.changes import change
from common.configuration import configuration
from common.transitions import transition_many
from execution.acceptance.report import TestCase
from execution.gates.criteria import acceptance_tests, keep_criteria
from execution.gates.culprits import Charged, culprits_of, feedback_of, may_try_again, reopen
from execution.gates.gates import GATE_FAILED, excused_nodes, pause_words, record_gate
from execution.gates.suite import keep_suite, tell_start
from execution.gates.writing import complete_acceptance
from execution.levels.components import keep_components
from execution.levels.results import keep_checks
from execution.levels.system import SystemProof, prove_system
from execution.models import DependencyGraph, GateResult, Run, Wave
from execution.rescoring import rescore
from execution.sandbox.isolation import Level, require
from execution.services.advance_stage import enter_stage
from execution.services.pausing import pause_now
from execution.services.runs import still_in
from execution.states import Stage
from planning.models import Task
from planning.services.progress import refresh_progress
from planning.states import TaskStatus

logger = logging.getLogger(__name__)

MAX_TEST_ROUNDS = 4
TESTS_FAILED = "tests_failed"


def run_project_tests(run: Run) -> None:
    """Prove the whole; green goes on to closing, red sends the culprits back, at last a person is asked."""
    require(Level(configuration().sandbox_required_level))
    keep_criteria(run.plan_id)
    complete_acceptance(run.plan_id)
    tests = acceptance_tests(run.plan_id)
    tell_start(run, tests)
    proof = prove_system(run.plan, tests)
    excused = excused_nodes(run)
    last = run.test_rounds + 1 >= MAX_TEST_ROUNDS
    charged = _charged(run, proof, set(excused))
    with change():
        if not still_in(run, Stage.TESTING):
            return  # cancelled, or sent back meanwhile
        Run.objects.filter(pk=run.pk).update(test_rounds=run.test_rounds + 1)
        wave = _last_wave(run)
        keep_suite(run, proof.ran, wave=wave, final=True)
        keep_checks(run.plan_id, 4, proof.checks)
        keep_components(run, proof.ran)
        rescore(run.plan_id)
        red = proof.ran.red(excused)
        if not last and _send_back(run, proof, charged, red):
            enter_stage(run, Stage.WAVES)
            return
        gate = record_gate(run, wave=wave, final=True, suspects=charged.atoms)
        _go_on_or_pause(run, proof, gate, excused)


def _send_back(run: Run, proof: SystemProof, charged: Charged, red: Sequence[TestCase]) -> bool:
    """Whether atoms went back to their waves: the culprits of red tests, and those on whose lines a check fails."""
    culprits = feedback_of(charged.atoms, proof.ran.tree, red)
    wrong = {atom: items for atom, items in proof.charged.items() if may_try_again(atom) and atom not in culprits}
    if culprits:
        reopen(run, culprits, reason=charged.reason)
    if wrong:
        reopen(run, wrong, reason="the whole project is checked, and something is wrong with it")
    if culprits or wrong:
        logger.info("%d atoms go back (%s), %d for checks.", len(culprits), charged.reason, len(wrong))
    return bool(culprits or wrong)


def _charged(run: Run, proof: SystemProof, excused: set[str]) -> Charged:
    if proof.environment is None:
        return Charged([])
    return culprits_of(run.plan, proof.ran, proof.environment, excused=excused)


def _go_on_or_pause(run: Run, proof: SystemProof, gate: GateResult, excused: Mapping[str, str]) -> None:
    """What is broken as a whole comes first: no override of a gate would mend that."""
    broken = [check for check in proof.failing if check.layer != "tests" or check.passed is None]
    if broken:
        detail = "; ".join(f"{check.layer}: {check.reason or _first(check.errors)}" for check in broken)
        pause_now(run, reason=TESTS_FAILED, detail=detail, actor=SYSTEM)
    elif gate.passed is False:
        pause_now(run, reason=GATE_FAILED, detail=pause_words(gate), actor=SYSTEM)
    elif red := proof.ran.red(excused):
        names = "; ".join(case.node_id for case in red[:5])
        pause_now(run, reason=TESTS_FAILED, detail=f"{len(red)} tests fail. {names}", actor=SYSTEM)
    elif proof.failing and not proof.ran.report.red:
        pause_now(run, reason=TESTS_FAILED, detail=proof.ran.report.reason, actor=SYSTEM)
    else:
        _pass(run)


def _pass(run: Run) -> None:
    tested = transition_many(
        Task.objects.filter(plan_id=run.plan_id, status=TaskStatus.READY_FOR_TEST), TaskStatus.TESTED, actor=SYSTEM
    )
    if tested:
        refresh_progress(run.plan_id, actor=SYSTEM)
    enter_stage(run, Stage.CLOSING)


def _first(errors: Sequence[Mapping[str, object]]) -> str:
    return "; ".join(f"{row['path']}: {row['message']}"[:200] for row in errors[:2])


def _last_wave(run: Run) -> Wave | None:
    graph = DependencyGraph.objects.filter(plan_id=run.plan_id).first()
    return Wave.objects.filter(graph=graph).order_by("-number").first() if graph else None
