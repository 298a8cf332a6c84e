"""What a new version of a plan does to the code that is there: exactly what changed is made again.

Tasks that changed are drafted anew and those that left are left out, here; which atoms that concerns is known when the
new drafts are cut (``recutting``), and what uses those when the graph is built (``judging_again``).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from common.actors import SYSTEM, Actor
from common.transitions import move_if_possible, transition, transition_many
from execution.models import Atom, AtomAttempt, Round, Run
from execution.projection import show_after_commit
from execution.services.advance_stage import enter_stage
from execution.services.leaving_out import leave_out_atoms, leave_out_tasks
from execution.services.small_runs import begin_small_run
from execution.states import AtomStatus, RoundStatus, Stage, WaveStatus
from execution.waves.dependents import needing, release_dependents
from execution.waves.settling import count_atoms
from planning.models import MasterPlan, Task
from planning.plan_impact import AtomCounts
from planning.services.progress import move_tasks, refresh_progress
from planning.services.renewing import Renewal
from planning.states import PlanStatus, TaskStatus

BEGUN = [TaskStatus.READY_FOR_TEST, TaskStatus.TESTED, TaskStatus.DONE]
STOPPED = [TaskStatus.FAILED, TaskStatus.BLOCKED]


def rebuild_what_changed(*, plan_id: uuid.UUID, run: Run | None, renewal: Renewal, actor: Actor) -> Run | None:
    """Send the run, or for a completed plan a small one, back to where the new version's code is made.

    Call it in the change that makes the version, with run and plan held and nothing in flight. ``None`` for a plan that
    was not begun.
    """
    why = f"version {renewal.version.number}: {renewal.version.summary}"[:500]
    leave_plan(renewal.removed, version=renewal.version.number, actor=actor)
    draft_anew(renewal.to_write, why=why, actor=actor)
    refresh_progress(plan_id, actor=actor)
    plan = MasterPlan.objects.get(pk=plan_id)
    if run is None:
        return begin_small_run(plan, Stage.CODE_GENERATION) if plan.status == PlanStatus.COMPLETED else None
    end_open_round(plan_id, why=why)
    release_dependents(plan_id)
    count_atoms(run)
    Run.objects.filter(pk=run.pk).update(test_rounds=0, gate_rounds=0, gate_repairs=0)
    enter_stage(run, Stage.CODE_GENERATION)
    return run


def atoms_touched(plan_id: uuid.UUID, short_ids: Collection[str]) -> AtomCounts:
    """How many atoms a change of these tasks concerns, as the code is now. A query a level of the graph."""
    atoms = Atom.objects.filter(plan_id=plan_id).exclude(status=AtomStatus.SKIPPED)
    own = set(atoms.filter(task__short_id__in=short_ids, task__left_in__isnull=True).values_list("pk", flat=True))
    there = set(atoms.values_list("pk", flat=True))
    users = (needing(plan_id, own) & there) - own
    return AtomCounts(replaced=len(own), judged_again=len(users), kept=len(there) - len(own) - len(users))


def leave_plan(tasks: list[Task], *, version: int, actor: Actor) -> None:
    """Tasks that a version leaves out are skipped, with their atoms and files; what is known of them stays."""
    if not tasks:
        return
    plan_id, ids = tasks[0].plan_id, [task.pk for task in tasks]
    why = f"left out in version {version}"
    Task.objects.filter(pk__in=ids).update(left_in=version, draft=None)
    leave_out_tasks(tasks, why=why, actor=actor)
    gone = leave_out_atoms(Atom.objects.filter(task__in=ids), why=why, actor=actor)
    if gone:
        plan = MasterPlan.objects.get(pk=plan_id)
        show_after_commit(plan)


def draft_anew(tasks: list[Task], *, why: str, actor: Actor) -> None:
    """These tasks are written again; one that a person skipped stays skipped, one that comes back is pending."""
    for task in tasks:
        if task.left_in is not None:
            transition(task, TaskStatus.PENDING, actor=actor, reason=why, left_in=None)
    chosen = [task for task in tasks if task.status not in (TaskStatus.SKIPPED, TaskStatus.CANCELLED)]
    ids = [task.pk for task in chosen]
    Task.objects.filter(pk__in=ids).update(
        draft=None,
        draft_claim=None,
        draft_claim_expires=None,
        cut_again=True,
        code_percent=0,
        last_error="",
        definition_of_done_satisfied=False,
    )
    for statuses, to in ((BEGUN, TaskStatus.IN_PROGRESS), (STOPPED, TaskStatus.PENDING)):
        moving = [task.pk for task in chosen if task.status in statuses]
        if moving:
            move_tasks(plan_id=chosen[0].plan_id, task_ids=moving, to=to, actor=actor, reason=why)


def end_open_round(plan_id: uuid.UUID, *, why: str) -> None:
    """A round that was open when its run paused does not go on: its atoms may wait for others in the new graph.

    What was judged alone by then is judged again as it stands, or answers the errors that it was found to have.
    """
    round_ = Round.objects.filter(plan_id=plan_id, status=RoundStatus.OPEN).select_related("wave").first()
    if round_ is None:
        return
    transition(round_, RoundStatus.CLOSED, actor=SYSTEM, reason=why, claim=None, claim_expires=None)
    move_if_possible(round_.wave, WaveStatus.COMPLETED, actor=SYSTEM, reason=why)
    judged = Atom.objects.filter(pk__in=round_.atom_ids, status=AtomStatus.VALIDATING, awaiting_decision=False)
    attempts = AtomAttempt.objects.filter(round=round_, success=False)
    wrong = dict(attempts.values_list("atom_id", "errors"))
    reopened = transition_many(judged, AtomStatus.RETRYING, actor=SYSTEM, reason=why)
    for atom in reopened:
        atom.feedback = wrong.get(atom.pk, [])
    Atom.objects.bulk_update(reopened, ["feedback"], batch_size=200)
