"""How sure the system is of one accepted atom, by the formula of the specification (quality: Confidence).

``0.40 * validation + 0.30 * attempts + 0.20 * complexity + 0.10 * integration``, each part from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["critical", "important", "nice_to_have"]
Outcome = Literal["passed", "failed", "not_run"]
ConfidenceLevel = Literal["high", "medium", "low", "critical"]

LAYER_SEVERITIES: Final[dict[str, Severity]] = {
    "syntax": "critical",
    "imports": "critical",
    "types": "critical",
    "postconditions": "critical",
    "lint": "important",
    "security": "important",
    "performance": "nice_to_have",
}
SEVERITY_WEIGHTS: Final[dict[Severity, int]] = {"critical": 3, "important": 2, "nice_to_have": 1}
PART_WEIGHTS: Final[dict[str, float]] = {"validation": 0.40, "attempts": 0.30, "complexity": 0.20, "integration": 0.10}
ATTEMPT_SCORES: Final[dict[int, float]] = {1: 1.0, 2: 0.7, 3: 0.4}
LEVELS: Final[tuple[tuple[float, ConfidenceLevel], ...]] = ((0.85, "high"), (0.70, "medium"), (0.50, "low"))
SIMPLEST: Final = 1.0
TOO_COMPLEX: Final = 10.0
NEUTRAL_INTEGRATION: Final = 0.5
_DIGITS: Final = 6  # hides the noise of binary fractions, so that 0.85 is high and not a hair below
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Check:
    """One validation check of an atom. ``findings`` counts its errors; one that could not run is not passed."""

    name: str
    severity: Severity
    outcome: Outcome
    findings: int = 0


@dataclass(frozen=True)
class Integration:
    """Module-level and acceptance tests that touch the atom."""

    passed: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.passed <= self.total:
            raise ValueError(f"{self.passed} passed of {self.total} tests is not possible")


@dataclass(frozen=True)
class Parts:
    """The four parts of the formula, each from 0 to 1."""

    validation: float
    attempts: float
    complexity: float
    integration: float


@dataclass(frozen=True)
class Confidence:
    """``score`` from 0 to 1, six decimals; ``explanation`` reads ``0.62: two type errors, three attempts``."""

    score: float
    level: ConfidenceLevel
    parts: Parts
    explanation: str


def score(
    *, validation: Sequence[Check], attempts: int, complexity: float, integration: Integration | None = None
) -> Confidence:
    """The confidence in one atom. ``attempts`` counts judged answers, ``complexity`` is cyclomatic (1: no branch)."""
    parts = Parts(
        validation=validation_part(validation),
        attempts=ATTEMPT_SCORES.get(attempts, 0.0),
        complexity=complexity_part(complexity),
        integration=integration_part(integration),
    )
    total = _total(parts)
    explanation = f"{total:.2f}: {', '.join(_reasons(validation, attempts, complexity, integration))}"
    return Confidence(score=total, level=level_of(total), parts=parts, explanation=explanation)


def with_tests(parts: Parts, *, explanation: str, integration: Integration) -> Confidence:
    """A score computed before, now that tests which touch the atom have run; the other parts stay as they were."""
    known = Parts(parts.validation, parts.attempts, parts.complexity, integration_part(integration))
    total = _total(known)
    reasons = [reason for reason in explanation.partition(": ")[2].split(", ") if not reason.endswith(" failing")]
    words = ", ".join([*reasons, *_failing(integration)])
    return Confidence(score=total, level=level_of(total), parts=known, explanation=f"{total:.2f}: {words}")


def layer_checks(findings: Mapping[str, int | None]) -> list[Check]:
    """One check for each validation layer, from its number of errors in the atom; None means it could not run.

    A layer that does not apply to the atom is left out of ``findings``; an unknown layer raises ``KeyError``.
    """
    outcomes: dict[bool | None, Outcome] = {None: "not_run", True: "failed", False: "passed"}
    return [
        Check(layer, LAYER_SEVERITIES[layer], outcomes[None if errors is None else errors > 0], errors or 0)
        for layer, errors in findings.items()
    ]


def validation_part(checks: Sequence[Check]) -> float:
    """Share of checks passed, weighted 3 critical, 2 important, 1 nice to have; 0.0 when nothing was checked."""
    total = sum(SEVERITY_WEIGHTS[check.severity] for check in checks)
    passed = sum(SEVERITY_WEIGHTS[check.severity] for check in checks if check.outcome == "passed")
    return passed / total if total else 0.0


def complexity_part(complexity: float) -> float:
    """Falls in a straight line from 1.0 at complexity 1 (and below) to 0.0 at 10 (and above)."""
    return min(1.0, max(0.0, (TOO_COMPLEX - complexity) / (TOO_COMPLEX - SIMPLEST)))


def integration_part(integration: Integration | None) -> float:
    """Share of tests touching the atom that pass; a neutral 0.5 when none does."""
    if integration is None or integration.total == 0:
        return NEUTRAL_INTEGRATION
    return integration.passed / integration.total


def level_of(total: float) -> ConfidenceLevel:
    """``high`` from 0.85, ``medium`` from 0.70, ``low`` from 0.50, else ``critical``."""
    return next((level for bound, level in LEVELS if total >= bound), "critical")


def _total(parts: Parts) -> float:
    weighed: float = sum(weight * getattr(parts, name) for name, weight in PART_WEIGHTS.items())
    return round(weighed, _DIGITS)


def _count(number: int, noun: str) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{word} {noun}" if number == 1 else f"{word} {noun}s"


def _reasons(checks: Sequence[Check], attempts: int, complexity: float, integration: Integration | None) -> list[str]:
    reasons = [
        _count(max(check.findings, 1), f"{check.name.removesuffix('s')} error")
        for check in checks
        if check.outcome == "failed"
    ]
    reasons += [f"{check.name} not run" for check in checks if check.outcome == "not_run"]
    if not checks:
        reasons.append("nothing checked")
    elif not reasons:
        reasons.append("every check passed")
    reasons += [_count(attempts, "attempt"), f"complexity {complexity:g}"]
    return [*reasons, *_failing(integration)]


def _failing(integration: Integration | None) -> list[str]:
    if integration is None or integration.passed == integration.total:
        return []
    return [f"{integration.total - integration.passed} of {_count(integration.total, 'test')} failing"]
