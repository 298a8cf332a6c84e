"""Memory on a real ChromaDB: what is learned, found, noted as used; and that its failures stop nobody."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from integrations.memory import clients, quietly, store
from integrations.memory.choosing import Plain
from integrations.memory.concluding import belongs_to, conclude_uses
from integrations.memory.embedding import HashedSubtokens
from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable
from integrations.memory.health import check_memory, memory_fact
from integrations.memory.learning import Lesson, forget_source, index_missing, remember
from integrations.memory.recalling import is_held_out, recall, search
from integrations.memory.reindexing import reindex
from integrations.models import LearningLookup, LearningRecord, LearningUse
from integrations.models.learning import Outcome
from tests.integrations.remembering import ORDERS, TASKS, learn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory_at_rest")]


def asked(text: str = ORDERS, **values: Any) -> list[str]:
    found = recall("successful_masterplans", text=text, **{"purpose": "masterplan", **values})
    return [item.text for item in found]


@pytest.mark.usefixtures("embedded")
def test_what_was_learned_is_recalled_by_its_words_and_noted_as_used() -> None:
    learned = learn(ORDERS, lesson="Take payments apart.", metadata={"tasks": 40})
    learn(TASKS)
    item, plan = uuid.uuid4(), uuid.uuid4()

    found = recall(
        "successful_masterplans",
        text="a FastAPI rest api for shops with payment, order, product and customer",
        purpose="masterplan",
        used_for=item,
        plan=plan,
    )

    assert [(one.record_id, one.lesson, one.metadata) for one in found] == [
        (learned.pk, "Take payments apart.", {"tasks": 40})
    ]
    assert 0.7 <= found[0].similarity <= 1
    lookup, use = LearningLookup.objects.get(), LearningUse.objects.get()
    assert (lookup.answer, lookup.found, lookup.similarity) == ("found", 1, found[0].similarity)
    assert (use.record_id, use.lookup_id, use.purpose, use.used_for_id, use.plan_id, use.outcome) == (
        learned.pk, lookup.pk, "masterplan", item, plan, "open",
    )  # fmt: skip


@pytest.mark.usefixtures("embedded")
def test_an_outcome_is_given_once_and_to_the_purposes_named() -> None:
    learn(ORDERS)
    item = uuid.uuid4()
    asked(used_for=item)
    assert conclude_uses(used_for=item, outcome=Outcome.SUCCEEDED, purposes=["task_code"]) == 0
    assert conclude_uses(used_for=[item], outcome=Outcome.SUCCEEDED, ended_as="completed") == 1
    assert conclude_uses(used_for=item, outcome=Outcome.FAILED) == 0
    for row in (LearningLookup.objects.get(), LearningUse.objects.get()):
        assert (row.outcome, row.ended_as, row.ended_at is None) == ("succeeded", "completed", False)


@pytest.mark.usefixtures("embedded")
def test_what_was_asked_before_there_was_a_plan_belongs_to_it_later() -> None:
    learn(ORDERS)
    discovery, plan = uuid.uuid4(), uuid.uuid4()
    asked(used_for=discovery)
    belongs_to(used_for=discovery, plan=plan)
    assert LearningLookup.objects.get().plan_id == LearningUse.objects.get().plan_id == plan


@pytest.mark.usefixtures("embedded")
def test_what_is_less_alike_than_the_minimum_is_not_recalled() -> None:
    learn(ORDERS)
    assert asked("orders of beer") == []
    assert len(search("successful_masterplans", text="orders of beer", limit=3, minimum_similarity=0.1)) == 1
    assert [row.answer for row in LearningLookup.objects.all()] == ["nothing"]
    assert LearningUse.objects.count() == 0


@pytest.mark.usefixtures("embedded")
def test_a_request_in_spanish_finds_the_same_in_english() -> None:
    learn(ORDERS)
    assert asked("API REST de una tienda: pedidos, productos, clientes y pagos") == [ORDERS]


@pytest.mark.usefixtures("embedded")
def test_documents_that_say_the_same_are_given_once_and_ones_own_never() -> None:
    first = learn(ORDERS, lesson="Take payments apart.")
    learn(f"{ORDERS}.", lesson="Take payments apart.")
    other = learn(f"{ORDERS}!", lesson="Number the invoices.")
    assert len(asked()) == 2
    assert asked(used_for=first.source_id) == [f"{ORDERS}.", other.text]


@pytest.mark.usefixtures("embedded")
def test_the_same_source_learned_again_replaces_what_it_taught() -> None:
    source = uuid.uuid4()
    lesson = Lesson("failed_tasks", text="timeout in the queue", source_type="task", source_id=source)
    assert remember([lesson]) == 1
    assert remember([lesson, lesson]) == 0
    first = LearningRecord.objects.get()
    assert remember([Lesson("failed_tasks", text="missing import of json", source_type="task", source_id=source)]) == 1
    assert LearningRecord.objects.get().pk == first.pk
    assert store.count("failed_tasks") == 1
    assert [one.text for one in search("failed_tasks", text="import json missing", limit=3)] == [
        "missing import of json"
    ]


@pytest.mark.usefixtures("embedded")
def test_facts_of_a_document_narrow_the_search() -> None:
    learn(ORDERS, metadata={"stack": "django", "solved": True})
    learn(f"{ORDERS} two", metadata={"stack": "fastapi", "solved": True})
    assert asked(where={"stack": "django", "solved": True}) == [ORDERS]
    assert asked(where={"stack": ["django", "fastapi"], "solved": True}) == [ORDERS, f"{ORDERS} two"]


@pytest.mark.usefixtures("embedded")
def test_what_turned_out_otherwise_is_unlearned() -> None:
    record = learn(ORDERS)
    forget_source("successful_masterplans", record.source_id)
    forget_source("successful_masterplans", record.source_id)
    assert asked() == []
    assert store.count("successful_masterplans") == 0


@pytest.mark.usefixtures("embedded")
def test_a_text_without_words_finds_nothing_and_an_empty_one_is_not_learned() -> None:
    learn(ORDERS)
    assert asked("¿¿¿ !!! ???") == []
    assert remember([Lesson("failed_tasks", text=" \n", source_type="task", source_id=uuid.uuid4())]) == 0


@pytest.mark.usefixtures("embedded")
def test_secrets_and_long_texts_do_not_get_into_memory() -> None:
    record = learn(
        f"{ORDERS} with postgresql://ana:hunter2@db/shop",
        lesson="api_key = 'k3y-0123456789'\n" + "word " * 5_000,
        metadata={"note": "Bearer abcdefghijklmnop"},
    )
    assert "hunter2" not in record.text
    assert "k3y-" not in record.lesson
    assert len(record.lesson) == 6_000
    assert record.metadata == {"note": "[removed]"}


@pytest.mark.usefixtures("embedded")
def test_some_items_are_left_without_what_was_found_so_that_the_others_can_be_compared(
    configure: Callable[..., Any],
) -> None:
    learn(ORDERS)
    configure(memory_holdout_share=0.5)
    items = [uuid.UUID(int=number) for number in range(200)]
    held_out = [item for item in items if is_held_out(item)]
    assert 70 < len(held_out) < 130
    assert asked(used_for=held_out[0]) == []
    assert [row.answer for row in LearningLookup.objects.all()] == ["withheld"]
    assert asked(used_for=next(item for item in items if item not in held_out)) == [ORDERS]
    assert not is_held_out(None)


@pytest.mark.usefixtures("embedded")
def test_another_embedding_is_an_error_with_a_remedy_that_recall_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    learn(ORDERS)
    other = HashedSubtokens()
    other.name = "another-1"
    monkeypatch.setattr("integrations.memory.store.embedding", lambda: other)
    monkeypatch.setattr("integrations.memory.learning.embedding", lambda: other)
    with pytest.raises(EmbeddingMismatch, match="memory reindex"):
        search("successful_masterplans", text=ORDERS, limit=1)
    assert (check_memory().outcome, "memory reindex" in check_memory().mend) == ("warning", True)
    with capture_logs() as logs:
        assert asked() == []
        assert asked() == []
    assert [entry["event"] for entry in logs] == ["memory_needs_reindex"]
    assert [row.trouble for row in LearningLookup.objects.all()] == ["embedding_mismatch"] * 2
    reindex()
    assert asked() == [ORDERS]


@pytest.mark.usefixtures("embedded")
def test_vectors_of_another_length_are_a_mismatch_too(monkeypatch: pytest.MonkeyPatch) -> None:
    learn(ORDERS)
    short = Plain(HashedSubtokens.name, lambda texts: np.ones((len(texts), 3)))
    monkeypatch.setattr("integrations.memory.store.embedding", lambda: short)
    with pytest.raises(EmbeddingMismatch, match="dimension of 1024, got 3"):
        search("successful_masterplans", text=ORDERS, limit=1)
    assert asked() == []


@pytest.mark.usefixtures("embedded")
def test_damaged_files_are_told_and_mended_from_the_rows(configure: Callable[..., Any]) -> None:
    learn(ORDERS)
    file = clients.embedded_folder() / "chroma.sqlite3"
    clients.forget_client()
    file.write_bytes(b"this is no database" * 1_000)
    with pytest.raises(MemoryUnavailable, match="file is not a database"):
        search("successful_masterplans", text=ORDERS, limit=1)
    assert asked() == []
    learn(TASKS)  # stops nobody
    quietly.end_pause()
    aside = clients.put_damaged_store_aside()
    assert aside is not None
    assert (aside / "chroma.sqlite3").read_bytes().startswith(b"this is no database")
    assert reindex()["successful_masterplans"] == 2
    assert asked() == [ORDERS]


def test_memory_that_is_switched_off_keeps_rows_and_answers_nothing(configure: Callable[..., Any]) -> None:
    configure(memory_enabled=False)
    with capture_logs() as logs:
        learn(ORDERS)
        assert asked() == []
    assert LearningRecord.objects.get().embedding == ""
    assert [row.answer for row in LearningLookup.objects.all()] == ["off"]
    assert logs == []
    assert memory_fact() == "off"
    assert check_memory().detail == "switched off"


def test_a_server_that_is_down_stops_nobody_and_is_told_with_its_cause(configure: Callable[..., Any]) -> None:
    configure(memory_enabled=True, chroma_url="http://127.0.0.1:9")
    with pytest.raises(MemoryUnavailable, match="ConnectError"):
        search("failed_tasks", text=TASKS, limit=1)
    assert memory_fact() == "ready"
    assert asked() == []
    assert memory_fact() == "left alone for a while: memory_unavailable"
    assert check_memory().outcome == "warning"


def test_after_the_pause_one_tries_and_the_others_go_on_without_until_it_has_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(quietly, "time", SimpleNamespace(monotonic=lambda: now[0]))
    meanwhile: list[str] = []

    def ask(action: Callable[[], str]) -> str:
        return quietly.quietly(action, doing="a test", instead="without")

    def fail() -> str:
        raise MemoryUnavailable("It is down.")

    def answer_slowly() -> str:
        meanwhile.append(ask(lambda: "too many"))
        return "with"

    assert [ask(fail), ask(lambda: "too early")] == ["without", "without"]
    now[0] += quietly.PAUSE_SECONDS
    assert [ask(answer_slowly), ask(lambda: "with")] == ["with", "with"]
    assert meanwhile == ["without"]


def test_a_server_that_never_answers_is_given_up_soon_and_then_left_alone(configure: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        configure(memory_enabled=True, chroma_url=url, memory_timeout=0.2)
        with pytest.raises(MemoryUnavailable, match="ReadTimeout"):
            search("failed_tasks", text=TASKS, limit=1)
        assert asked() == []
        started = time.monotonic()
        for _ in range(100):
            assert asked() == []
        assert time.monotonic() - started < 15, "each was asked: that takes twenty seconds"
    assert LearningLookup.objects.filter(answer="unavailable", trouble="memory_unavailable").count() == 101


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://localhost", "http://"])
def test_an_address_that_is_none_is_told(configure: Callable[..., Any], address: str) -> None:
    configure(memory_enabled=True, chroma_url=address)
    with pytest.raises(MemoryUnavailable, match="CHROMA_URL"):
        store.count("failed_tasks")


def test_several_processes_do_not_share_an_embedded_store_by_accident(configure: Callable[..., Any]) -> None:
    configure(memory_enabled=True, chroma_url="")
    with pytest.raises(MemoryUnavailable, match="MEMORY_EMBEDDED"):
        store.count("failed_tasks")


@pytest.mark.usefixtures("embedded")
def test_what_could_not_be_indexed_is_indexed_later() -> None:
    LearningRecord.objects.create(
        collection="successful_masterplans", source_type="plan", source_id=uuid.uuid4(), text=ORDERS
    )
    assert asked() == []
    assert index_missing() == 1
    assert asked() == [ORDERS]
    assert LearningRecord.objects.get().embedding == "hashed-subtokens-2"
    assert index_missing() == 0
