"""One more attempt by hand: at an atom, or at a task. Idempotent where the item has its turn already."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from common.actors import Actor
from common.changes import change
from common.errors import Conflict, NotFound, TransitionConflict
from common.transitions import move_if_possible, transition
from execution import dispatch
from execution.models import Atom
from execution.services.advance_stage import back_to_waves
from execution.services.code_progress import count_code
from execution.services.small_runs import run_to_change
from execution.states import AtomStatus
from execution.waves.dependents import failed_or_waiting, release_dependents
from planning.models import Task
from planning.services.progress import move_tasks, refresh_progress
from planning.states import TaskStatus

EXTRA_ATTEMPTS = 3
"""How many more attempts an atom, and drafts a task, may get by hand or by a proposal."""
LEFT_OUT = "It is left out of the project; only a later version of the plan brings it back: ask for a modification."


def try_again(*, atom: Atom, hint: str, actor: Actor) -> Atom:
    """One more attempt for an atom that waits, failed, or was accepted; what it held back is released.

    Raises ``Conflict`` when its extra attempts are spent, it is being worked on, or its plan was given up.
    """
    with change():
        run = run_to_change(atom.plan_id)
        atom = Atom.objects.select_for_update(of=("self",), no_key=True).select_related("task").get(pk=atom.pk)
        limit = atom.task.max_attempts + EXTRA_ATTEMPTS
        if atom.attempts >= limit:
            raise Conflict(
                f"{atom.label()} had {atom.attempts} attempts, no more are allowed.",
                hint="Give a fix by hand, or skip its task.",
            )
        being_judged = atom.status == AtomStatus.VALIDATING and not atom.awaiting_decision
        if atom.status == AtomStatus.RUNNING or being_judged:
            raise Conflict(f"{atom.label()} is being worked on.", hint="Wait until its round is closed.")
        moved = move_if_possible(
            atom,
            AtomStatus.RETRYING,
            actor=actor,
            reason=hint,
            awaiting_decision=False,
            hint=hint,
            max_attempts=min(max(atom.attempts + 1, atom.max_attempts), limit),
        )
        if not moved:
            raise _no_attempt_now(atom)
        reopen_task(atom, actor=actor)
        release_dependents(atom.plan_id)
        back_to_waves(run)
    return atom


def _no_attempt_now(atom: Atom) -> TransitionConflict:
    hint = {
        AtomStatus.RETRYING: "It is tried again in the next round anyway; resume the plan if it is paused.",
        AtomStatus.PENDING: "It was not tried yet; its wave is to come. Resume the plan if it is paused.",
        AtomStatus.BLOCKED: "Mend the failed atom that it needs; it is freed with that.",
        AtomStatus.SKIPPED: LEFT_OUT,
    }.get(AtomStatus(atom.status), "")
    legal = atom.machine.targets(atom.status)
    return TransitionConflict(item=atom.label(), current=atom.status, wanted="retrying", legal=legal, hint=hint)


def reopen_task(atom: Atom, *, actor: Actor) -> None:
    """A task whose atom is changed is not finished, whatever it was; a failed one begins anew."""
    task = Task.objects.get(pk=atom.task_id)
    if task.status == TaskStatus.FAILED:
        move_if_possible(task, TaskStatus.PENDING, actor=actor)
    move_tasks(
        plan_id=task.plan_id,
        task_ids=[task.pk],
        to=TaskStatus.IN_PROGRESS,
        actor=actor,
        reason="an atom of it is changed",
    )
    count_code(atom.plan_id, [task.pk])
    refresh_progress(atom.plan_id, actor=actor)


def retry_task(*, task_id: uuid.UUID, hint: str = "", actor: Actor) -> Task:
    """A new draft for a task of which no code could be made; else one more attempt at the atoms that failed.

    Where none failed, all of its code is tried again. A task that has its turn already is left to it. Raises
    ``NotFound``, ``TransitionConflict`` for one that is left out, ``Conflict`` when its extra attempts are spent.
    """
    with change():
        found = Task.objects.filter(pk=task_id).first()
        if found is None:
            raise NotFound("There is no such task.")
        run = run_to_change(found.plan_id)
        task = Task.objects.select_for_update(no_key=True).get(pk=task_id)
        if task.draft is None:
            _draft_again(task, hint, actor)
            dispatch.advance_run(run.pk)
        else:
            _attempt_again(task, hint, actor)
    return Task.objects.get(pk=task_id)


def _draft_again(task: Task, hint: str, actor: Actor) -> None:
    if task.status in (TaskStatus.PENDING, TaskStatus.IN_PROGRESS):
        return
    if task.status == TaskStatus.SKIPPED:  # only a later version of the plan brings it back
        raise TransitionConflict(item=task.label(), current=task.status, wanted=TaskStatus.PENDING, legal=[])
    if task.status == TaskStatus.FAILED and task.attempts >= EXTRA_ATTEMPTS:
        raise Conflict(f"{task.short_id} was drafted anew {task.attempts} times, no more are allowed.", hint="Skip it.")
    transition(
        task,
        TaskStatus.PENDING,
        actor=actor,
        reason=hint or "tried again by hand",
        hint=hint or task.hint,
        attempts=task.attempts + (task.status == TaskStatus.FAILED),  # a blocked one has spent none
        last_error="",
    )
    refresh_progress(task.plan_id, actor=actor)


def _attempt_again(task: Task, hint: str, actor: Actor) -> None:
    atoms = Atom.objects.filter(task=task).exclude(status=AtomStatus.SKIPPED)
    chosen = list(atoms.filter(failed_or_waiting()).order_by("number"))
    if not chosen:
        if task.status == TaskStatus.SKIPPED or not atoms.exists():
            hint = LEFT_OUT if task.status == TaskStatus.SKIPPED else "Its code is to be cut into atoms first."
            raise Conflict(f"{task.label()} is {task.status}; no code of it can be tried again now.", hint=hint)
        if atoms.exclude(status=AtomStatus.ACCEPTED).exists():
            return  # its turn is under way, or comes
        chosen = _with_attempts_left(task, atoms.order_by("number"))
    for atom in chosen:
        try_again(atom=atom, hint=hint or task.last_error or "Try again.", actor=actor)


def _with_attempts_left(task: Task, atoms: QuerySet[Atom]) -> list[Atom]:
    """What is tried again of a task that as a whole is not done: its code, without the imports, which follow it."""
    code = [atom for atom in atoms if atom.kind != "import"] or list(atoms)
    left = [atom for atom in code if atom.attempts < task.max_attempts + EXTRA_ATTEMPTS]
    if not left:
        raise Conflict(f"All atoms of {task.label()} had their attempts.", hint="Give a fix by hand, or skip it.")
    return left
