"""What can stand in the way of a decision. Each says who or what was faster."""

from __future__ import annotations

from common.errors import Conflict, DevMatrixError


class ReviewDecided(Conflict):
    """Somebody decided already (context ``decision``, ``decided_by``, ``decided_at``, ``reason``)."""

    code = "review_decided"
    title = "This review is decided already"


class ReviewObsolete(Conflict):
    """The code has changed since the review was made; an opinion about the old text means nothing now."""

    code = "review_obsolete"
    title = "The code has changed since"


class ReviewClaimed(Conflict):
    """Another person holds the review (context ``claimed_by``, ``claim_expires``)."""

    code = "review_claimed"
    title = "Another person is reviewing this"


class EditUnderWay(Conflict):
    """New code for this atom is being validated at this moment."""

    code = "edit_under_way"
    title = "An edit is being validated"


class EditRefused(DevMatrixError):
    """The reviewer's code did not pass validation; it is kept (context ``diagnostics``)."""

    code = "edit_refused"
    title = "The new code does not pass validation"
    status = 422


class NothingToUndo(Conflict):
    """The review is open, or its decision was taken back already."""

    code = "nothing_to_undo"
    title = "There is no decision to take back"
