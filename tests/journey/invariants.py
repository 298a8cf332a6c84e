"""What must be true of a plan that was built to its end, whatever happened on the way."""

from __future__ import annotations

import subprocess
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.db.models import Max, Min, Q, Sum

from common.models import PlanEvent, PlanHistory, Stream
from execution.models import Atom, AtomAttempt, AtomDependency, AtomRevision, DependencyGraph, Round, Run, Wave
from execution.output.report import Report
from execution.states import AtomStatus, RoundStatus, RunStatus, Stage, WaveStatus
from execution.waves.tree import base_tree
from integrations.models import CostLimit, LLMCall, Reservation
from planning.models import MasterPlan, Milestone, Phase, Subtask, Task
from planning.services.progress import stage_status
from planning.states import PlanStatus, SubtaskStatus, TaskStatus

DONE, SKIPPED = TaskStatus.DONE, TaskStatus.SKIPPED


def check_invariants(plan: MasterPlan, *, calls_lost: int = 0) -> None:
    """Asserts all of it. ``calls_lost``: how many model calls at most were in flight in processes that were killed."""
    plan.refresh_from_db()
    every_atom_is_settled_once(plan)
    attempts_are_rows(plan)
    waves_respect_edges(plan)
    rounds_and_waves_are_closed(plan)
    ledger_adds_up(plan, calls_lost=calls_lost)
    events_have_no_gaps([plan.pk, plan.conversation_id])
    statuses_agree_on_every_level(plan)
    views_agree_with_tables(plan)
    nothing_is_claimed(plan)
    workspace_is_what_was_accepted(plan)
    report_says_so(plan)


# -- atoms -------------------------------------------------------------------------------------------------------------


def every_atom_is_settled_once(plan: MasterPlan) -> None:
    """Accepted with an accepted text, or skipped; and accepted once, plus once for each time it was reopened."""
    atoms = Atom.objects.filter(plan=plan)
    assert atoms.exists()
    assert list(atoms.exclude(status__in=[AtomStatus.ACCEPTED, AtomStatus.SKIPPED])) == []
    assert not atoms.filter(awaiting_decision=True).exists()
    accepted = atoms.filter(status=AtomStatus.ACCEPTED)
    assert [atom.label() for atom in accepted if atom.accepted_id != atom.current_id] == []
    moves = changes_of_atoms(plan)
    successes = Counter(AtomAttempt.objects.filter(atom__plan=plan, success=True).values_list("atom", flat=True))
    for atom in accepted:
        mine = moves.get(atom.pk, [])
        acceptances = sum(1 for move in mine if move.after == AtomStatus.ACCEPTED)
        reopenings = sum(1 for move in mine if move.before == AtomStatus.ACCEPTED)
        assert acceptances == 1 + reopenings, f"{atom} was accepted {acceptances} times, reopened {reopenings} times"
        assert successes[atom.pk] == acceptances, f"{atom}: {successes[atom.pk]} attempts succeeded"
    assert [pk for pk in successes if pk not in {atom.pk for atom in accepted}] == []


def attempts_are_rows(plan: MasterPlan) -> None:
    """Attempts are counted from 1 without gaps, each was judged, and their number is the atom's own count."""
    numbers: dict[uuid.UUID, list[int]] = {}
    rows = AtomAttempt.objects.filter(atom__plan=plan).order_by("atom", "attempt")
    assert not rows.filter(success__isnull=True).exists()
    for atom_id, number in rows.values_list("atom", "attempt"):
        numbers.setdefault(atom_id, []).append(number)
    for atom in Atom.objects.filter(plan=plan):
        assert numbers.get(atom.pk, []) == list(range(1, atom.attempts + 1)), f"{atom}: {atom.attempts} attempts"
        assert atom.claims >= atom.attempts, f"{atom} was judged more often than it was claimed"
    revisions: dict[uuid.UUID, list[int]] = {}
    rows_of_texts = AtomRevision.objects.filter(atom__plan=plan).order_by("number")
    for atom_id, number in rows_of_texts.values_list("atom", "number"):
        revisions.setdefault(atom_id, []).append(number)
    assert all(found == list(range(1, len(found) + 1)) for found in revisions.values())


@dataclass(frozen=True)
class Move:
    """One change of an atom's status, as the history tells it."""

    before: str
    after: str
    at: datetime


def changes_of_atoms(plan: MasterPlan) -> dict[uuid.UUID, list[Move]]:
    moves: dict[uuid.UUID, list[Move]] = {}
    rows = PlanHistory.objects.filter(plan_id=plan.pk, item_type="atom", change_type="status").order_by("id")
    for row in rows:
        moves.setdefault(row.item_id, []).append(Move(row.before["status"], row.after["status"], row.created_at))
    return moves


