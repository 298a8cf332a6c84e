"""Memory over HTTP: staff find everything, others what their own plans taught; bad questions are told."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from integrations.memory.concluding import conclude_uses
from integrations.memory.recalling import recall
from integrations.models.learning import Outcome
from tests.factories import StaffFactory, UserFactory, make_plan
from tests.integrations.conftest import configure, embedded, memory_at_rest  # noqa: F401 - fixtures
from tests.integrations.remembering import ORDERS, TASKS, learn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("embedded")]

Client = Callable[[User | None], APIClient]


def search(client: APIClient, **asked: Any) -> Any:
    return client.get(reverse("memory-search"), {"q": ORDERS, **asked})


def test_staff_find_everything_and_others_what_their_own_plans_taught(client_of: Client) -> None:
    mine, other = make_plan(), make_plan()
    learn(ORDERS, plan=mine.pk, lesson="Mine.")
    learn(f"{ORDERS}!", plan=other.pk, lesson="Another's.")
    learn(f"{ORDERS}?", lesson="Nobody's.")

    def found(user: User) -> list[str]:
        return [row["lesson"] for row in search(client_of(user)).json()["results"]]

    assert found(mine.owner) == ["Mine."]
    assert found(other.owner) == ["Another's."]
    assert found(UserFactory()) == []
    assert sorted(found(StaffFactory())) == ["Another's.", "Mine.", "Nobody's."]


def test_a_search_is_narrowed_by_collection_limit_and_similarity(client_of: Client) -> None:
    client = client_of(StaffFactory())
    record = learn(ORDERS, metadata={"tasks": 30})
    learn(ORDERS, collection="discovery_patterns")
    learn(TASKS)
    assert search(client, collection="successful_masterplans").json()["results"] == [
        {
            "id": str(record.pk),
            "collection": "successful_masterplans",
            "similarity": 1.0,
            "text": ORDERS,
            "lesson": ORDERS,
            "metadata": {"tasks": 30},
        }
    ]
    assert len(search(client, limit=1).json()["results"]) == 1
    assert len(search(client, minimum=0).json()["results"]) == 3


@pytest.mark.parametrize(
    "asked",
    [
        {"q": ""},
        {"q": "x" * 4_001},
        {"collection": "secrets"},
        {"limit": "0"},
        {"limit": "51"},
        {"minimum": "2"},
        {"minimum": "nan"},
        {"q": "a\x00b"},
    ],
)
def test_a_bad_question_is_told_where_it_is_bad(client_of: Client, asked: dict[str, str]) -> None:
    answer = search(client_of(StaffFactory()), **asked)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert set(asked) <= set(answer.json()["errors"])


def test_a_store_that_does_not_answer_is_503_with_what_to_do(
    client_of: Client,
    configure: Callable[..., Any],  # noqa: F811 - the fixture
) -> None:
    configure(chroma_url="http://127.0.0.1:9")
    answer = search(client_of(StaffFactory()))
    assert (answer.status_code, answer.json()["code"]) == (503, "memory_unavailable")
    assert "memory reindex" in answer.json()["hint"]
    stats = client_of(UserFactory()).get(reverse("memory-stats")).json()
    assert {row["trouble"] for row in stats["collections"]} == {"memory_unavailable"}


def test_statistics_count_and_compare(client_of: Client) -> None:
    learn(ORDERS)
    for succeeded in (True, True, False):
        item = uuid.uuid4()
        recall("successful_masterplans", text=ORDERS, purpose="masterplan", used_for=item)
        conclude_uses(used_for=item, outcome=Outcome.SUCCEEDED if succeeded else Outcome.FAILED)
    item = uuid.uuid4()
    recall("failed_masterplans", text=ORDERS, purpose="masterplan", used_for=item)
    conclude_uses(used_for=item, outcome=Outcome.FAILED)
    recall("failed_masterplans", text=ORDERS, purpose="masterplan", used_for=uuid.uuid4())

    stats = client_of(UserFactory()).get(reverse("memory-stats")).json()

    assert stats["embedding"] == "hashed-subtokens-2"
    assert stats["collections"][0] == {
        "collection": "successful_masterplans", "learned": 1, "waiting": 0, "indexed": 1, "trouble": "",
        "used": 3, "succeeded": 2, "failed": 1,
    }  # fmt: skip
    plans = next(row for row in stats["purposes"] if row["purpose"] == "masterplan")
    assert (plans["lookups"], plans["answers"], plans["verdict"]) == (5, {"found": 3, "nothing": 2}, "too_few")
    assert (plans["with_memory"]["hits"], plans["with_memory"]["cases"]) == (2, 3)
    assert (plans["without_memory"]["hits"], plans["without_memory"]["cases"]) == (0, 1)
    assert plans["compared_by_lot"] is False


def test_the_schema_names_both(client_of: Client, tmp_path: Path) -> None:
    schema = client_of(StaffFactory()).get(reverse("schema"), HTTP_ACCEPT="application/json").content.decode()
    assert "/api/v2/memory/search/" in schema
    assert "/api/v2/memory/stats/" in schema
