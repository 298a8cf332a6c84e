"""What a person chooses for an atom whose attempts are spent: a proposal, a fix by hand, its task left out."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from common.actors import SYSTEM, Actor
from common.changes import change, emit, remember
from common.errors import Conflict, DevMatrixError, InvalidInput
from common.transitions import move_if_possible
from execution import dispatch
from execution.drafts.by_hand import fix_atom
from execution.models import Atom, FailureAnalysis, Run
from execution.services.invalidating import rebuild_what_changed
from execution.services.pausing import PROPOSAL, WAITS_FOR_PAUSE
from execution.services.runs import ask_to_pause, held_run, held_run_and_plan, resume_run
from execution.services.skipping import skip_task
from execution.services.small_runs import NotBeingBuilt
from execution.services.trying_again import try_again
from execution.states import AtomStatus, RunStatus
from integrations.llm.shapes import Proposal
from planning.limits import limits_in_force
from planning.models import MasterPlan, Task
from planning.plan_mending import with_new_dependency, with_other_scope
from planning.services.modifications import require_no_modification
from planning.services.renewing import Edit, mend_plan
from planning.services.revising import require_sound, required_statements
from planning.services.versions import state_in
from planning.states import PlanStatus

logger = logging.getLogger(__name__)

CONTEXT, SCOPE, DEPENDENCY = "modify_task_context", "modify_task_scope", "create_dependency_task"


Action = Literal["proposal", "fix", "skip", "pause"]


@dataclass(frozen=True)
class Choice:
    """``proposal`` counts for a proposal (with a ``target_file`` where it names none), ``code`` for a fix."""

    action: Action
    proposal: int = 0
    target_file: str = ""
    code: str = ""
    reason: str = ""


def choose(*, analysis: FailureAnalysis, wanted: Choice, actor: Actor) -> None:
    """Do what was chosen. A pause leaves the choice open. Raises as the functions below."""
    if wanted.action == "proposal":
        choose_proposal(analysis=analysis, index=wanted.proposal, actor=actor, target_file=wanted.target_file)
    elif wanted.action == "fix":
        fix_by_hand(analysis=analysis, code=wanted.code, actor=actor, reason=wanted.reason)
    elif wanted.action == "skip":
        skip_failed(analysis=analysis, actor=actor, reason=wanted.reason)
    else:
        ask_to_pause(plan=analysis.plan, actor=actor, note=wanted.reason)


def choose_proposal(
    *, analysis: FailureAnalysis, index: int, actor: Actor, target_file: str = "", unattended: bool = False
) -> Atom:
    """Apply one proposal. More context is a hint for one more attempt; another scope or a new task is a new version of
    the plan, in which the task is written anew: at once where nothing runs, else at the next safe point.

    An ``unattended`` choice never changes a plan that people approved: it takes any proposal as a hint. Raises
    ``Conflict`` when a choice was made already, ``InvalidInput`` for a proposal that does not exist or does not fit.
    """
    proposal = _proposal(analysis, index, target_file)
    changes_plan = proposal.action != CONTEXT and not unattended
    with change():
        run, plan = held_run_and_plan(analysis.plan_id)
        choice = {"proposal": index, "action": proposal.action}
        more = {"applied": False, "target_file": proposal.target_file} if changes_plan else {}
        atom = _choose(analysis, {**choice, **more}, actor)
        if not changes_plan:
            return try_again(atom=atom, hint=_hint(proposal), actor=actor)
        _require_mendable(plan, analysis, proposal)
        if run is None or run.status == RunStatus.PAUSED:
            _mend(analysis, plan, run, actor)
        elif not run.pause_asked:
            ask_to_pause(plan=plan, actor=actor, reason=PROPOSAL, note=proposal.title)
    return Atom.objects.get(pk=atom.pk)


def fix_by_hand(*, analysis: FailureAnalysis, code: str, actor: Actor, reason: str = "") -> Atom:
    """Put a person's text in the atom's place. Not inside a transaction: the whole is checked with it.

    Raises ``InvalidInput`` with what the checks found, ``Conflict`` when a choice was made already.
    """
    atom = _atom_of(analysis)
    _require_open(analysis)
    fix_atom(task_id=analysis.task_id, atom_id=atom.pk, code=code, actor=actor, reason=reason)
    with change():
        held_run(analysis.plan_id)
        _choose(analysis, {"action": "fix"}, actor)
    return Atom.objects.get(pk=atom.pk)


def skip_failed(*, analysis: FailureAnalysis, actor: Actor, reason: str = "") -> list[Task]:
    """Leave the task of the failure out, with what needs it; answers those tasks. Raises as ``skip_task``."""
    with change():
        held_run(analysis.plan_id)
        _choose(analysis, {"action": "skip"}, actor)
        return skip_task(task_id=analysis.task_id, actor=actor, reason=reason)


def apply_choices(plan_id: uuid.UUID) -> None:
    """Do what was chosen while the run was under way, once it stands still; a run that paused for that goes on."""
    with change():
        run, plan = held_run_and_plan(plan_id)
        if run is not None and run.status == RunStatus.RUNNING:
            return
        for analysis in FailureAnalysis.objects.filter(WAITS_FOR_PAUSE, plan_id=plan_id).order_by("created_at"):
            _mend_or_tell(analysis, plan, run)
        plan.refresh_from_db()
        if run is not None and plan.pause_reason == PROPOSAL:
            resume_run(plan=plan, actor=SYSTEM)


def resend_choices() -> int:
    """Choices whose message was lost; how many plans have some. For the reconciler."""
    waiting = FailureAnalysis.objects.filter(WAITS_FOR_PAUSE).exclude(plan__runs__status=RunStatus.RUNNING)
    plans = set(waiting.values_list("plan_id", flat=True))
    for plan_id in plans:
        dispatch.apply_choices(plan_id)
    return len(plans)


def _mend_or_tell(analysis: FailureAnalysis, plan: MasterPlan, run: Run | None) -> None:
    """A choice that does not fit any more, because the plan has changed meanwhile, is given back."""
    try:
        with transaction.atomic():
            _require_mendable(plan, analysis, _chosen(analysis))
            _mend(analysis, plan, run, SYSTEM)
    except DevMatrixError as error:
        logger.warning("A choice for %s does not fit any more: %s", analysis.pk, error)
        FailureAnalysis.objects.filter(pk=analysis.pk).update(choice=None)
        emit(("plan", plan.pk), "error", {"code": error.code, "message": error.detail, "hint": error.hint})


def _mend(analysis: FailureAnalysis, plan: MasterPlan, run: Run | None, actor: Actor) -> None:
    """The next version of the plan, and the run back where its code is made. Run and plan are held."""
    proposal = _chosen(analysis)
    renewal = mend_plan(plan, _edit(analysis, proposal), why=proposal.title, actor=actor)
    Task.objects.filter(pk=analysis.task_id).update(hint=_hint(proposal))
    atom = _atom_of(analysis)
    most = max(atom.max_attempts, atom.attempts + 1)
    move_if_possible(
        atom,
        AtomStatus.RETRYING,
        actor=actor,
        reason=proposal.title,
        awaiting_decision=False,
        hint=_hint(proposal),
        max_attempts=most,
    )
    rebuild_what_changed(plan_id=plan.pk, run=run, renewal=renewal, actor=actor)
    done = {**(analysis.choice or {}), "applied": True, "version": renewal.version.number}
    FailureAnalysis.objects.filter(pk=analysis.pk).update(choice=done)


def _require_mendable(plan: MasterPlan, analysis: FailureAnalysis, proposal: Proposal) -> None:
    """Raises ``NotBeingBuilt``, ``ModificationWaits``, ``InvalidInput`` when the plan would not hold together."""
    if plan.status not in (PlanStatus.IN_PROGRESS, PlanStatus.PAUSED, PlanStatus.COMPLETED):
        raise NotBeingBuilt(f"{plan.label()} is {plan.status}.", hint="Only a plan under way or completed is changed.")
    require_no_modification(plan.pk)
    before = state_in(plan.pk, plan.version)
    after = _edit(analysis, proposal)(before)
    try:
        require_sound(before, after, required_statements(plan))
    except InvalidInput as error:
        other = "Send another target_file with it, or choose" if proposal.action == DEPENDENCY else "Choose"
        raise InvalidInput(error.detail, hint=f"{other} another proposal.", **error.context) from None


def _edit(analysis: FailureAnalysis, proposal: Proposal) -> Edit:
    short_id = analysis.task.short_id
    if proposal.action == SCOPE:
        return partial(with_other_scope, short_id=short_id, scope=_hint(proposal))
    return partial(
        with_new_dependency,
        short_id=short_id,
        title=proposal.title,
        detail=proposal.detail,
        minutes=proposal.minutes,
        target_file=proposal.target_file,
        exports=proposal.exports,
        most_dependencies=limits_in_force().max_dependencies,
    )


def _choose(analysis: FailureAnalysis, choice: dict[str, Any], actor: Actor) -> Atom:
    """Keep the choice, once; answers the atom that it is about, as it is now. Called in a change, with the run held."""
    made = {**choice, "by": actor.name, "at": timezone.now().isoformat()}
    if FailureAnalysis.objects.filter(pk=analysis.pk, choice__isnull=True).update(choice=made) != 1:
        raise _chosen_already(FailureAnalysis.objects.get(pk=analysis.pk))
    analysis.choice = made
    atom = _atom_of(analysis)
    if atom.attempts != analysis.attempts:
        raise Conflict("The atom was tried again since then.", hint="Look at its latest attempt.")
    remember(
        plan_id=analysis.plan_id,
        change_type="proposal_chosen",
        actor=actor,
        item_type="atom",
        item_id=atom.pk,
        item_label=atom.label(),
        after=made,
    )
    return atom


def _require_open(analysis: FailureAnalysis) -> None:
    if analysis.choice is not None:
        raise _chosen_already(analysis)


def _chosen_already(analysis: FailureAnalysis) -> Conflict:
    return Conflict(
        "A choice was made for this failure already.",
        hint="See what came of it. If the atom fails again, that is a failure of its own, with its own choice.",
        choice=analysis.choice,
    )


def _atom_of(analysis: FailureAnalysis) -> Atom:
    if analysis.atom is None:
        raise InvalidInput("This failure is not about an atom.")
    analysis.atom.refresh_from_db()
    return analysis.atom


def _proposal(analysis: FailureAnalysis, index: int, target_file: str) -> Proposal:
    if not 0 <= index < len(analysis.proposals):
        raise InvalidInput(
            f"There is no proposal {index}.", hint=f"Choose one from 0 to {len(analysis.proposals) - 1}."
        )
    proposal = Proposal.model_validate(analysis.proposals[index])
    return proposal.model_copy(update={"target_file": target_file}) if target_file else proposal


def _chosen(analysis: FailureAnalysis) -> Proposal:
    choice = analysis.choice or {}
    return _proposal(analysis, int(choice["proposal"]), str(choice.get("target_file", "")))


def _hint(proposal: Proposal) -> str:
    return f"{proposal.title}: {proposal.detail}"
