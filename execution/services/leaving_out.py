"""Tasks and atoms that are no part of the project any more: skipped, with all that is known of them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from common.actors import Actor
from common.transitions import transition_many
from execution.models import Atom
from execution.states import AtomStatus
from execution.waves.settling import tell_settled
from planning.models import Task
from planning.services.progress import move_tasks
from planning.states import TaskStatus


def leave_out_tasks(tasks: Iterable[Task], *, why: str, actor: Actor) -> None:
    """Skip tasks of one plan; those that are done already are opened again before. Their atoms are not touched."""
    listed = list(tasks)
    if not listed:
        return
    plan_id = listed[0].plan_id
    done = [task.pk for task in listed if task.status == TaskStatus.DONE]
    if done:
        move_tasks(plan_id=plan_id, task_ids=done, to=TaskStatus.IN_PROGRESS, actor=actor, reason=why)
    move_tasks(
        plan_id=plan_id,
        task_ids=[task.pk for task in listed],
        to=TaskStatus.SKIPPED,
        actor=actor,
        reason=why,
        last_error=why,
        draft_claim=None,
        draft_claim_expires=None,
    )


def leave_out_atoms(atoms: QuerySet[Atom], *, why: str, actor: Actor) -> list[Atom]:
    """Skip the atoms for which that is legal; reviews of them are told. Answers those that were skipped."""
    left = transition_many(
        atoms,
        AtomStatus.SKIPPED,
        actor=actor,
        reason=why,
        claim=None,
        claim_expires=None,
        awaiting_decision=False,
    )
    if left:
        tell_settled(left[0].plan_id, [atom.pk for atom in left])
    return left
