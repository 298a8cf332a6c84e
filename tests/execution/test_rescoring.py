"""Confidence after tests have run, and what waits for a person because it is too low."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from execution.confidence import Integration, Parts, score, with_tests
from execution.failures import decide_or_pause
from execution.models import AcceptanceResult, AcceptanceTest, ValidationResult
from execution.rescoring import rescore
from execution.waves.closing import close_round
from review.models import Review
from review.services.creation import create_reviews
from tests.execution.building import Build, make_build, report_of
from tests.execution.conftest import Checks

pytestmark = pytest.mark.django_db


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build(
        {"app/a.py": {"first": "x = 1\n"}, "app/b.py": {"second": "y = 1\n"}},
        waves=[["first"], ["second"]],
        edges=[("first", "second")],
        workspace=tmp_path / "workspace",
    )


def close(build: Build, name: str, *, attempt: int) -> None:
    round_ = build.open_round(name, number=1)
    build.judged(round_, name, attempt=attempt)
    close_round(round_.pk)


def result(build: Build, passed: bool | None, name: str = "criterion") -> None:
    test, _ = AcceptanceTest.objects.get_or_create(plan=build.plan, task=build.task, requirement=name, priority="must")
    AcceptanceResult.objects.create(test=test, run=build.run, passed=passed)


def test_the_latest_results_of_a_tasks_tests_count_in_its_atoms(build: Build, checks: list[Checks]) -> None:
    close(build, "first", attempt=2)
    before = build.atom("first")
    assert (float(before.confidence or 0), rescore(build.plan.pk)) == (0.86, 0)
    result(build, False)
    result(build, None, "could not run")
    assert rescore(build.plan.pk) == 1
    failing = build.atom("first")
    assert float(failing.confidence or 0) == 0.81
    assert failing.confidence_parts["explanation"] == (
        "0.81: every check passed, two attempts, complexity 1, 1 of one test failing"
    )
    result(build, True)
    ValidationResult.objects.create(
        plan=build.plan, task=build.task, level=2, layer="api", passed=True, checks_run=3, checks_passed=3
    )
    assert (rescore(build.plan.pk), rescore(build.plan.pk)) == (1, 0)
    passing = build.atom("first")
    assert float(passing.confidence or 0) == 0.91
    assert "failing" not in passing.confidence_parts["explanation"]


@pytest.mark.parametrize(("passed", "total"), [(0, 3), (2, 3), (3, 3), (0, 0)])
def test_a_score_made_anew_is_what_it_had_been_with_the_tests_at_once(passed: int, total: int) -> None:
    tests = Integration(passed, total)
    at_once = score(validation=[], attempts=2, complexity=4, integration=tests)
    early = score(validation=[], attempts=2, complexity=4, integration=Integration(0, 1))
    assert with_tests(early.parts, explanation=early.explanation, integration=tests) == at_once
    assert isinstance(early.parts, Parts)


@pytest.mark.parametrize("blocking", ["critical", "off"])
def test_what_passed_with_too_little_confidence_waits_for_a_person_where_that_is_wanted(
    build: Build, checks: list[Checks], settings: Any, blocking: str
) -> None:
    settings.DEVMATRIX = replace(django_settings.DEVMATRIX, review_blocking=blocking)
    # Passed, but late and complex, and part of it could not be checked.
    checks.append(lambda files: report_of(not_run=["performance"]))
    build.set("first", complexity=10)
    close(build, "first", attempt=4)
    first = build.atom("first")
    assert first.confidence is not None
    assert float(first.confidence) < 0.5
    (review,) = create_reviews(atom_ids=[first.pk])
    assert (review.why, review.priority) == ("low_confidence", Review.Priority.HIGH)
    if blocking == "off":
        assert build.statuses() == {"first": "accepted", "second": "pending"}
        return
    assert build.statuses() == {"first": "validating", "second": "blocked"}
    decide_or_pause(build.current_run())
    plan = build.current_plan()
    assert (build.current_run().status, plan.pause_reason) == ("paused", "pending_decision")
