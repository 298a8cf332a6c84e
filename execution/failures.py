"""Atoms whose attempts are spent: find the root cause, propose ways out, and do what was chosen."""

from __future__ import annotations

import logging
import uuid

from common import claims
from common.actors import SYSTEM, set_trace_id
from common.changes import change, emit
from common.errors import DevMatrixError
from common.transitions import transition_many
from execution import dispatch
from execution.analysing import debug_inputs
from execution.choosing import choose_proposal
from execution.models import Atom, FailureAnalysis, Run
from execution.services.advance_stage import enter_stage
from execution.services.engine import engine_options_of
from execution.services.pausing import DEFECTS, WorkBroke, pause_for_error, pause_now
from execution.services.runs import open_run
from execution.services.trying_again import EXTRA_ATTEMPTS
from execution.states import AtomStatus, Stage
from execution.waves.dependents import failed_or_waiting
from integrations.llm.gateway import About, ask
from integrations.llm.shapes import DebugAnalysis

logger = logging.getLogger(__name__)


def analyse_failure(atom_id: uuid.UUID) -> None:
    """The DebugAgent looks at everything about one atom, once per number of attempts."""
    atom = Atom.objects.select_related("task", "plan", "current").get(pk=atom_id)
    run = open_run(atom.plan_id)
    if run is None or not _is_lost(atom) or analysis_of(atom) is not None:
        return
    token = claims.take(Atom.objects.filter(failed_or_waiting(), pk=atom_id))
    if token is None:
        return
    set_trace_id(run.trace_id)
    with claims.holding(Atom, token):
        try:
            _store(atom, run, _ask(atom, run))
        except DevMatrixError as error:
            pause_for_error(run, error)
        except DEFECTS as defect:
            logger.exception("The analysis of %s broke.", atom.label())
            hint = "Try the atom again with a hint, give its code by hand, or skip its task; then resume."
            pause_for_error(run, WorkBroke(f"The analysis of {atom.label()}", defect, hint=hint))
        finally:
            claims.release(Atom.objects.filter(pk=atom_id), token)


def _is_lost(atom: Atom) -> bool:
    return atom.awaiting_decision or atom.status == AtomStatus.FAILED


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
        dispatch.learn(atom.plan_id)
        dispatch.advance_run(run.pk)


def _ask(atom: Atom, run: Run) -> DebugAnalysis:
    about = About(
        conversation=atom.plan.conversation_id,
        plan=atom.plan_id,
        task=atom.task_id,
        atom=atom.pk,
        trace_id=run.trace_id,
    )
    answer: DebugAnalysis = ask(
        "debug_analysis", debug_inputs(atom), about=about, complexity="high", options=engine_options_of(atom.plan)
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
        if passed_but_held(atom):
            continue  # no failure: only a person can let it go on
        analysis = analysis_of(atom)
        if analysis is None:
            dispatch.analyse_failure(atom.pk)
        elif run.plan.unattended and atom.attempts < atom.task.max_attempts + EXTRA_ATTEMPTS:
            choose_proposal(analysis=analysis, index=0, actor=SYSTEM, unattended=True)
        elif not run.uses.human_review:
            _fail(waiting)
            dispatch.advance_run(run.pk)
            return
        else:
            _wait(run, waiting)
            return
    if all(passed_but_held(atom) for atom in waiting):
        _wait(run, waiting)


def _wait(run: Run, waiting: list[Atom]) -> None:
    names = ", ".join(item.label() for item in waiting[:3])
    detail = f"{len(waiting)} atoms need a decision: {names}."
    pause_now(run, reason="pending_decision", detail=detail, actor=SYSTEM)


def passed_but_held(atom: Atom) -> bool:
    """It passed, with little confidence, and waits for a review (``REVIEW_BLOCKING``). One query where it waits."""
    if not atom.awaiting_decision:
        return False
    last = atom.attempt_rows.order_by("-attempt").values_list("success", flat=True).first()
    return last is True


def _fail(waiting: list[Atom]) -> None:
    """Where nobody reviews, atoms whose attempts are spent have failed; the next step says what that means."""
    with change():
        transition_many(
            Atom.objects.filter(pk__in=[atom.pk for atom in waiting], awaiting_decision=True),
            AtomStatus.FAILED,
            actor=SYSTEM,
            reason="its attempts are spent, and reviews are switched off",
            awaiting_decision=False,
        )
