"""Going back to a snapshot: atoms have the texts that they had then, and what was accepted then is accepted again.

What was left out since stays out. Nothing is destroyed: every text is a revision, and the way back is one more.
"""

from __future__ import annotations

import uuid

from django.db.models import F
from django.utils import timezone

from common.actors import SYSTEM, Actor
from common.changes import change
from common.errors import Conflict, NotFound
from common.transitions import move_if_possible, transition_many
from execution.models import Atom, AtomRevision, Round, Run, Wave
from execution.projection import show_after_commit
from execution.services.advance_stage import back_to_waves
from execution.services.code_progress import count_code
from execution.services.runs import held_run_and_plan, resume_run
from execution.states import AtomStatus, RoundStatus, RunStatus, WaveStatus
from execution.waves.revisions import new_revision
from planning.models import ExecutionSnapshot, MasterPlan, Task
from planning.services.progress import move_tasks, refresh_progress
from planning.services.revising import version_gone_back
from planning.states import TaskStatus

A, T = AtomStatus, TaskStatus
TO_ACCEPTED = [([A.BLOCKED], A.RETRYING), ([A.PENDING, A.RETRYING], A.RUNNING), ([A.RUNNING], A.VALIDATING)]
"""The legal way of an atom that is accepted without being judged again."""
TO_DONE = [
    ([T.FAILED, T.BLOCKED], T.PENDING),
    ([T.PENDING], T.IN_PROGRESS),
    ([T.IN_PROGRESS], T.READY_FOR_TEST),
    ([T.READY_FOR_TEST], T.TESTED),
    ([T.TESTED], T.DONE),
]


class NotPaused(Conflict):
    code = "not_paused"
    title = "Only a paused plan goes back to a snapshot"


class SnapshotDoesNotFit(Conflict):
    """The code was cut anew, or not at all, when the snapshot was taken."""

    code = "snapshot_does_not_fit"
    title = "The plan cannot go back to this snapshot"


def resume_from(*, plan: MasterPlan, snapshot_id: uuid.UUID, actor: Actor) -> Run:
    """Go on from an earlier snapshot instead of from where a paused plan stands, as a new version of the plan.

    Raises ``NotFound``, ``NotPaused``, ``SnapshotDoesNotFit``.
    """
    with change():
        run, plan = held_run_and_plan(plan.pk)
        if run is None or run.status != RunStatus.PAUSED:
            raise NotPaused(f"{plan.label()} is {plan.status}.", hint="Pause it first.", current=plan.status)
        snapshot = ExecutionSnapshot.objects.filter(plan=plan, pk=snapshot_id).first()
        if snapshot is None:
            raise NotFound("The plan has no such snapshot.")
        stop_rounds(run)
        again = go_back(snapshot, actor=actor, reason=f"back to {snapshot}")
        version_gone_back(plan_id=plan.pk, summary=f"Back to {snapshot}: {len(again)} atoms again.", actor=actor)
        ExecutionSnapshot.objects.filter(pk=snapshot.pk).update(resumed_at=timezone.now())
        resumed = resume_run(plan=plan, actor=actor)
        back_to_waves(resumed)
        show_after_commit(plan)
    return resumed


def go_back(snapshot: ExecutionSnapshot, *, actor: Actor, reason: str) -> list[Atom]:
    """Atoms and tasks as in the snapshot; answers the atoms that have to be worked on (again).

    Called in a change that holds the run; nothing of it is in flight. Raises ``SnapshotDoesNotFit``.
    """
    atoms = _atoms(snapshot)
    _give_texts(atoms, snapshot, actor)
    then = {pk for pk, state in snapshot.atoms.items() if state["status"] == A.ACCEPTED}
    standing = [atom.pk for atom in atoms if str(atom.pk) in then]
    _accept(standing, actor=actor, reason=reason)
    again = [atom for atom in atoms if _is_open(atom, then=snapshot.atoms[str(atom.pk)]["status"])]
    for atom in again:
        most = max(atom.max_attempts, atom.attempts + 1)
        cleared: dict[str, object] = {"feedback": [], "hint": "", "awaiting_decision": False}
        move_if_possible(atom, A.RETRYING, actor=actor, reason=reason, max_attempts=most, **cleared)
    _tasks_as_then(snapshot, {atom.task_id for atom in again}, actor=actor, reason=reason)
    count_code(snapshot.plan_id, list(Task.objects.filter(plan_id=snapshot.plan_id).values_list("pk", flat=True)))
    refresh_progress(snapshot.plan_id, actor=actor)
    return again


