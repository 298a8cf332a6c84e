"""Memory on a real ChromaDB: what is learned, found, noted as used; and that its failures stop nobody."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from structlog.testing import capture_logs

from integrations.memory import quietly, store
from integrations.memory.embedding import HashedSubtokens
from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable
from integrations.memory.learning import conclude_uses, recall, reindex, remember, search
from integrations.models import LearningRecord, LearningUse

pytestmark = pytest.mark.django_db

ORDERS = "REST API for a shop: orders, products, customers and payments with FastAPI"
TASKS = "Una aplicación de tareas con proyectos, usuarios y etiquetas"


@pytest.fixture(autouse=True)
def no_pause() -> Iterator[None]:
    quietly.end_pause()  # another test of this process may have found memory down
    yield
    quietly.end_pause()
    store.forget_client()


@pytest.fixture
def embedded(configure: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of its own for one test, embedded in its process."""
    configure(
        memory_enabled=True, memory_embedded=True, chroma_url="", state_dir=tmp_path, memory_minimum_similarity=0.7
    )


def learn(text: str, **values: Any) -> uuid.UUID:
    return remember("successful_masterplans", text=text, source_type="plan", source_id=uuid.uuid4(), **values)


@pytest.mark.usefixtures("embedded")
def test_what_was_learned_is_recalled_by_its_words_and_noted_as_used() -> None:
    learned = learn(ORDERS, metadata={"tasks": 40})
    learn(TASKS)
    item, plan = uuid.uuid4(), uuid.uuid4()
    found = recall(
        "successful_masterplans",
        text="a FastAPI rest api for shops with payment, order, product and customer",
        purpose="masterplan",
        used_for=item,
        plan=plan,
    )
    assert [(one.record_id, one.text, one.metadata) for one in found] == [(learned, ORDERS, {"tasks": 40})]
    assert 0.7 <= found[0].similarity <= 1
    use = LearningUse.objects.get()
    assert (use.record_id, use.purpose, use.used_for_id, use.plan_id, use.outcome) == (
        learned,
        "masterplan",
        item,
        plan,
        "open",
    )
    assert conclude_uses(used_for=item, succeeded=True) == 1
    assert conclude_uses(used_for=item, succeeded=False) == 0
    assert LearningUse.objects.get().outcome == "succeeded"


@pytest.mark.usefixtures("embedded")
def test_what_is_less_alike_than_the_minimum_is_not_recalled() -> None:
    learn(ORDERS)
    assert recall("successful_masterplans", text="orders of beer", purpose="masterplan") == []
    assert len(search("successful_masterplans", text="orders of beer", limit=3, minimum_similarity=0.1)) == 1
    assert LearningUse.objects.count() == 0


@pytest.mark.usefixtures("embedded")
def test_the_same_source_learned_again_replaces_what_it_taught() -> None:
    source = uuid.uuid4()
    first = remember("failed_tasks", text="timeout in the queue", source_type="task", source_id=source)
    again = remember("failed_tasks", text="missing import of json", source_type="task", source_id=source)
    assert first == again
    assert store.count("failed_tasks") == 1
    assert [one.text for one in search("failed_tasks", text="import json missing", limit=3)] == [
        "missing import of json"
    ]


@pytest.mark.usefixtures("embedded")
def test_reindexing_builds_the_store_from_the_rows() -> None:
    learn(ORDERS)
    LearningRecord.objects.create(collection="failed_tasks", source_type="task", source_id=uuid.uuid4(), text=TASKS)
    store.drop("successful_masterplans")
    assert reindex()["successful_masterplans"] == 1
    assert [one.text for one in search("failed_tasks", text=TASKS, limit=1)] == [TASKS]
    assert set(LearningRecord.objects.values_list("embedding", flat=True)) == {"hashed-subtokens-1"}


@pytest.mark.usefixtures("embedded")
def test_another_embedding_is_an_error_with_a_remedy_that_recall_survives(monkeypatch: pytest.MonkeyPatch) -> None:
    learn(ORDERS)
    other = HashedSubtokens()
    other.name = "another-1"
    monkeypatch.setattr(store, "embedding", lambda: other)
    with pytest.raises(EmbeddingMismatch, match="memory reindex"):
        search("successful_masterplans", text=ORDERS, limit=1)
    with capture_logs() as logs:
        assert recall("successful_masterplans", text=ORDERS, purpose="masterplan") == []
    assert [entry["event"] for entry in logs] == ["memory_needs_reindex"]
    reindex()
    assert len(search("successful_masterplans", text=ORDERS, limit=1)) == 1


@pytest.mark.usefixtures("embedded")
def test_a_text_without_words_finds_nothing() -> None:
    learn(ORDERS)
    assert recall("successful_masterplans", text="¿¿¿ !!! ???", purpose="masterplan") == []


def test_memory_that_is_switched_off_keeps_rows_and_answers_nothing(configure: Callable[..., Any]) -> None:
    configure(memory_enabled=False)
    with capture_logs() as logs:
        learn(ORDERS)
        assert recall("successful_masterplans", text=ORDERS, purpose="masterplan") == []
    assert LearningRecord.objects.get().embedding == ""
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("memory_unavailable", "warning")]


def test_a_server_that_is_down_stops_nobody_and_is_told_with_its_cause(configure: Callable[..., Any]) -> None:
    configure(memory_enabled=True, chroma_url="http://127.0.0.1:9")
    with pytest.raises(MemoryUnavailable, match="ConnectError"):
        search("failed_tasks", text=TASKS, limit=1)
    assert recall("failed_tasks", text=TASKS, purpose="task_code") == []


def test_a_server_that_never_answers_is_given_up_soon_and_then_left_alone(
    configure: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(memory_enabled=True, chroma_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(MemoryUnavailable, match="ReadTimeout"):
            search("failed_tasks", text=TASKS, limit=1)
        assert recall("failed_tasks", text=TASKS, purpose="task_code") == []
        started = time.monotonic()
        for _ in range(20):
            assert recall("failed_tasks", text=TASKS, purpose="task_code") == []
        assert time.monotonic() - started < 1


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
def test_the_commands_show_search_and_rebuild() -> None:
    learn(ORDERS)
    out = StringIO()
    call_command("memory", "stats", stdout=out)
    assert "successful_masterplans     learned 1, indexed 1, used 0: 0 succeeded, 0 failed" in out.getvalue()
    call_command("memory", "search", "orders, products, customers", "--minimum", "0.3", stdout=out)
    assert "REST API for a shop" in out.getvalue()
    call_command("memory", "search", "submarines", stdout=out)
    assert "Memory has nothing like it." in out.getvalue()
    call_command("memory", "reindex", stdout=out)
    assert "discovery_patterns         0 indexed" in out.getvalue()


def test_the_commands_say_when_memory_is_off(configure: Callable[..., Any]) -> None:
    configure(memory_enabled=False)
    with pytest.raises(CommandError, match="MEMORY_ENABLED"):
        call_command("memory", "search", "orders")
    out = StringIO()
    call_command("memory", "stats", stdout=out)
    assert "indexed unknown (memory_unavailable)" in out.getvalue()
