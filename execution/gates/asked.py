"""Acceptance tests run because a person asked: those that can run now, whatever the build does meanwhile."""

from __future__ import annotations

import logging
import uuid

from common import claims
from common.actors import set_trace_id
from common.changes import change, emit
from common.configuration import configuration
from common.errors import DevMatrixError
from execution import dispatch
from execution.gates.criteria import acceptance_tests, keep_criteria
from execution.gates.gates import record_gate
from execution.gates.needs import COMPLETE, readiness_of, that_can_run
from execution.gates.suite import keep_suite, run_suite, tell_start
from execution.gates.writing import suite_of
from execution.models import AcceptanceSuite, AcceptanceTest, Atom, Run, Wave
from execution.sandbox.isolation import Level, require
from execution.services.runs import NotStarted, latest_run
from execution.waves.checking import plan_environment
from planning.models import MasterPlan

logger = logging.getLogger(__name__)


def ask_for_run(*, plan: MasterPlan, wave: Wave | None = None) -> Run:
    """Have the tests run that can run now, or those that this wave made able to. Raises ``NotStarted``."""
    run = latest_run(plan.pk)
    if run is None:
        raise NotStarted(f"{plan.label()} was never started.", hint="Execute it: tests need code.")
    with change():
        dispatch.run_acceptance(plan.pk, wave.pk if wave else None)
    return run


def run_tests_asked_for(plan_id: uuid.UUID, wave_id: uuid.UUID | None) -> None:
    """Run them and judge the gate; nothing is sent back and no run is paused by it. One at a time for a plan."""
    plan = MasterPlan.objects.get(pk=plan_id)
    run = latest_run(plan_id)
    suite = suite_of(plan_id)
    token = claims.take(AcceptanceSuite.objects.filter(pk=suite.pk))
    if run is None or token is None:
        return
    set_trace_id(run.trace_id)
    wave = Wave.objects.filter(pk=wave_id, plan=plan).first() if wave_id else None
    with claims.holding(AcceptanceSuite, token):
        try:
            _run(plan, run, wave)
        except DevMatrixError as error:
            logger.warning("Acceptance tests of %s were not run: %s", plan_id, error)
            data = {"code": error.code, "message": error.detail, "hint": error.hint}
            emit(("plan", plan_id), "error", data)
        finally:
            claims.release(AcceptanceSuite.objects.filter(pk=suite.pk), token)


def _run(plan: MasterPlan, run: Run, wave: Wave | None) -> None:
    require(Level(configuration().sandbox_required_level))
    keep_criteria(plan.pk)
    tests = that_can_run(plan.pk, acceptance_tests(plan.pk))
    if wave is not None:
        tests = [test for test in tests if _by_wave(test, wave)]
    tell_start(run, tests)
    ran = run_suite(plan, plan_environment(plan), tests, only=[])
    with change():
        keep_suite(run, ran, wave=wave)
        record_gate(run, wave=wave)


def _by_wave(test: AcceptanceTest, wave: Wave) -> bool:
    """Whether all that the test needs was complete with this wave or before: no atom of it belongs to a later one."""
    ready = readiness_of(wave.plan_id)
    needed = ready.needed_by(test)
    later = Atom.objects.filter(task__in=needed, waves__graph=wave.graph_id, waves__number__gt=wave.number)
    return all(ready.tasks[task].status in COMPLETE for task in needed) and not later.exists()