def stop_rounds(run: Run) -> None:
    """Rounds and waves that are open are so no more; a result that comes late finds its round closed."""
    rounds = Round.objects.filter(plan_id=run.plan_id, status=RoundStatus.OPEN)
    transition_many(rounds, RoundStatus.CLOSED, actor=SYSTEM, quiet=True, claim=None, claim_expires=None)
    waves = Wave.objects.filter(plan_id=run.plan_id, status__in=[WaveStatus.RUNNING, WaveStatus.VALIDATING])
    transition_many(waves, WaveStatus.COMPLETED, actor=SYSTEM, quiet=True)


def _atoms(snapshot: ExecutionSnapshot) -> list[Atom]:
    """The atoms that are not left out, held. They must be those of the snapshot."""
    rows = Atom.objects.filter(plan_id=snapshot.plan_id).exclude(status=A.SKIPPED)
    atoms = list(rows.select_for_update(of=("self",), no_key=True).order_by("pk"))
    if not snapshot.atoms or not {str(atom.pk) for atom in atoms} <= set(snapshot.atoms):
        raise SnapshotDoesNotFit(
            "The code of the plan was cut into other atoms since this snapshot.",
            hint="Choose a later one, or resume from where the plan stands.",
        )
    return atoms


def _give_texts(atoms: list[Atom], snapshot: ExecutionSnapshot, actor: Actor) -> None:
    then = {atom.pk: snapshot.atoms[str(atom.pk)]["revision"] for atom in atoms}
    changed = [atom for atom in atoms if then[atom.pk] and then[atom.pk] != str(atom.current_id)]
    wanted = {atom.pk: then[atom.pk] for atom in changed}
    texts = AtomRevision.objects.filter(pk__in=wanted.values()).in_bulk()
    for atom in changed:
        text = texts[uuid.UUID(wanted[atom.pk])].text
        revision = new_revision(atom, text, AtomRevision.Origin.RESTORE, actor.name)
        fields = {"accepted_id": revision.pk} if atom.status == A.ACCEPTED else {}
        Atom.objects.filter(pk=atom.pk).update(current_id=revision.pk, actual_lines=text.count("\n"), **fields)


def _accept(atom_ids: list[uuid.UUID], *, actor: Actor, reason: str) -> None:
    rows = Atom.objects.filter(pk__in=atom_ids)
    for before, after in TO_ACCEPTED:
        transition_many(rows.filter(status__in=before), after, actor=actor, quiet=True, claim=None, claim_expires=None)
    transition_many(
        rows.exclude(status=A.ACCEPTED),
        A.ACCEPTED,
        actor=actor,
        reason=reason,
        accepted=F("current"),
        awaiting_decision=False,
        feedback=[],
        hint="",
    )


def _is_open(atom: Atom, *, then: str) -> bool:
    """Whether an atom that was not accepted then is to be tried again: it or its round has come to an end."""
    if then == A.ACCEPTED:
        return False
    judged_in_vain = atom.status == A.VALIDATING and not (atom.awaiting_decision and then == A.VALIDATING)
    return atom.status == A.ACCEPTED or judged_in_vain or (atom.status == A.FAILED and then != A.FAILED)


def _tasks_as_then(snapshot: ExecutionSnapshot, reopened: set[uuid.UUID], *, actor: Actor, reason: str) -> None:
    tasks = Task.objects.filter(plan_id=snapshot.plan_id)
    done = [short_id for short_id, status in snapshot.tasks.items() if status == T.DONE]
    for before, after in TO_DONE:
        rows = tasks.filter(short_id__in=done, status__in=before).values_list("pk", flat=True)
        move_tasks(plan_id=snapshot.plan_id, task_ids=rows, to=after, actor=actor, reason=reason)
    later = tasks.filter(pk__in=reopened, status__in=[T.READY_FOR_TEST, T.TESTED, T.DONE])
    transition_many(later.exclude(short_id__in=done), T.IN_PROGRESS, actor=actor, reason=reason)
