"""Atoms whose attempts are spent: find the root cause, propose ways out, and do what was chosen."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone

from common import claims
from common.actors import SYSTEM, Actor, set_trace_id
from common.changes import change, emit, remember
from common.errors import Conflict, DevMatrixError, InvalidInput
from common.transitions import move_if_possible
from execution import dispatch
from execution.models import Atom, FailureAnalysis, Run
from execution.services.advance_stage import enter_stage
from execution.services.engine import engine_options_of
from execution.services.pausing import pause_for_error, pause_now
from execution.services.runs import held_run, open_run
from execution.states import AtomStatus, Stage
from execution.waves.dependents import release_dependents
from execution.waves.spans import span_shape
from execution.waves.tree import base_tree
from integrations.llm.gateway import About, ask
from integrations.llm.shapes import DebugAnalysis, DebugInputs, Diagnostic, PastAttempt
from planning.models import Task
from planning.selectors.plans import project_context_of, task_spec_of
from planning.services.progress import refresh_progress
from planning.states import TaskStatus

EXTRA_ATTEMPTS = 3
"""How many more attempts an atom may get by hand or by a proposal."""


def analyse_failure(atom_id: uuid.UUID) -> None:
    """The DebugAgent looks at everything about one atom, once per number of attempts."""
    atom = Atom.objects.select_related("task", "plan", "current").get(pk=atom_id)
    run = open_run(atom.plan_id)
    if run is None or not atom.awaiting_decision or analysis_of(atom) is not None:
        return
    token = claims.take(Atom.objects.filter(pk=atom_id, awaiting_decision=True))
    if token is None:
        return
    set_trace_id(run.trace_id)
    with claims.holding(Atom, token):
        try:
            _store(atom, run, _ask(atom, run))
        except DevMatrixError as error:
            pause_for_error(run, error)
        finally:
            claims.release(Atom.objects.filter(pk=atom_id), token)


def _store(atom: Atom, run: Run, answer: DebugAnalysis) -> None:
    with change():
        analysis, created = FailureAnalysis.objects.get_or_create(
            atom=atom,
            attempts=atom.attempts,
            defaults={"plan_id": atom.plan_id, "task_id": atom.task_id, **answer.model_dump(mode="json")},
        )
        if created:
            emit(
                ("plan", atom.plan_id),
                "failure_analysis",
                {
                    "failure_id": str(analysis.pk),
                    "atom_id": str(atom.pk),
                    "label": atom.label(),
                    "root_cause": analysis.root_cause,
                    "proposals": analysis.proposals,
                },
            )
        dispatch.advance_run(run.pk)


def _ask(atom: Atom, run: Run) -> DebugAnalysis:
    tree = base_tree(atom.plan_id, path=atom.path)
    span = tree.span_of(atom)
    inputs = DebugInputs(
        project=project_context_of(atom.plan),
        task=task_spec_of(atom.task),
        atom=span_shape(atom, span.start, span.end),
        file_text=tree.files[atom.path],
        history=[
            PastAttempt(
                attempt=row.attempt, text=row.code, errors=[Diagnostic.model_validate(error) for error in row.errors]
            )
            for row in atom.attempt_rows.all()
        ],
    )
    about = About(
        conversation=atom.plan.conversation_id,
        plan=atom.plan_id,
        task=atom.task_id,
        atom=atom.pk,
        trace_id=run.trace_id,
    )
    answer: DebugAnalysis = ask(
        "debug_analysis", inputs, about=about, complexity="high", options=engine_options_of(atom.plan)
    ).answer
    return answer


def analysis_of(atom: Atom) -> FailureAnalysis | None:
    """The analysis of the atom as it failed last, if there is one."""
    return FailureAnalysis.objects.filter(atom=atom, attempts=atom.attempts).first()


def decide_or_pause(run: Run) -> None:
    """Called when no atom can be worked on: go on to the next stage, decide by policy, or wait for a person."""
    waiting = list(Atom.objects.filter(plan_id=run.plan_id, awaiting_decision=True).select_related("plan", "task"))
    if waiting:
        _decide(run, waiting)
        return
    stuck = Atom.objects.filter(plan_id=run.plan_id, status__in=[AtomStatus.FAILED, AtomStatus.BLOCKED])
    if stuck.exists():
        pause_now(
            run,
            reason="pending_decision",
            detail=f"{stuck.count()} atoms failed or wait for a failed one. Retry, fix or skip them, then resume.",
            actor=SYSTEM,
        )
        return
    with change():
        enter_stage(run, Stage.INFRASTRUCTURE)


def _decide(run: Run, waiting: list[Atom]) -> None:
    """Unattended plans take the most probable proposal while attempts are left; others wait for a person."""
    for atom in waiting:
        analysis = analysis_of(atom)
        if analysis is None:
            dispatch.analyse_failure(atom.pk)
        elif run.plan.unattended and atom.attempts < atom.task.max_attempts + EXTRA_ATTEMPTS:
            choose_proposal(analysis=analysis, index=0, actor=SYSTEM)
        else:
            names = ", ".join(item.label() for item in waiting[:3])
            pause_now(
                run,
                reason="pending_decision",
                detail=f"{len(waiting)} atoms need a decision: {names}.",
                actor=SYSTEM,
            )
            return


def choose_proposal(*, analysis: FailureAnalysis, index: int, actor: Actor) -> Atom:
    """Apply one proposal: its detail becomes the hint of one more attempt, with the scope it allows.

    Raises ``Conflict`` when a choice was made already, ``InvalidInput`` for a proposal that does not exist.
    """
    if not 0 <= index < len(analysis.proposals):
        raise InvalidInput(
            f"There is no proposal {index}.", hint=f"Choose one from 0 to {len(analysis.proposals) - 1}."
        )
    proposal: dict[str, Any] = analysis.proposals[index]
    choice = {"proposal": index, "action": proposal["action"], "by": actor.name, "at": timezone.now().isoformat()}
    with change():
        held_run(analysis.plan_id)
        chosen = FailureAnalysis.objects.filter(pk=analysis.pk, choice__isnull=True).update(choice=choice)
        if chosen != 1:
            raise Conflict("A choice was made for this failure already.", choice=analysis.choice)
        if analysis.atom is None:
            raise InvalidInput("This failure is not about an atom.")
        analysis.atom.refresh_from_db()
        if analysis.atom.attempts != analysis.attempts:
            raise Conflict("The atom was tried again since then.", hint="Look at its latest attempt.")
        remember(
            plan_id=analysis.plan_id,
            change_type="proposal_chosen",
            actor=actor,
            item_type="atom",
            item_id=analysis.atom.pk,
            item_label=analysis.atom.label(),
            after=choice,
        )
        return try_again(atom=analysis.atom, hint=f"{proposal['title']}: {proposal['detail']}", actor=actor)


def try_again(*, atom: Atom, hint: str, actor: Actor) -> Atom:
    """One more attempt for an atom that waits, failed, or was accepted; what it held back is released.

    Raises ``Conflict`` when its extra attempts are spent or it is being worked on.
    """
    with change():
        run = held_run(atom.plan_id)
        if run is None:
            raise Conflict("The plan is not being built.", hint="Only atoms of a plan under way are tried again.")
        atom = Atom.objects.select_for_update(of=("self",)).select_related("task").get(pk=atom.pk)
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
            raise Conflict(f"{atom.label()} is {atom.status} and has its turn already, or is left out.")
        _reopen_task(atom, actor)
        release_dependents(atom.plan_id)
        if run.stage in (Stage.INFRASTRUCTURE, Stage.TESTING, Stage.CLOSING):
            enter_stage(run, Stage.WAVES)  # also of a paused run: it goes on there when it is resumed
        dispatch.advance_run(run.pk)
    return atom


def _reopen_task(atom: Atom, actor: Actor) -> None:
    """A task whose atom is tried again is not finished, whatever it was; a failed one begins anew."""
    task = Task.objects.get(pk=atom.task_id)
    if task.status == TaskStatus.FAILED:
        move_if_possible(task, TaskStatus.PENDING, actor=actor)
    if move_if_possible(task, TaskStatus.IN_PROGRESS, actor=actor, reason="an atom of it is tried again"):
        refresh_progress(atom.plan_id, actor=actor)
