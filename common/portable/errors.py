"""What can be wrong with a document, or with the moment."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput


class BadDocument(InvalidInput):
    """Names the section, the row in it (from 1) and the field as far as they are known."""

    code = "bad_document"
    title = "The document cannot be imported"


def refusal(problem: str, *, section: str = "", row: int = 0, field: str = "", hint: str = "") -> BadDocument:
    places = [section, f"row {row}" if row else "", f"field {field}" if field else ""]
    place = ", ".join(part for part in places if part)
    known = {"section": section, "row": row, "field": field}
    return BadDocument(
        f"{place}: {problem}" if place else problem,
        hint=hint or "Export the plan again; a document is read by the version of DevMatrix that wrote it.",
        **{name: value for name, value in known.items() if value},
    )


class AlreadyThere(Conflict):
    code = "already_there"
    title = "This installation has it already"


class UnderWay(Conflict):
    """Somebody or something works on the plan at this moment: it has no state that could be carried away."""

    code = "under_way"
    title = "The plan is being worked on"
