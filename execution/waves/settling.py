"""What follows a verdict: the atom's status and confidence, its dependents, its task, its wave, the next round."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from common.actors import SYSTEM
from common.changes import change, emit
from common.configuration import configuration
from common.transitions import move_if_possible, transition_many
from execution import dispatch
from execution.models import Atom, Round, Run
from execution.services.code_progress import count_code
from execution.services.pausing import WAVE_COMPLETED, pause_now, take_snapshot
from execution.signals import atoms_settled
from execution.states import AtomStatus, RunStatus, WaveStatus
from execution.validation.results import TreeReport
from execution.waves.accepting import accept_atoms, checks_of, hold_doubtful
from execution.waves.dependents import block_dependents, failed_or_waiting
from execution.waves.recording import Verdict, record_attempts, record_use_of_memory, record_validation
from integrations.llm.shapes import Diagnostic
from planning.models import Task
from planning.services.progress import refresh_progress
from planning.states import TaskStatus

SETTLED = [AtomStatus.ACCEPTED, AtomStatus.SKIPPED]


def settle(
    round_: Round,
    run: Run,
    verdicts: list[Verdict],
    report: TreeReport,
    later: Mapping[uuid.UUID, list[Diagnostic]],
) -> None:
    """Write the outcome of a round; called in its closing transaction."""
    record_attempts(verdicts)
    record_use_of_memory(verdicts)
    record_validation(round_, verdicts, report, whole=run.uses.hierarchical_validation)
    passed = [verdict.atom for verdict in verdicts if verdict.passed]
    failing = [verdict for verdict in verdicts if not verdict.passed]
    checks = dict.fromkeys((atom.pk for atom in passed), checks_of([], report))
    held = hold_doubtful(passed, checks) if _people_come_first(run) else []
    accepted = [atom for atom in passed if atom not in held]
    accept_atoms(accepted, checks)
    spent = _retry_or_stop(failing)
    _keep_feedback(later)
    block_dependents(run.plan_id, [atom.pk for atom in [*spent, *held]])
    complete_tasks(run.plan_id, {verdict.atom.task_id for verdict in verdicts})
    _close_wave(round_, run, verdicts, len(spent))
    count_atoms(run)
    tell_settled(run.plan_id, [atom.pk for atom in [*accepted, *spent, *held]])


def _people_come_first(run: Run) -> bool:
    """Whether what passed with little confidence waits for a review. Nobody waits where nobody reviews."""
    return configuration().review_blocking == "critical" and run.uses.human_review


def count_atoms(run: Run) -> None:
    """Keep the run's counters equal to its atoms."""
    counted = Atom.objects.filter(plan_id=run.plan_id).aggregate(
        atoms_accepted=Count("pk", filter=Q(status=AtomStatus.ACCEPTED)),
        atoms_failed=Count("pk", filter=failed_or_waiting()),
    )
    Run.objects.filter(pk=run.pk).update(**counted)


def tell_settled(plan_id: uuid.UUID, atom_ids: list[uuid.UUID]) -> None:
    """Send the signal after commit."""
    if atom_ids:
        transaction.on_commit(lambda: atoms_settled.send(sender=Atom, plan_id=plan_id, atom_ids=atom_ids), robust=True)


def _retry_or_stop(failing: list[Verdict]) -> list[Atom]:
    """Atoms with attempts left go to the next round; the others wait for a decision. Answers those.

    A sound piece of a function asks no model and spends nothing: it goes on as long as the piece that fails.
    """
    spent: list[Atom] = []
    for verdict in failing:
        atom = verdict.atom
        feedback = [error.model_dump() for error in verdict.errors]
        sound = not verdict.errors
        if sound or (atom.attempts < atom.max_attempts and not _same_error_twice(atom)):
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
    atoms = list(waiting.select_for_update(no_key=True).order_by("pk"))
    for atom in atoms:
        atom.context = {"seen_before": [error.model_dump() for error in later[atom.pk][:20]]}
    Atom.objects.bulk_update(atoms, ["context"], batch_size=200)


def complete_tasks(plan_id: uuid.UUID, task_ids: Iterable[uuid.UUID]) -> None:
    """Tasks whose atoms are all settled are ready for their tests; progress follows."""
    task_ids = list(task_ids)
    with change():
        count_code(plan_id, task_ids)
        tasks = Task.objects.filter(plan_id=plan_id, pk__in=task_ids).defer("draft")
        complete = tasks.exclude(atoms__in=Atom.objects.filter(plan_id=plan_id).exclude(status__in=SETTLED))
        transition_many(complete.filter(status=TaskStatus.IN_PROGRESS), TaskStatus.READY_FOR_TEST, actor=SYSTEM)
        refresh_progress(plan_id, actor=SYSTEM)


def _close_wave(round_: Round, run: Run, verdicts: list[Verdict], spent: int) -> None:
    """The wave is complete when none of its atoms is left to try; too many lost ones pause the run."""
    wave = round_.wave
    states = list(wave.members.values_list("status", "awaiting_decision"))
    if any(status in (AtomStatus.PENDING, AtomStatus.RETRYING) and not waiting for status, waiting in states):
        return
    failed = sum(1 for status, waiting in states if waiting or status == AtomStatus.FAILED)
    blocked = sum(1 for status, _ in states if status == AtomStatus.BLOCKED)
    seconds = (timezone.now() - wave.started_at).total_seconds() if wave.started_at else 0.0
    move_if_possible(wave, WaveStatus.COMPLETED, actor=SYSTEM, seconds=seconds)
    take_snapshot(run.plan_id, reason=WAVE_COMPLETED, detail=f"Wave {wave.number}.", actor=SYSTEM)
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
