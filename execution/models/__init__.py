"""What happens when a plan is built: runs, atoms and their revisions, graphs, waves, rounds, verdicts."""

from execution.models.acceptance import AcceptanceResult, AcceptanceSuite, AcceptanceTest, FailureAnalysis, GateResult
from execution.models.atom import Atom, AtomAttempt, AtomRevision
from execution.models.graph import AtomDependency, DependencyGraph, Round, Wave, WaveAtom
from execution.models.healing import Healing
from execution.models.run import Run
from execution.models.validation import SuiteRun, TreeCheck, ValidationResult

__all__ = [
    "AcceptanceResult",
    "AcceptanceSuite",
    "AcceptanceTest",
    "Atom",
    "AtomAttempt",
    "AtomDependency",
    "AtomRevision",
    "DependencyGraph",
    "FailureAnalysis",
    "GateResult",
    "Healing",
    "Round",
    "Run",
    "SuiteRun",
    "TreeCheck",
    "ValidationResult",
    "Wave",
    "WaveAtom",
]
