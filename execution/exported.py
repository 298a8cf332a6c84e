"""What of a build belongs to a plan, for its export: runs, atoms with all their texts and attempts, waves, verdicts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from common.portable.sections import Scope, Section
from execution.models import (
    AcceptanceResult,
    AcceptanceSuite,
    AcceptanceTest,
    Atom,
    AtomAttempt,
    AtomDependency,
    AtomRevision,
    DependencyGraph,
    FailureAnalysis,
    GateResult,
    Healing,
    Round,
    Run,
    SuiteRun,
    TreeCheck,
    ValidationResult,
    Wave,
    WaveAtom,
)
from execution.output.paths import safe_path
from execution.output.report import Report
from execution.services.pausing import WAITS_FOR_PAUSE
from execution.states import RunStatus
from execution.switches import Switches


def _by(column: str) -> Callable[[Scope], Q]:
    return lambda scope: Q(**{column: scope.plan})


def _report(value: Any) -> None:
    if value is not None:
        Report.model_validate(value)


SECTIONS = [
    Section(
        "run",
        Run,
        _by("plan_id"),
        under_way=Q(status=RunStatus.RUNNING),
        checks={"switches": lambda value: Switches(**value), "report": _report},
    ),
    Section("atom", Atom, _by("plan_id"), checks={"path": safe_path}),
    Section("revision", AtomRevision, _by("atom__plan_id")),
    Section("attempt", AtomAttempt, _by("atom__plan_id")),
    Section("graph", DependencyGraph, _by("plan_id")),
    Section("atom_dependency", AtomDependency, _by("graph__plan_id")),
    Section("wave", Wave, _by("plan_id")),
    Section("wave_atom", WaveAtom, _by("graph__plan_id")),
    Section("round", Round, _by("plan_id")),
    Section("validation", ValidationResult, _by("plan_id")),
    Section("suite_run", SuiteRun, _by("plan_id")),
    Section("acceptance_suite", AcceptanceSuite, _by("plan_id")),
    Section("acceptance_test", AcceptanceTest, _by("plan_id")),
    Section("acceptance_result", AcceptanceResult, _by("test__plan_id")),
    Section("gate", GateResult, _by("plan_id")),
    Section("failure", FailureAnalysis, _by("plan_id"), under_way=WAITS_FOR_PAUSE),
]

LEFT_OUT: dict[Any, str] = {
    Healing: "counts of this installation",
    TreeCheck: "what was asked before, by hash: it is asked again",
}
