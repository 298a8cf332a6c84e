from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput, TooLarge
from planning.errors import RequestNotUsable
from planning.texts import clean_request, clean_text


def test_outer_blanks_are_taken_off() -> None:
    assert clean_request("\n  Create an API\twith tasks \r\n", max_chars=100) == "Create an API\twith tasks"


@pytest.mark.parametrize(
    ("text", "detail"),
    [("", "The request is empty."), (" \n\t ", "The request is empty."), ("?!… --", "The request has no words.")],
)
def test_a_request_needs_words(text: str, detail: str) -> None:
    with pytest.raises(RequestNotUsable) as refused:
        clean_request(text, max_chars=100)
    assert refused.value.detail == detail
    assert "for example" in refused.value.hint


def test_a_request_in_any_script_has_words() -> None:
    assert clean_request("タスク管理のAPI", max_chars=100) == "タスク管理のAPI"


def test_the_limit_is_named() -> None:
    with pytest.raises(TooLarge) as refused:
        clean_request("a" * 101, max_chars=100)
    assert refused.value.detail == "The request has 101 characters; at most 100 are read."
    assert refused.value.context == {"limit": 100, "length": 101}


def test_exactly_the_limit_is_read() -> None:
    assert clean_request("a" * 100, max_chars=100) == "a" * 100


@pytest.mark.parametrize(
    ("letter", "name"), [("\x00", "U+0000"), ("\x1b", "U+001B"), ("\x7f", "U+007F"), ("\ud800", "U+D800")]
)
def test_control_characters_are_named_with_their_place(letter: str, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_text(f"abc{letter}def", name="The answer", max_chars=100)
    assert refused.value.detail == f"The answer has a control character ({name}) at position 4."


@given(st.text(max_size=300))
def test_what_passes_can_be_stored_and_passes_again(text: str) -> None:
    try:
        cleaned = clean_text(text, name="The text", max_chars=200)
    except InvalidInput:
        return
    assert cleaned.encode().decode() == cleaned
    assert "\x00" not in cleaned
    assert clean_text(cleaned, name="The text", max_chars=200) == cleaned
