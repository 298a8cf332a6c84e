"""When a person is asked. Pure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.rules import Settled, in_sample, level_for, priority_of, why_review

GOOD = Settled("atom", awaits_decision=False, accepted=True, written_by_person=False, confidence=0.9)


@pytest.mark.parametrize(
    ("atom", "why"),
    [
        (GOOD, None),
        (replace(GOOD, confidence=0.7), None),
        (replace(GOOD, confidence=0.699), "low_confidence"),
        (replace(GOOD, confidence=0.2, written_by_person=True), None),
        (replace(GOOD, confidence=0.2, accepted=False), None),
        (replace(GOOD, confidence=None), None),
        (replace(GOOD, confidence=None, accepted=False, awaits_decision=True), "attempts_spent"),
        (replace(GOOD, awaits_decision=True, written_by_person=True), "attempts_spent"),
    ],
)
def test_a_person_is_asked_where_the_rule_says_so(atom: Settled, why: str | None) -> None:
    assert why_review(atom, sample_share=0) == why


@given(st.text(), st.floats(0, 1))
def test_the_sample_is_the_same_at_every_asking_and_grows_with_its_share(identity: str, share: float) -> None:
    assert in_sample(identity, share) == in_sample(identity, share)
    assert not in_sample(identity, 0)
    assert in_sample(identity, 1)
    if in_sample(identity, share):
        assert in_sample(identity, min(1, share * 1.5))


def test_the_sample_has_about_the_size_that_was_asked_for() -> None:
    chosen = sum(in_sample(f"atom {number}", 0.02) for number in range(20_000))
    assert 320 <= chosen <= 480


@pytest.mark.parametrize(
    ("why", "confidence", "priority"),
    [
        ("attempts_spent", None, "high"),
        ("low_confidence", 0.499, "high"),
        ("low_confidence", 0.5, "normal"),
        ("asked", 0.9, "normal"),
        ("asked", 0.1, "high"),
        ("sample", 0.9, "low"),
        ("sample", None, "low"),
    ],
)
def test_priority(why: str, confidence: float | None, priority: str) -> None:
    assert priority_of(why, confidence) == priority  # type: ignore[arg-type]  # parametrized


def test_an_atom_without_a_score_has_nothing_that_speaks_for_it() -> None:
    assert (level_for(None), level_for(0.85), level_for(0.0)) == ("critical", "high", "critical")
