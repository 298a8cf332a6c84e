"""Code, findings and differences as they are shown. Pure."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from execution.highlighting import MAX_HIGHLIGHTED_CHARS, highlighted_lines, reveal
from integrations.llm.shapes import Diagnostic
from review.comparing import MAX_DIFF_LINES, difference, unified
from review.placing import Finding, finding_of, place

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=300)


def plain(line: str) -> str:
    return html.unescape(re.sub(r"<span class=\"\w+\">|</span>", "", line))


@given(TEXT)
def test_highlighting_loses_nothing_and_lets_no_markup_through(text: str) -> None:
    text = text.replace("\r", "")
    lines = highlighted_lines(text, "python")
    shown = reveal(text).removesuffix("\n") if text != "\n" else ""
    assert [plain(line) for line in lines] == shown.split("\n")
    assert all("<" not in re.sub(r"<span class=\"\w+\">|</span>", "", line) for line in lines)


def test_lines_are_coloured_by_classes_only() -> None:
    (line,) = highlighted_lines('x = "<b>"\n', "python")
    assert "style" not in line
    assert '<span class="s2">"&lt;b&gt;"</span>' in line


def test_a_string_over_several_lines_closes_its_colour_on_each() -> None:
    for line in highlighted_lines('x = """a\nb\nc"""\n', "python"):
        assert line.count("<span") == line.count("</span>")


def test_an_unknown_language_and_a_huge_text_are_shown_plain_and_escaped() -> None:
    assert highlighted_lines("<b>\n", "no such language") == ["&lt;b&gt;"]
    assert highlighted_lines("<" * (MAX_HIGHLIGHTED_CHARS + 1), "python") == ["&lt;" * (MAX_HIGHLIGHTED_CHARS + 1)]


def test_characters_that_deceive_a_reader_are_shown_by_their_number() -> None:
    assert reveal("a\u202eb\u2066c\u200bd\x1be\tf\n") == "a⟦U+202E⟧b⟦U+2066⟧c⟦U+200B⟧d⟦U+001B⟧e\tf\n"


@given(TEXT)
def test_equal_texts_do_not_differ(text: str) -> None:
    assert difference(text, text) == []


@given(st.lists(st.sampled_from("abc"), min_size=1), st.lists(st.sampled_from("abc"), min_size=1))
def test_a_difference_tells_every_line_that_went_and_came(before: list[str], after: list[str]) -> None:
    lines = difference("\n".join(before), "\n".join(after))
    came = [(line.new, line.text) for line in lines if line.kind == "added"]
    went = [(line.old, line.text) for line in lines if line.kind == "removed"]
    assert all(after[number - 1] == text for number, text in came if number)
    assert all(before[number - 1] == text for number, text in went if number)
    assert len(after) - len(before) == len(came) - len(went)


def test_a_difference_as_text() -> None:
    assert unified(difference("a\nb\n", "a\nc\n")) == "@@ line 1 @@\n a\n-b\n+c"


def test_what_is_too_long_to_compare_says_so() -> None:
    (line,) = difference("a\n" * MAX_DIFF_LINES, "b\n" * (MAX_DIFF_LINES + 2))
    assert (line.kind, "too many" in line.text) == ("place", True)


def test_findings_stand_beside_their_lines_and_others_apart() -> None:
    here, there = Finding("here", "error", "types"), Finding("there", "warning", "lint")
    lines, elsewhere = place(["a", "b"], [(11, here), (9, there), (12, there)], start=10)
    assert [(line.number, line.findings) for line in lines] == [(10, []), (11, [here])]
    assert elsewhere == [there, there]


def test_a_diagnostic_says_where_it_comes_from() -> None:
    diagnostic = Diagnostic(path="a.py", line=1, layer="types", code="arg-type", message="Wrong.", hint="Mend it.")
    assert finding_of(diagnostic) == Finding("Wrong.", "error", "types arg-type", "Mend it.")
