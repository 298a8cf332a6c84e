"""What a plan that is approved or under way would be touched by, were it to go back to an earlier version.

The versions say it; no model is asked.
"""

from __future__ import annotations

from common.errors import InvalidInput
from integrations.llm.shapes import ImpactAnalysis
from planning.errors import NothingToChange
from planning.limits import limits_in_force
from planning.models import MasterPlan, ModificationProposal, PlanVersion
from planning.plan_checks import new_problems
from planning.plan_diff import PlanDiff, compare
from planning.plan_impact import Impact
from planning.plan_restoring import restoration
from planning.services.impact import Analysed, analysed
from planning.services.versions import state_in
from planning.states import ProposalStatus


def require_difference(plan: MasterPlan, number: int) -> None:
    """Raises ``NotFound``, and ``NothingToChange`` when the plan is as in that version. Two queries."""
    if not compare(state_in(plan.pk, plan.version), state_in(plan.pk, number)):
        raise NothingToChange(f"The plan is as it was in version {number}.", hint="Choose a version that differs.")


def analyse_restoration(proposal: ModificationProposal, number: int) -> Analysed:
    """What bringing version ``number`` back does to the plan. Raises ``NothingToChange``, ``InvalidInput``."""
    before, after = state_in(proposal.plan_id, proposal.base_version), state_in(proposal.plan_id, number)
    if problems := new_problems(before, after, limits_in_force()):
        raise InvalidInput(
            f"The plan of version {number} would not hold together now: {problems[0]}",
            hint="The limits of plans may be others than they were then.",
            problems=problems[:50],
        )
    found = analysed(proposal.plan, before, after, _restoration(proposal, number))
    if found is None:
        raise NothingToChange(f"The plan is as it was in version {number}.", hint="Choose a version that differs.")
    return found


def _restoration(proposal: ModificationProposal, number: int) -> ImpactAnalysis:
    """Two queries besides those for the two states."""
    later = PlanVersion.objects.filter(plan=proposal.plan_id, number__gt=number, number__lte=proposal.base_version)
    made = ModificationProposal.objects.filter(plan=proposal.plan_id, status=ProposalStatus.APPROVED)
    impacts = dict(made.filter(made_version__in=later.values("number")).values_list("made_version", "impact"))
    written = {name for impact in impacts.values() for name in Impact.model_validate(impact).to_write}
    diffs = [diff for made_by, diff in later.values_list("number", "diff") if made_by not in impacts]
    return restoration(
        state_in(proposal.plan_id, proposal.base_version),
        state_in(proposal.plan_id, number),
        number=number,
        written=written,
        edits=[PlanDiff.model_validate(diff) for diff in diffs],
    )
