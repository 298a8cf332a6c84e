"""One effect and one answer for a key, also when two arrive together or the first fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from rest_framework.test import APIClient

from common.models import IdempotencyKey
from planning.models import MasterPlan, Workspace
from tests.factories import UserFactory, make_plan

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.planning.urls")]
ClientOf = Callable[[User | None], APIClient]


def make(client: APIClient, key: str, name: str = "Shop") -> Any:
    return client.post(reverse("workspaces"), {"name": name}, headers={"Idempotency-Key": key})


def test_the_same_request_again_gets_the_same_answer(client_of: ClientOf) -> None:
    client = client_of(UserFactory())
    first, second = make(client, "k1"), make(client, "k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert ("Idempotent-Replay" in first, second["Idempotent-Replay"]) == (False, "true")
    assert Workspace.objects.count() == 1


def test_another_request_with_the_key_is_refused(client_of: ClientOf) -> None:
    client = client_of(UserFactory())
    make(client, "k1")
    answer = make(client, "k1", name="Bank")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_reused")


def test_people_do_not_share_keys(client_of: ClientOf) -> None:
    assert make(client_of(UserFactory()), "k1").status_code == 201
    assert "Idempotent-Replay" not in make(client_of(UserFactory()), "k1")


def test_a_refused_request_leaves_the_key_free(client_of: ClientOf) -> None:
    client = client_of(UserFactory())
    assert make(client, "k1", name="").status_code == 400
    assert not IdempotencyKey.objects.exists()
    assert make(client, "k1").status_code == 201


@pytest.mark.parametrize("key", ["a" * 201, "tab\there", "caf\xe9\x85"])
def test_unusable_keys_are_refused(key: str, client_of: ClientOf) -> None:
    answer = make(client_of(UserFactory()), key)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_without_a_key_a_repeated_approval_is_a_conflict_and_with_one_it_is_not(client_of: ClientOf) -> None:
    plan = make_plan()
    client, address = client_of(plan.owner), reverse("masterplan-approve", args=[plan.pk])
    answers = [client.post(address, headers={"Idempotency-Key": "k1"}).status_code for _ in range(2)]
    assert answers == [200, 200]
    assert client.post(address).status_code == 409
    assert MasterPlan.objects.get(pk=plan.pk).status == "approved"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_have_one_effect(client_of: ClientOf) -> None:
    owner = UserFactory()
    start, answers = threading.Barrier(4), []

    def send() -> None:
        client = client_of(owner)
        start.wait()
        try:
            answers.append(make(client, "k1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert Workspace.objects.count() == 1
