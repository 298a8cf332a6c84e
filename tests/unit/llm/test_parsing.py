from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.llm.parsing import MOST_CHARACTERS, MOST_ERRORS, DoesNotFit, parse
from integrations.llm.shapes import ReportSummary, TaskCode

ANSWER = ReportSummary(summary="Done: {all} of it.", next_steps=["Try"])
WHOLE = ANSWER.model_dump_json()


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"\n{WHOLE}\n",
        f"```json\n{WHOLE}\n```",
        f"Here it is: {WHOLE} Anything else?",
        f"I thought of {{this}} first. {WHOLE}",
    ],
)
def test_the_object_is_found_wherever_it_stands(text: str) -> None:
    assert parse(text, ReportSummary) == ANSWER


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("", ["answer: no JSON object found in it"]),
        ("No.", ["answer: no JSON object found in it"]),
        ("[1, 2]", ["answer: no JSON object found in it"]),
        ("{}", ["summary: Field required"]),
        ('{"summary": "x", "mood": "good"}', ["mood: Extra inputs are not permitted"]),
        ('{"summary": null}', ["summary: Input should be a valid string"]),
    ],
)
def test_what_does_not_fit_says_where_and_why(text: str, errors: list[str]) -> None:
    with pytest.raises(DoesNotFit) as raised:
        parse(text, ReportSummary)
    assert raised.value.errors == errors


def test_errors_do_not_repeat_what_the_answer_said() -> None:
    with pytest.raises(DoesNotFit) as raised:
        parse('{"summary": {"secret": "hunter2"}}', ReportSummary)
    assert "hunter2" not in str(raised.value)


def test_only_the_first_errors_are_told() -> None:
    with pytest.raises(DoesNotFit) as raised:
        parse(json.dumps({"files": [{} for _ in range(50)]}), TaskCode)
    assert len(raised.value.errors) == MOST_ERRORS


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    ["{" * 1_000_000, '{"a":' * 500_000, "x" + "[{" * 400_000, "a" * (MOST_CHARACTERS + 1)],
    ids=["braces", "nested", "mixed", "too long"],
)
def test_a_huge_or_hostile_answer_is_refused_in_a_moment(text: str) -> None:
    with pytest.raises(DoesNotFit):
        parse(text, ReportSummary)


@given(st.text())
def test_no_text_makes_parsing_fail_in_another_way(text: str) -> None:
    with pytest.raises(DoesNotFit):
        parse(text, ReportSummary)


KEEPABLE = st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs"], include_characters="\t\n\r"))


@pytest.mark.parametrize("escape", [r"\u0000", r"\u001b", r"\u007F"])
def test_control_characters_are_refused_by_place(escape: str) -> None:
    with pytest.raises(DoesNotFit) as raised:
        parse('{"summary": "good", "next_steps": ["fine", "bad' + escape + '"]}', ReportSummary)
    (line,) = raised.value.errors
    assert line.startswith("next_steps.1: holds the control character U+00")


def test_an_escape_that_the_answer_speaks_of_is_no_control_character() -> None:
    assert parse(r'{"summary": "write \\u0000 so\n"}', ReportSummary).summary == "write \\u0000 so\n"


def test_half_a_character_is_no_json() -> None:
    with pytest.raises(DoesNotFit):
        parse(r'{"summary": "\ud800"}', ReportSummary)


@given(summary=KEEPABLE, before=st.text(alphabet=st.characters(exclude_characters="{")))
def test_a_valid_answer_is_found_whole_after_any_prose(summary: str, before: str) -> None:
    answer = ReportSummary(summary=summary)
    assert parse(before + json.dumps(answer.model_dump()), ReportSummary) == answer
