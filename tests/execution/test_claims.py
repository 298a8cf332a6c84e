"""One holder at a time, for as long as it lives."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import InterfaceError
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common import claims
from execution.models import Atom, Run
from execution.services.runs import in_flight
from execution.states import Stage
from tests.execution.building import Build, at_once, make_build

pytestmark = pytest.mark.django_db


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return make_build({"app/a.py": {"first": "import os\n"}}, workspace=tmp_path)


def take(build: Build) -> uuid.UUID | None:
    return claims.take(Run.objects.filter(pk=build.run.pk), "stage_claim")


def test_a_claim_has_one_holder_until_it_is_released(build: Build) -> None:
    token = take(build)
    assert token is not None
    assert build.current_run().stage_claim == token
    assert take(build) is None
    claims.release(Run.objects.filter(pk=build.run.pk), token, "stage_claim")
    assert build.current_run().stage_claim_expires is None
    assert take(build) not in (None, token)


def test_an_expired_claim_is_free_and_its_old_holder_cannot_release_the_new_one(build: Build) -> None:
    old = take(build)
    assert old is not None
    Run.objects.update(stage_claim_expires=timezone.now() - timedelta(seconds=1))
    new = take(build)
    assert new is not None
    claims.release(Run.objects.filter(pk=build.run.pk), old, "stage_claim")
    assert build.current_run().stage_claim == new


def test_what_does_not_match_any_more_is_not_claimed(build: Build) -> None:
    assert claims.take(Run.objects.filter(pk=build.run.pk, status="paused"), "stage_claim") is None


def test_renewing_moves_the_end_of_ones_own_claim_only(build: Build) -> None:
    token = take(build)
    assert token is not None
    early = timezone.now() + timedelta(seconds=1)
    Run.objects.update(stage_claim_expires=early)
    claims.renew([claims.Claimed(Run, "stage_claim", uuid.uuid4())])
    assert build.current_run().stage_claim_expires == early
    claims.renew([claims.Claimed(Run, "stage_claim", token)])
    assert build.current_run().stage_claim_expires > early + timedelta(seconds=1)  # type: ignore[operator]  # not None


@pytest.fixture
def heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The heart beats when the test says so, over the test's own connection."""
    monkeypatch.setattr(claims, "_ensure_heart", lambda: None)
    monkeypatch.setattr(claims, "_held", set())
    monkeypatch.setattr("common.claims.connection.close", lambda: None)
    monkeypatch.setattr(claims, "close_old_connections", lambda: None)


@pytest.mark.usefixtures("heart")
def test_the_heart_renews_what_is_held_and_nothing_else(build: Build) -> None:
    token = take(build)
    assert token is not None
    early = timezone.now() + timedelta(seconds=1)
    Run.objects.update(stage_claim_expires=early)
    with claims.holding(Run, token, "stage_claim"):
        claims.renew_held()
    renewed = build.current_run().stage_claim_expires
    assert renewed is not None
    assert renewed > early
    claims.renew_held()
    assert build.current_run().stage_claim_expires == renewed


@pytest.mark.usefixtures("heart")
def test_the_heart_outlives_a_database_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def renew(held: list[claims.Claimed]) -> None:
        raise InterfaceError("connection already closed")

    monkeypatch.setattr(claims, "renew", renew)
    with claims.holding(Run, uuid.uuid4(), "stage_claim"):
        claims.renew_held()


def test_a_body_that_fails_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_ensure_heart", lambda: None)
    before = set(claims._held)
    with pytest.raises(ZeroDivisionError), claims.holding(Run, uuid.uuid4()):
        1 / 0  # noqa: B018 - the body fails
    assert claims._held == before


@pytest.mark.django_db(transaction=True)
def test_of_many_that_want_it_at_once_one_gets_it(build: Build) -> None:
    tokens = at_once(*[lambda: take(build)] * 5)
    assert len([token for token in tokens if token is not None]) == 1


@pytest.mark.parametrize("hours", [-1, 1])
def test_machines_whose_clocks_differ_neither_steal_claims_nor_keep_dead_ones(
    build: Build, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    held = take(build)
    wrong = timezone.now() + timedelta(hours=hours)
    monkeypatch.setattr(timezone, "now", lambda: wrong)
    assert take(build) is None
    assert in_flight(Run(pk=build.run.pk, stage=Stage.TESTING))
    assert claims.free_lost(Run.objects.all(), "stage_claim") == 0
    Run.objects.update(stage_claim_expires=Now() - timedelta(seconds=1))
    assert not in_flight(Run(pk=build.run.pk, stage=Stage.TESTING))
    assert claims.free_lost(Run.objects.all(), "stage_claim") == 1
    assert take(build) not in (None, held)


@pytest.mark.usefixtures("heart")
def test_the_heart_takes_one_statement_for_all_claims_of_a_kind(
    build: Build, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    held = [claims.Claimed(Atom, "claim", uuid.uuid4()) for _ in range(100)]
    with django_assert_num_queries(2):
        claims.renew([*held, claims.Claimed(Run, "stage_claim", uuid.uuid4())])
