"""A change that findings suggest, with its reason, and what the last attempt changed."""

from __future__ import annotations

import pytest

from execution.waves.recommending import changes_between, recommend
from integrations.llm.shapes import Diagnostic, PastAttempt

OFFERED = {"app.models": {"Note", "Book"}, "app.schemas": {"NoteIn", "Book"}}


def wrong(message: str, *, line: int = 11, hint: str = "") -> Diagnostic:
    return Diagnostic(path="app/a.py", line=line, layer="lint", code="x", message=message, hint=hint)


@pytest.mark.parametrize(
    ("text", "message", "changed"),
    [
        ("x = Note()\n", "Undefined name `Note`", ["+from app.models import Note"]),
        ("x = Note()\n", 'Name "Note" is not defined', ["+from app.models import Note"]),
        ("x = Book()\n", "Undefined name `Book`", []),
        ("x = Other()\n", "Undefined name `Other`", []),
        ("import os\nx = 1\n", "`os` imported but unused", ["-import os"]),
        (
            "from a import b, c as d\n",
            "`a.b` imported but unused",
            ["-from a import b, c as d", "+from a import c as d"],
        ),
        ("from a import (b, c)\n", "`a.b` imported but unused", []),
        (
            "m.nme = m.nmes\n",
            '"Note" has no attribute "nme"; maybe "name"?',
            ["-m.nme = m.nmes", "+m.name = m.nmes"],
        ),
        ("x = 1\n", "Something else", []),
    ],
)
def test_a_definite_change_is_recommended_as_a_diff(text: str, message: str, changed: list[str]) -> None:
    found = recommend(text, start_line=11, errors=[wrong(message)], offered=OFFERED)
    lines = [line for line in found.diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert lines == changed


def test_a_finding_elsewhere_changes_no_line() -> None:
    assert (
        recommend("import os\n", start_line=11, errors=[wrong("`os` imported but unused", line=3)], offered={}).diff
        == ""
    )


def test_the_reason_says_where_what_and_how_once() -> None:
    errors = [wrong("It is wrong.", hint="Mend it."), wrong("It is wrong.", hint="Mend it."), wrong("Too.", line=12)]
    assert recommend("x\n", start_line=11, errors=errors, offered={}).why == (
        "line 11: It is wrong. Mend it.\nline 12: Too."
    )


def test_what_an_attempt_changed_is_told_once_there_are_two() -> None:
    first = PastAttempt(attempt=1, text="x = 1\ny = 1\n", errors=[])
    second = PastAttempt(attempt=2, text="x = 2\ny = 1\n", errors=[])
    assert changes_between([first]) == ""
    assert changes_between([first, second]).splitlines() == [
        "--- attempt 1", "+++ attempt 2", "@@ -1,2 +1,2 @@", "-x = 1", "+x = 2", " y = 1",
    ]  # fmt: skip
