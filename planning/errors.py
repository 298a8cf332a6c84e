"""What can go wrong in planning, in words for the person who asked."""

from __future__ import annotations

from common.errors import Conflict, DevMatrixError, InvalidInput


class RequestNotUsable(InvalidInput):
    """The request has no words to plan from."""

    code = "request_not_usable"
    title = "The request cannot be read"


class WorkspaceBusy(Conflict):
    """The workspace holds a plan that is not finished (context ``masterplan``)."""

    code = "workspace_busy"
    title = "The workspace has an unfinished plan"


class StepNotPossible(Conflict):
    """The discovery is not at the step that was asked for."""

    code = "step_not_possible"
    title = "Not the turn of this step"


class StepUnderWay(Conflict):
    """Somebody else works on this step of the discovery now."""

    code = "step_under_way"
    title = "The step is under way"


class PlanInvalid(DevMatrixError):
    """The model's plan breaks the rules, also after it was asked to mend them (context ``problems``)."""

    code = "plan_invalid"
    title = "The plan does not hold together"
    status = 502


class PlanNotEditable(Conflict):
    """Only drafts are edited directly; later changes are modifications."""

    code = "plan_not_editable"
    title = "The plan is not a draft"


class PlanUnderRevision(Conflict):
    """The draft is being planned anew (context ``wanted``); what is decided now would be about another plan."""

    code = "plan_under_revision"
    title = "The plan is being planned anew"


class PlanChanged(Conflict):
    """Somebody edited the plan since the version that this edit is for (context ``current``, ``changes``)."""

    code = "plan_changed"
    title = "The plan was changed meanwhile"


class ModificationWaits(Conflict):
    """A proposed change waits for a decision; until then nothing else begins (context ``modification``)."""

    code = "modification_waits"
    title = "A modification waits for a decision"


class NothingToChange(InvalidInput):
    """The words ask for nothing that the plan does not have already, or were not understood."""

    code = "nothing_to_change"
    title = "Nothing would change"


class NotAnalysed(Conflict):
    """What the modification would touch is not known yet (or could not be found out)."""

    code = "not_analysed"
    title = "The modification is still being looked at"


class NotAdjustable(Conflict):
    """A version that is to come back comes back as it was."""

    code = "not_adjustable"
    title = "The proposal cannot be adjusted"
