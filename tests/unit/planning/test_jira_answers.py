"""What Jira's answers mean."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest
import time_machine

from integrations.jira.answers import json_of, rejection, words_of
from integrations.jira.client import retry_after
from integrations.jira.errors import JiraAnswerLost, JiraRejected
from integrations.jira.issues import Created, Refused, outcomes_of


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("7", 7.0),
        ("Sun, 22 Nov 2026 01:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 00:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_a_wait_is_a_number_or_a_date(given: str, seconds: float | None) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 1, tzinfo=UTC), tick=False):
        assert retry_after(httpx2.Headers({"Retry-After": given})) == seconds


def test_what_jira_says_is_told_and_not_too_long() -> None:
    said = {"errorMessages": ["No."], "errors": {"summary": "Too\nlong."}}
    assert words_of(said) == "No. summary: Too long."
    assert words_of({"errorMessages": ["x" * 9_000]}) == "x" * 500
    odds: tuple[object, ...] = (None, [], {"errorMessages": "no list", "errors": []})
    for odd in odds:
        assert words_of(odd) == ""


def test_a_page_of_the_web_is_no_answer() -> None:
    with pytest.raises(JiraRejected, match="no JSON"):
        json_of(b"<html>", host="example.com")
    assert json_of(b"", host="example.com") is None
    refused = rejection(403, b"<html>", host="example.com", path="issue/bulk?a=b")
    assert (str(refused.detail), refused.about_this_alone) == ("Jira at example.com refused issue/bulk (403).", True)


def testoutcomes_of_are_in_the_order_of_what_was_sent() -> None:
    answer = {
        "issues": [{"id": "1", "key": "A-1"}, {"id": "2", "key": "A-2"}],
        "errors": [{"failedElementNumber": 1, "status": 400, "elementErrors": {"errors": {"summary": "No."}}}],
    }
    assert outcomes_of(answer, 3) == [Created("1", "A-1"), Refused("summary: No."), Created("2", "A-2")]


@pytest.mark.parametrize("odd", [None, {}, {"issues": [{"id": "1"}]}, {"errors": [{"failedElementNumber": 9}]}])
def test_an_answer_that_does_not_add_up_is_as_good_as_lost(odd: object) -> None:
    with pytest.raises(JiraAnswerLost):
        outcomes_of(odd, 1)
