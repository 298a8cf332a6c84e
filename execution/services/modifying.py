"""Modification during execution: pause, analysis, proposal, decision, and what the run does after it.

While a proposal waits, the run it is for waits too: nothing begins until somebody decides, or the proposal lapses.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.utils import timezone

from common.actors import SYSTEM, Actor, set_trace_id
from common.changes import change
from common.configuration import configuration
from common.errors import DevMatrixError, LimitReached, ServiceUnavailable, TransitionConflict
from common.problems import problem
from execution import dispatch
from execution.models import Run
from execution.services.invalidating import atoms_touched, rebuild_what_changed
from execution.services.pausing import MODIFICATION
from execution.services.runs import AlreadyRunning, ask_to_pause, held_run, open_run, resume_run
from execution.services.small_runs import NotBeingBuilt
from execution.states import RunStatus
from planning.errors import NotAdjustable, NotAnalysed
from planning.models import MasterPlan, ModificationProposal
from planning.services.impact import Analysed, analyse_impact
from planning.services.modifications import (
    claimed_analysis,
    conclude,
    keep_failure,
    modification_with,
    propose,
    store_analysis,
)
from planning.services.renewing import renew_plan
from planning.services.restoring import analyse_restoration, require_difference
from planning.services.revising import require_version
from planning.states import PlanStatus, ProposalStatus
from planning.texts import clean_request, clean_text

logger = logging.getLogger(__name__)

MODIFIABLE = [PlanStatus.APPROVED, PlanStatus.IN_PROGRESS, PlanStatus.PAUSED, PlanStatus.COMPLETED]
MAX_REASON_CHARS = 2_000


def request_modification(*, plan: MasterPlan, requirement: str, actor: Actor) -> ModificationProposal:
    """Ask for a change in plain words. The run pauses at its next safe point; then the change is analysed.

    Raises ``TooLarge``, ``InvalidInput``, ``RequestNotUsable``, ``NotBeingBuilt``, ``ModificationWaits``.
    """
    requirement = clean_request(requirement, max_chars=configuration().max_request_chars)
    with change():
        run, plan = _held(plan.pk)
        _require_modifiable(plan)
        proposal = propose(plan=plan, requirement=requirement, actor=actor)
        _hold(plan, run, proposal, actor)
    return proposal


def request_restoration(
    *, plan: MasterPlan, number: int, actor: Actor, expected: int | None = None
) -> ModificationProposal:
    """Propose to bring an earlier version back, as the next one; what was made since is made again by approval only.

    Raises ``NotFound``, ``NotBeingBuilt``, ``PlanChanged``, ``NothingToChange``, ``ModificationWaits``.
    """
    with change():
        run, plan = _held(plan.pk)
        _require_modifiable(plan)
        require_version(plan, expected)
        require_difference(plan, number)
        proposal = propose(plan=plan, requirement=f"Back to version {number}", restores=number, actor=actor)
        _hold(plan, run, proposal, actor)
    return proposal


def adjust_modification(*, proposal_id: uuid.UUID, words: str, actor: Actor) -> ModificationProposal:
    """A new proposal in the place of this one, which was not what was meant; ``words`` say what is.

    Raises as ``request_modification``, ``NotAdjustable``, and ``TransitionConflict`` when it was decided on.
    """
    words = clean_request(words, max_chars=configuration().max_request_chars)
    with change():
        run, plan = _held(modification_with(proposal_id).plan_id)
        _require_adjustable(modification_with(proposal_id))
        before = conclude(modification_with(proposal_id), ProposalStatus.ADJUSTED, actor=actor, reason=words)
        adjustment = clean_text(
            f"{before.adjustment}\n{words}",
            name="What was adjusted so far",
            max_chars=configuration().max_request_chars,
        )
        proposal = propose(
            plan=plan, requirement=before.requirement, adjustment=adjustment, adjusts=before, actor=actor
        )
        _hold(plan, run, proposal, actor)
    return proposal


def analyse_modification(proposal_id: uuid.UUID) -> None:
    """Find out what a proposal would do, once its run stands still. What cannot be done is refused, in words."""
    proposal = ModificationProposal.objects.select_related("plan").filter(pk=proposal_id).first()
    if proposal is None or _runs(proposal.plan_id):
        return
    set_trace_id(proposal.plan.trace_id)
    with claimed_analysis(proposal_id) as token:
        if token is None:
            return
        try:
            analysed = _analysed(proposal)
            store_analysis(proposal_id, token, analysed, _impact(proposal, analysed))
        except (ServiceUnavailable, LimitReached) as error:
            keep_failure(proposal, problem(error))  # asked again by the reconciler, until the proposal lapses
        except DevMatrixError as error:
            logger.info("A modification of %s was refused: %s", proposal.plan_id, error)
            _refuse(proposal_id, error)


def approve_modification(*, proposal_id: uuid.UUID, actor: Actor) -> ModificationProposal:
    """Make the proposed plan the next version, rebuild what it changes and nothing else, and go on.

    Raises ``NotFound``, ``TransitionConflict``, ``NotAnalysed``, ``PlanChanged``, ``AlreadyRunning``.
    """
    with change():
        run, plan = _held(modification_with(proposal_id).plan_id)
        proposal = ModificationProposal.objects.select_for_update(no_key=True).get(pk=proposal_id)
        if proposal.status == ProposalStatus.PROPOSED and proposal.analysed_at is None:
            raise NotAnalysed("It is not known yet what this changes.", hint="Wait for the proposal; its event tells.")
        conclude(proposal, ProposalStatus.APPROVED, actor=actor, made_version=plan.version + 1)
        if run is not None and run.status == RunStatus.RUNNING:
            raise AlreadyRunning(f"{plan.label()} is being built.", hint="Pause it, or wait for its end; then approve.")
        renewal = renew_plan(plan, proposal, actor=actor)
        rebuild_what_changed(plan_id=plan.pk, run=run, renewal=renewal, actor=actor)
        if run is not None and run.status == RunStatus.PAUSED:
            resume_run(plan=plan, actor=actor)
        if proposal.restores is None:
            dispatch.learn_modification(proposal.pk)
    return proposal


def reject_modification(*, proposal_id: uuid.UUID, actor: Actor, reason: str = "") -> ModificationProposal:
    """Leave the plan as it is; a run that was paused for the proposal goes on. Raises ``TransitionConflict``."""
    reason = clean_text(reason, name="The reason", max_chars=MAX_REASON_CHARS)
    return _conclude_and_let_go(proposal_id, ProposalStatus.REJECTED, actor=actor, reason=reason)


def expire_modifications() -> int:
    """Let proposals lapse that nobody decided on in time; how many. For the reconciler."""
    late = ModificationProposal.objects.filter(status=ProposalStatus.PROPOSED, expires_at__lt=timezone.now())
    lapsed = 0
    for proposal_id in list(late.values_list("pk", flat=True)):
        try:
            _conclude_and_let_go(
                proposal_id, ProposalStatus.EXPIRED, actor=SYSTEM, reason="Nobody decided on it in time."
            )
        except TransitionConflict:  # somebody was faster
            continue
        lapsed += 1
    return lapsed


def resend_modifications() -> int:
    """Have proposals analysed whose message was lost, or whose run stands still by now. For the reconciler."""
    waiting = ModificationProposal.objects.filter(status=ProposalStatus.PROPOSED, analysed_at__isnull=True)
    ids = [pk for pk, plan_id in waiting.values_list("pk", "plan_id") if not _runs(plan_id)]
    for proposal_id in ids:
        dispatch.analyse_modification(proposal_id)
    return len(ids)


def _conclude_and_let_go(
    proposal_id: uuid.UUID, to: ProposalStatus, *, actor: Actor, reason: str, error: dict[str, Any] | None = None
) -> ModificationProposal:
    with change():
        run, plan = _held(modification_with(proposal_id).plan_id)
        fields = {"error": error} if error else {}
        proposal = conclude(modification_with(proposal_id), to, actor=actor, reason=reason, **fields)
        _let_go(plan, run, actor)
    return proposal


def _refuse(proposal_id: uuid.UUID, error: DevMatrixError) -> None:
    try:
        _conclude_and_let_go(
            proposal_id, ProposalStatus.REJECTED, actor=SYSTEM, reason=str(error), error=problem(error)
        )
    except TransitionConflict:
        logger.info("Modification %s was decided on meanwhile.", proposal_id)


def _require_modifiable(plan: MasterPlan) -> None:
    if plan.status not in MODIFIABLE:
        raise NotBeingBuilt(
            f"{plan.label()} is {plan.status}; it cannot be modified.",
            hint="A draft is edited directly." if plan.status == PlanStatus.DRAFT else "Make a new plan.",
            current=plan.status,
        )


def _require_adjustable(proposal: ModificationProposal) -> None:
    if proposal.restores is not None:
        raise NotAdjustable(
            f"Version {proposal.restores} comes back as it was.",
            hint="Decide on it; then ask for what should be otherwise.",
        )


def _analysed(proposal: ModificationProposal) -> Analysed:
    if proposal.restores is None:
        return analyse_impact(proposal)
    return analyse_restoration(proposal, proposal.restores)


def _held(plan_id: uuid.UUID) -> tuple[Run | None, MasterPlan]:
    """The open run and the plan, both held; the run first, as everywhere."""
    return held_run(plan_id), MasterPlan.objects.select_for_update(no_key=True).get(pk=plan_id)


def _hold(plan: MasterPlan, run: Run | None, proposal: ModificationProposal, actor: Actor) -> None:
    """Pause what runs, unless it is about to pause for another reason; then, or at once, have it analysed."""
    if run is not None and run.status == RunStatus.RUNNING:
        if not run.pause_asked:
            ask_to_pause(plan=plan, actor=actor, reason=MODIFICATION, note=proposal.requirement)
        return  # pausing has it analysed
    dispatch.analyse_modification(proposal.pk)


def _let_go(plan: MasterPlan, run: Run | None, actor: Actor) -> None:
    """What was paused for a proposal goes on; what was paused for another reason stays so."""
    if run is None:
        return
    if run.status == RunStatus.RUNNING:
        if run.pause_asked == MODIFICATION:
            resume_run(plan=plan, actor=actor)
    elif plan.pause_reason == MODIFICATION:
        resume_run(plan=plan, actor=actor)


def _runs(plan_id: uuid.UUID) -> bool:
    run = open_run(plan_id)
    return run is not None and run.status == RunStatus.RUNNING


def _impact(proposal: ModificationProposal, analysed: Analysed) -> dict[str, Any]:
    """With the atoms, which planning does not know of."""
    impact = analysed.impact
    gone = {item.id for item in [*impact.changed_tasks, *impact.removed_tasks]}
    counts = atoms_touched(proposal.plan_id, gone)
    return impact.model_copy(update={"atoms": counts}).model_dump(mode="json")