# -- waves -------------------------------------------------------------------------------------------------------------


def waves_respect_edges(plan: MasterPlan) -> None:
    """What needs something is in a later wave (or a piece of the same function), and began after that was accepted."""
    graph = DependencyGraph.objects.get(plan=plan, version=plan.version)
    wave_of = dict(graph.memberships.values_list("atom", "wave__number"))
    atoms = {atom.pk: atom for atom in Atom.objects.filter(plan=plan)}
    assert set(wave_of) == set(atoms)
    began = dict(
        AtomAttempt.objects.filter(atom__plan=plan).values_list("atom").annotate(first=Min("created_at")).order_by()
    )
    moves = changes_of_atoms(plan)
    for edge in AtomDependency.objects.filter(graph=graph, broken=False):
        source, target = atoms[edge.source_id], atoms[edge.target_id]
        if source.unit == target.unit:
            continue
        assert wave_of[source.pk] < wave_of[target.pk], f"{target} needs {source}"
        if source.status == target.status == AtomStatus.ACCEPTED:
            accepted = min(move.at for move in moves[source.pk] if move.after == AtomStatus.ACCEPTED)
            assert accepted <= began[target.pk], f"{target} began before {source} was accepted"


def rounds_and_waves_are_closed(plan: MasterPlan) -> None:
    """Every wave completed; as many events tell of it as it was completed; no round was closed twice."""
    waves = Wave.objects.filter(plan=plan)
    assert list(waves.exclude(status=WaveStatus.COMPLETED)) == []
    rounds = Round.objects.filter(plan=plan)
    assert not rounds.exclude(status=RoundStatus.CLOSED, closed_at__isnull=False).exists()
    closed = Counter(history_of(plan, "round", after=RoundStatus.CLOSED))
    assert closed == Counter(rounds.values_list("pk", flat=True))
    completed = Counter(history_of(plan, "wave", after=WaveStatus.COMPLETED))
    told = PlanEvent.objects.filter(stream_id=plan.pk, type="wave_execution_complete")
    assert Counter(uuid.UUID(event.data["wave_id"]) for event in told) == completed
    for wave in waves:
        numbers = list(wave.rounds.order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def history_of(plan: MasterPlan, item_type: str, *, after: str) -> Iterable[uuid.UUID]:
    rows = PlanHistory.objects.filter(plan_id=plan.pk, item_type=item_type, after__status=after)
    return rows.values_list("item_id", flat=True)


# -- money and events --------------------------------------------------------------------------------------------------


def ledger_adds_up(plan: MasterPlan, *, calls_lost: int = 0) -> None:
    """Every call is settled but those that died with their process; totals and report are sums over the calls."""
    calls = LLMCall.objects.filter(Q(plan_id=plan.pk) | Q(discovery_id=plan.discovery_id))
    assert calls.exclude(reservation=Reservation.SETTLED).count() <= calls_lost
    drafts = calls.filter(purpose="task_code", reservation=Reservation.SETTLED)
    asked = Counter(drafts.filter(error_code="").values_list("task_id", flat=True))
    for task in Task.objects.filter(plan=plan, draft__isnull=False):
        assert task.draft_attempts <= asked[task.pk] <= task.draft_attempts + calls_lost, f"drafts of {task}"
    limit = CostLimit.objects.filter(plan_id=plan.pk).first()
    sums = LLMCall.objects.filter(plan_id=plan.pk).aggregate(
        spent=Sum("cost"), in_flight=Sum("reserved", filter=Q(reservation=Reservation.RESERVED))
    )
    if limit is not None:
        assert (limit.spent, limit.in_flight) == (sums["spent"] or Decimal(0), sums["in_flight"] or Decimal(0))
    assert Report.model_validate(finished_run(plan).report).costs.total == (sums["spent"] or Decimal(0))


def events_have_no_gaps(streams: Iterable[uuid.UUID]) -> None:
    for stream in Stream.objects.filter(pk__in=list(streams)):
        found = list(PlanEvent.objects.filter(stream=stream).order_by("seq").values_list("seq", flat=True))
        assert found == list(range(1, stream.last_seq + 1)), f"{stream} has gaps"


# -- statuses ----------------------------------------------------------------------------------------------------------


def finished_run(plan: MasterPlan) -> Run:
    return Run.objects.get(plan=plan)


def statuses_agree_on_every_level(plan: MasterPlan) -> None:
    run = finished_run(plan)
    assert (plan.status, run.status, run.stage) == (PlanStatus.COMPLETED, RunStatus.COMPLETED, Stage.FINISHED)
    tasks = Task.objects.filter(plan=plan)
    assert list(tasks.exclude(status__in=[DONE, SKIPPED])) == []
    assert list(tasks.filter(status=DONE, definition_of_done_satisfied=False)) == []
    for task in tasks.filter(status=DONE):
        wanted = {SubtaskStatus.COMPLETED} if task.subtasks.exists() else set()
        assert set(task.subtasks.values_list("status", flat=True)) == wanted
    assert not Subtask.objects.filter(plan=plan).exclude(task__plan=plan).exists()
    for milestone in Milestone.objects.filter(plan=plan):
        assert milestone.status == stage_status(list(milestone.tasks.values_list("status", flat=True)))
    for phase in Phase.objects.filter(plan=plan):
        assert phase.status == stage_status(
            list(Task.objects.filter(milestone__phase=phase).values_list("status", flat=True))
        )
    counts = Counter(tasks.values_list("status", flat=True))
    told = (plan.total_tasks, plan.completed_tasks, plan.skipped_tasks, plan.failed_tasks, plan.blocked_tasks)
    assert told == (sum(counts.values()), counts[DONE], counts[SKIPPED], 0, 0)
    assert plan.progress_percent == 100
    atoms = Atom.objects.filter(plan=plan)
    accepted = atoms.filter(status=AtomStatus.ACCEPTED).count()
    assert (run.atoms_total, run.atoms_accepted, run.atoms_failed) == (atoms.count(), accepted, 0)


def views_agree_with_tables(plan: MasterPlan) -> None:
    """The three reporting views say the same as the rows."""
    for view, key, model, place in (
        ("masterplan_phase_progress", "phase_id", Phase, "milestone__phase"),
        ("masterplan_milestone_progress", "milestone_id", Milestone, "milestone"),
    ):
        wanted = set()
        for row in model.objects.filter(plan=plan):
            statuses = Counter(Task.objects.filter(**{place: row}).values_list("status", flat=True))
            total = sum(statuses.values())
            wanted.add((row.pk, row.status, total, statuses[DONE], statuses[SKIPPED], Decimal(100 if total else 0)))
        columns = f"{key}, status, total_tasks, completed_tasks, skipped_tasks, progress_percent"
        assert set(rows_of(view, columns, plan)) == wanted
    assert rows_of("masterplan_executable_tasks", "task_id", plan) == []


def rows_of(view: str, columns: str, plan: MasterPlan) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {view} WHERE plan_id = %s", [plan.pk])  # noqa: S608 - our own names
        return list(cursor.fetchall())


def nothing_is_claimed(plan: MasterPlan) -> None:
    assert not Atom.objects.filter(plan=plan, claim__isnull=False).exists()
    assert not Task.objects.filter(plan=plan, draft_claim__isnull=False).exists()
    assert not Round.objects.filter(plan=plan, claim__isnull=False).exists()
    assert not Run.objects.filter(plan=plan, stage_claim__isnull=False).exists()
    assert plan.discovery.claim is None


# -- files -------------------------------------------------------------------------------------------------------------


def workspace_is_what_was_accepted(plan: MasterPlan) -> None:
    """Files equal the accepted texts, everything is committed, and the last commit carries the version's tag."""
    root = Path(plan.workspace_path)
    accepted = base_tree(plan.pk, only_accepted=True).files
    assert accepted
    assert {path: (root / path).read_bytes() for path in accepted} == {
        path: text.encode() for path, text in accepted.items()
    }
    assert git(root, "status", "--porcelain") == ""
    assert git(root, "tag", "--points-at", "HEAD").split() == [f"v{plan.version}"]
    committed = set(git(root, "ls-files").splitlines())
    assert set(accepted) <= committed
    assert {"REPORT.md", "report.json"} <= committed
    git(root, "fsck", "--strict")


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def report_says_so(plan: MasterPlan) -> None:
    """The report's numbers are those of the rows."""
    report = Report.model_validate(finished_run(plan).report)
    atoms = Atom.objects.filter(plan=plan)
    by_attempts = Counter(atoms.filter(status=AtomStatus.ACCEPTED, attempts__gt=0).values_list("attempts", flat=True))
    assert {row.attempt: row.accepted for row in report.attempts} == dict(by_attempts)
    assert report.built.atoms_total == atoms.count()
    assert report.built.waves == Wave.objects.filter(plan=plan).aggregate(last=Max("number"))["last"]
    assert (report.built.tasks_done, report.built.tasks_total) == (plan.completed_tasks, plan.total_tasks)
    assert report.tests.verdict == "passed"
