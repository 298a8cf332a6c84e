"""Code that a person gives for a task: a whole draft where no model made one, else the text of one of its atoms."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils import timezone

from common.actors import Actor
from common.changes import change
from common.errors import Conflict, InvalidInput, NotFound
from common.transitions import transition
from execution import dispatch
from execution.drafts.checks import problems_of
from execution.drafts.drafting import surroundings_of
from execution.drafts.preconditions import release_tasks
from execution.models import Atom
from execution.services.code_progress import DRAFTED
from execution.services.decisions import edit_atom
from execution.services.small_runs import require_being_built, run_to_change
from execution.services.trying_again import LEFT_OUT
from integrations.llm.shapes import ProjectFile
from planning.models import Task
from planning.selectors.plans import task_spec_of
from planning.services.progress import move_tasks, refresh_progress
from planning.states import TaskStatus


def draft_by_hand(*, task_id: uuid.UUID, files: Sequence[ProjectFile], actor: Actor) -> Task:
    """Take ``files`` as the draft of a task that has none; the run goes on from there as with a model's.

    Raises ``InvalidInput`` with what is wrong (files, syntax, promised names), ``Conflict`` where there is a draft or
    one is being made, ``NotBeingBuilt``.
    """
    with change():
        found = Task.objects.filter(pk=task_id).first()
        if found is None:
            raise NotFound("There is no such task.")
        run = run_to_change(found.plan_id)
        task = Task.objects.select_for_update(no_key=True).get(pk=task_id)
        _require_undrafted(task)
        offered, _ = surroundings_of(task)
        problems = problems_of(task_spec_of(task), files, offered=offered)
        if problems:
            raise InvalidInput("These files are not the code of the task.", problems=problems)
        if task.status == TaskStatus.FAILED:
            transition(task, TaskStatus.PENDING, actor=actor, reason="code given by hand")
        move_tasks(plan_id=task.plan_id, task_ids=[task.pk], to=TaskStatus.IN_PROGRESS, actor=actor)
        Task.objects.filter(pk=task.pk).update(
            draft=[file.model_dump() for file in files],
            draft_claim=None,
            draft_claim_expires=None,
            drafted_at=timezone.now(),
            code_percent=DRAFTED,
            last_error="",
        )
        release_tasks(task.plan_id)
        refresh_progress(task.plan_id, actor=actor)
        dispatch.advance_run(run.pk)
    return Task.objects.get(pk=task_id)


def _require_undrafted(task: Task) -> None:
    if task.status in (TaskStatus.SKIPPED, TaskStatus.CANCELLED):
        raise Conflict(f"{task.short_id} is {task.status}.", hint=LEFT_OUT)
    if task.draft is not None:
        raise Conflict(f"{task.short_id} has code.", hint="Give the text of the atom that is to be mended.")
    if task.draft_claim_expires is not None and task.draft_claim_expires > timezone.now():
        raise Conflict(f"{task.short_id} is being drafted.", hint="Wait for the draft, or pause the plan.")


def fix_atom(*, task_id: uuid.UUID, atom_id: uuid.UUID, code: str, actor: Actor, reason: str = "") -> Atom:
    """Put a person's text in the place of an atom of the task. Not inside a transaction: the whole is checked with it.

    Raises ``NotFound``, ``NotBeingBuilt``, ``Conflict``, and ``InvalidInput`` with what the checks found.
    """
    atom = Atom.objects.select_related("plan").filter(pk=atom_id, task=task_id).first()
    if atom is None:
        raise NotFound("The task has no such atom.")
    require_being_built(atom.plan)
    outcome = edit_atom(atom_id=atom_id, code=code, actor=actor, reason=reason or "fixed by hand")
    if not outcome.accepted:
        found = [finding.model_dump() for finding in outcome.diagnostics]
        hint = "Mend what the diagnostics name, and send the atom's whole text again."
        raise InvalidInput("The fix was not taken: the project is not sound with it.", hint=hint, diagnostics=found)
    return Atom.objects.select_related("task").get(pk=atom_id)
