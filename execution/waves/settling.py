"""What follows a verdict: the atom's status and confidence, its dependents, its task, its wave, the next round."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change, emit
from common.configuration import configuration
from common.transitions import move_if_possible, transition_many
from execution import confidence as scoring
from execution import dispatch
from execution.models import Atom, AtomAttempt, AtomDependency, Round, Run, ValidationResult, Wave
from execution.services.pausing import pause_now
from execution.signals import atoms_settled
from execution.states import AtomStatus, RunStatus, WaveStatus
from execution.validation.results import SEVERITY, TreeReport
from execution.waves.verdicts import error_hash
from integrations.llm.shapes import Diagnostic
from planning.models import Task
from planning.services.progress import refresh_progress
from planning.states import TaskStatus

SETTLED = [AtomStatus.ACCEPTED, AtomStatus.SKIPPED]


@dataclass(frozen=True)
class Verdict:
    """One atom of a round: its own errors, and whether it stands (its unit's other pieces counted)."""

    atom: Atom
    attempt: AtomAttempt | None
    errors: list[Diagnostic]
    passed: bool = True


def settle(
    round_: Round,
    run: Run,
    verdicts: list[Verdict],
    report: TreeReport,
    later: Mapping[uuid.UUID, list[Diagnostic]],
) -> None:
    """Write the outcome of a round; called in its closing transaction."""
    _record_attempts(verdicts)
    _record_validation(round_, verdicts, report)
    accepted = [verdict.atom for verdict in verdicts if verdict.passed]
    failing = [verdict for verdict in verdicts if not verdict.passed]
    accept_atoms(accepted, {atom.pk: checks_of([], report) for atom in accepted})
    spent = _retry_or_stop(failing)
    _keep_feedback(later)
    block_dependents(run, [atom.pk for atom in spent])
    complete_tasks(run.plan_id, {verdict.atom.task_id for verdict in verdicts})
    _close_wave(round_, run, verdicts, len(spent))
    Run.objects.filter(pk=run.pk).update(
        atoms_accepted=Atom.objects.filter(plan_id=run.plan_id, status=AtomStatus.ACCEPTED).count(),
        atoms_failed=Atom.objects.filter(plan_id=run.plan_id).filter(failed_or_waiting()).count(),
    )
    tell_settled(run.plan_id, [atom.pk for atom in [*accepted, *spent]])


def tell_settled(plan_id: uuid.UUID, atom_ids: list[uuid.UUID]) -> None:
    """Send the signal after commit."""
    if atom_ids:
        transaction.on_commit(lambda: atoms_settled.send(sender=Atom, plan_id=plan_id, atom_ids=atom_ids), robust=True)


def checks_of(errors: Iterable[Diagnostic], report: TreeReport) -> list[scoring.Check]:
    """Each layer's say on one atom, for its confidence, given the findings charged to that atom."""
    layers = [error.layer for error in errors]
    return [
        _check(layer, layers.count(layer), ran=result.status != "not_run") for layer, result in report.layers.items()
    ]


def _check(layer: str, findings: int, *, ran: bool) -> scoring.Check:
    if not ran:
        return scoring.Check(layer, SEVERITY[layer], "not_run")
    return scoring.Check(layer, SEVERITY[layer], "failed" if findings else "passed", findings)


def accept_atoms(atoms: list[Atom], checks: Mapping[uuid.UUID, list[scoring.Check]]) -> None:
    """Move atoms to accepted, with their current text, confidence and event."""
    moved = transition_many(
        Atom.objects.filter(pk__in=[atom.pk for atom in atoms]),
        AtomStatus.ACCEPTED,
        actor=SYSTEM,
        accepted=F("current"),
        awaiting_decision=False,
        feedback=[],
        hint="",
    )
    alike: dict[scoring.Confidence, list[uuid.UUID]] = {}
    for atom in moved:
        found = scoring.score(
            validation=checks.get(atom.pk, []), attempts=max(atom.attempts, 1), complexity=atom.complexity
        )
        alike.setdefault(found, []).append(atom.pk)
        emit(
            ("plan", atom.plan_id),
            "atom_execution_complete",
            {
                "atom_id": str(atom.pk),
                "label": atom.label(),
                "accepted": True,
                "attempts": atom.attempts,
                "confidence": found.score,
            },
        )
    for found, atom_ids in alike.items():
        _score(atom_ids, found)


def _score(atom_ids: list[uuid.UUID], found: scoring.Confidence) -> None:
    """Most atoms of a round score alike: one statement per score, not one branch per atom."""
    parts = {
        "validation": found.parts.validation,
        "attempts": found.parts.attempts,
        "complexity": found.parts.complexity,
        "integration": found.parts.integration,
        "level": found.level,
        "explanation": found.explanation,
    }
    score = Decimal(str(round(found.score, 3)))
    Atom.objects.filter(pk__in=atom_ids).update(confidence=score, confidence_parts=parts)


def _record_attempts(verdicts: list[Verdict]) -> None:
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


def _record_validation(round_: Round, verdicts: list[Verdict], report: TreeReport) -> None:
    """One row per layer for the round's tree, and one per atom and layer that found something there."""
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


def _retry_or_stop(failing: list[Verdict]) -> list[Atom]:
    """Atoms with attempts left go to the next round; the others wait for a decision. Answers those."""
    spent: list[Atom] = []
    for verdict in failing:
        atom = verdict.atom
        feedback = [error.model_dump() for error in verdict.errors]
        hopeless = verdict.errors != [] and _same_error_twice(atom)
        if atom.attempts < atom.max_attempts and not hopeless:
            move_if_possible(atom, AtomStatus.RETRYING, actor=SYSTEM, reason=_first(verdict.errors), feedback=feedback)
        else:
            judged = Atom.objects.filter(pk=atom.pk, status=AtomStatus.VALIDATING)
            if not judged.update(awaiting_decision=True, feedback=feedback):
                continue  # somebody decided on it while it was being judged
            spent.append(atom)
            dispatch.analyse_failure(atom.pk)
            emit(
                ("plan", atom.plan_id),
                "atom_retry_failed",
                {
                    "atom_id": str(atom.pk),
                    "label": atom.label(),
                    "attempt": atom.attempts,
                    "max_attempts": atom.max_attempts,
                    "error": _first(verdict.errors),
                },
            )
    return spent


def _same_error_twice(atom: Atom) -> bool:
    """The same error twice in a row is not paid for a third time."""
    last = list(atom.attempt_rows.order_by("-attempt").values_list("error_hash", flat=True)[:2])
    return len(last) == 2 and last[0] != "" and last[0] == last[1]


def _first(errors: list[Diagnostic]) -> str:
    return errors[0].message[:300] if errors else "another piece of the same function failed"


def _keep_feedback(later: Mapping[uuid.UUID, list[Diagnostic]]) -> None:
    """What was seen of atoms whose turn has not come is told again then; their draft is judged first all the same."""
    waiting = Atom.objects.filter(pk__in=later, status=AtomStatus.PENDING, attempts=0).only("pk")
    atoms = list(waiting.select_for_update().order_by("pk"))
    for atom in atoms:
        atom.context = {"seen_before": [error.model_dump() for error in later[atom.pk][:20]]}
    Atom.objects.bulk_update(atoms, ["context"], batch_size=200)


def failed_or_waiting() -> Q:
    """Atoms that hold back what needs them."""
    return Q(status=AtomStatus.FAILED) | Q(awaiting_decision=True)


def block_dependents(run: Run, atom_ids: list[uuid.UUID]) -> None:
    """Everything that needs one of these atoms, directly or not, waits."""
    reached: set[uuid.UUID] = set()
    frontier = set(atom_ids)
    while frontier:
        frontier = (
            set(AtomDependency.objects.filter(source__in=frontier, broken=False).values_list("target_id", flat=True))
            - reached
        )
        reached |= frontier
    transition_many(
        Atom.objects.filter(pk__in=reached - set(atom_ids), status=AtomStatus.PENDING),
        AtomStatus.BLOCKED,
        actor=SYSTEM,
        reason="an atom it needs has failed",
    )


def release_dependents(plan_id: uuid.UUID) -> None:
    """Blocked atoms that nothing holds back any more are pending again."""
    blocked = set(Atom.objects.filter(plan_id=plan_id, status=AtomStatus.BLOCKED).values_list("pk", flat=True))
    stuck = Atom.objects.filter(plan_id=plan_id).filter(failed_or_waiting())
    held: set[uuid.UUID] = set()
    frontier = set(stuck.values_list("pk", flat=True))
    while frontier:
        frontier = (
            set(AtomDependency.objects.filter(source__in=frontier, broken=False).values_list("target_id", flat=True))
            - held
        )
        held |= frontier
    transition_many(
        Atom.objects.filter(pk__in=blocked - held), AtomStatus.PENDING, actor=SYSTEM, reason="what it needs is solved"
    )


def complete_tasks(plan_id: uuid.UUID, task_ids: Iterable[uuid.UUID]) -> None:
    """Tasks whose atoms are all settled are ready for their tests; progress follows."""
    with change():
        tasks = Task.objects.filter(plan_id=plan_id, pk__in=list(task_ids))
        complete = tasks.exclude(atoms__in=Atom.objects.filter(plan_id=plan_id).exclude(status__in=SETTLED))
        transition_many(complete.filter(status=TaskStatus.IN_PROGRESS), TaskStatus.READY_FOR_TEST, actor=SYSTEM)
        refresh_progress(plan_id, actor=SYSTEM)


def _close_wave(round_: Round, run: Run, verdicts: list[Verdict], spent: int) -> None:
    """The wave is complete when none of its atoms is left to try; too many lost ones pause the run."""
    wave = Wave.objects.get(pk=round_.wave_id)
    open_atoms = wave.members.filter(status__in=[AtomStatus.PENDING, AtomStatus.RETRYING], awaiting_decision=False)
    if open_atoms.exists():
        return
    states = list(wave.members.values_list("status", "awaiting_decision"))
    failed = sum(1 for status, waiting in states if waiting or status == AtomStatus.FAILED)
    blocked = sum(1 for status, _ in states if status == AtomStatus.BLOCKED)
    seconds = (timezone.now() - wave.started_at).total_seconds() if wave.started_at else 0.0
    move_if_possible(wave, WaveStatus.COMPLETED, actor=SYSTEM, seconds=seconds)
    emit(
        ("plan", run.plan_id),
        "wave_execution_complete",
        {
            "wave_id": str(wave.pk),
            "wave_number": wave.number,
            "succeeded": sum(1 for status, _ in states if status == AtomStatus.ACCEPTED),
            "failed": failed,
            "blocked": blocked,
            "rounds": round_.number,
            "duration_seconds": round(seconds, 3),
        },
    )
    share = configuration().failure_share_to_pause
    if spent and states and failed / len(states) > share and len(states) >= 3 and run.status == RunStatus.RUNNING:
        pause_now(
            run,
            reason="too_many_failures",
            detail=f"{failed} of {len(states)} atoms of wave {wave.number} failed for good.",
            actor=SYSTEM,
        )
