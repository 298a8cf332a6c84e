"""What a round said of each atom, written down: on its attempt, and layer by layer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F

from execution.models import Atom, AtomAttempt, Round, ValidationResult
from execution.validation.results import TreeReport
from execution.waves.verdicts import error_hash
from integrations.llm.shapes import Diagnostic
from integrations.memory.concluding import conclude_uses
from integrations.models.learning import Outcome


@dataclass(frozen=True)
class Verdict:
    """One atom of a round: its own errors, and whether it stands (its unit's other pieces counted)."""

    atom: Atom
    attempt: AtomAttempt | None
    errors: list[Diagnostic]
    passed: bool = True


def record_attempts(verdicts: list[Verdict]) -> None:
    """The verdict on each attempt; those without errors share a statement."""
    rows = []
    for passed in (True, False):
        clean = [row.attempt.pk for row in verdicts if row.attempt and not row.errors and row.passed is passed]
        AtomAttempt.objects.filter(pk__in=clean).update(success=passed, errors=[], error_hash="")
    for verdict in verdicts:
        if verdict.attempt is None or not verdict.errors:
            continue
        verdict.attempt.success = verdict.passed
        verdict.attempt.errors = [error.model_dump() for error in verdict.errors]
        verdict.attempt.error_hash = error_hash(verdict.errors)
        rows.append(verdict.attempt)
    AtomAttempt.objects.bulk_update(rows, ["success", "errors", "error_hash"], batch_size=200)
    # A sound piece of a unit asks nobody again: the text that waited for the other pieces is the one that stands now.
    stood = [verdict.atom.pk for verdict in verdicts if verdict.passed and verdict.attempt is None]
    waited = AtomAttempt.objects.filter(atom__in=stood, attempt=F("atom__attempts"), success=False, errors=[])
    waited.update(success=True)


def record_use_of_memory(verdicts: list[Verdict]) -> None:
    """What memory gave for a retry was of use when the attempt stands, and not when it has errors of its own."""
    retried = [row for row in verdicts if row.attempt is not None and row.attempt.attempt > 1]
    for outcome, words, rows in (
        (Outcome.SUCCEEDED, "accepted", [row for row in retried if row.passed]),
        (Outcome.FAILED, "failed again", [row for row in retried if row.errors and not row.passed]),
        (Outcome.UNJUDGED, "another piece failed", [row for row in retried if not row.errors and not row.passed]),
    ):
        if rows:
            keys = [row.atom.pk for row in rows]
            conclude_uses(used_for=keys, outcome=outcome, ended_as=words, purposes=["atom_retry"])


def record_validation(round_: Round, verdicts: list[Verdict], report: TreeReport, *, whole: bool = True) -> None:
    """One row per layer for the round's tree, if the ``whole`` was judged; one per atom and layer that found something
    there.
    """
    rows = [
        ValidationResult(
            plan_id=round_.plan_id,
            level=2,
            layer=layer,
            passed=None if result.status == "not_run" else result.status == "passed",
            reason=result.reason,
            checks_run=result.checks,
            checks_failed=min(len({error.path for error in result.errors}), result.checks),
            checks_passed=result.checks - min(len({error.path for error in result.errors}), result.checks),
            seconds=result.duration,
        )
        for layer, result in report.layers.items()
        if whole
    ]
    for verdict in verdicts:
        for layer in sorted({error.layer for error in verdict.errors}):
            errors = [error.model_dump() for error in verdict.errors if error.layer == layer]
            rows.append(
                ValidationResult(
                    plan_id=round_.plan_id,
                    level=1,
                    atom=verdict.atom,
                    task_id=verdict.atom.task_id,
                    attempt=verdict.atom.attempts,
                    layer=layer,
                    passed=False,
                    errors=errors,
                    checks_run=1,
                    checks_failed=1,
                )
            )
    ValidationResult.objects.bulk_create(rows, batch_size=500)
