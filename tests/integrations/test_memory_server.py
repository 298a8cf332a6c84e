"""Memory on a real Chroma server in a process of its own: shared by clients, and missed by nobody when it dies."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from integrations.memory import clients, quietly, store
from integrations.memory.errors import MemoryUnavailable, ReindexUnderWay
from integrations.memory.recalling import recall, search
from integrations.memory.reindexing import Progress, reindex
from integrations.memory.store import Document
from integrations.models import LearningLookup, LearningRecord
from tests.execution.building import at_once
from tests.integrations import remembering
from tests.integrations.chroma_server import ChromaServer, slow_proxy, web_page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory_at_rest")]

TEXT = "orders and customers of a shop"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """One server for the tests of this module; each begins with it up and empty."""
    made = ChromaServer(tmp_path_factory.mktemp("chroma"))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def server(running: ChromaServer, configure: Callable[..., Any]) -> Iterator[ChromaServer]:
    configure(memory_enabled=True, chroma_url=running.url, memory_minimum_similarity=0.7, memory_timeout=10)
    yield running
    running.start_if_down()
    configure(memory_enabled=True, chroma_url=running.url)
    store.forget_client()
    for held in list(clients.client().list_collections()):
        store.drop(held.name)


def learn(text: str) -> uuid.UUID:
    record: uuid.UUID = remembering.learn(text, "successful_tasks").pk
    return record


def found() -> list[uuid.UUID]:
    return [item.record_id for item in recall("successful_tasks", text=TEXT, purpose="task_code")]


def test_memory_survives_the_death_of_its_server_and_learns_what_it_missed(
    server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quietly, "PAUSE_SECONDS", 3_600.0)  # a server may take as long to start as a pause lasts
    first = learn(TEXT)
    assert found() == [first]
    server.kill()
    missed = learn(f"{TEXT} shops")
    assert found() == []
    server.start()
    assert found() == []  # still left alone
    quietly.end_pause()
    assert found() == [first]
    assert LearningRecord.objects.get(pk=missed).embedding == ""
    reindex()
    assert set(found()) == {first, missed}


def test_a_server_killed_in_the_middle_of_many_questions_costs_answers_and_nothing_else(server: ChromaServer) -> None:
    first = learn(TEXT)
    answers = []
    for number in range(12):
        if number == 4:
            server.kill()
        answers.append(found())
    assert answers == [[first]] * 4 + [[]] * 8
    told = [row.answer for row in LearningLookup.objects.order_by("created_at")]
    assert told == ["found"] * 4 + ["unavailable"] * 8


def test_a_server_that_becomes_slow_is_given_up_in_time(server: ChromaServer, configure: Callable[..., Any]) -> None:
    first = learn(TEXT)
    with slow_proxy(server.port) as proxy:
        configure(chroma_url=proxy.url, memory_timeout=1)
        assert found() == [first]
        proxy.delay = 30
        started = time.monotonic()
        assert found() == []
        assert found() == []
        assert time.monotonic() - started < 20
        proxy.delay = 0
        quietly.end_pause()
        configure(memory_timeout=10)
        assert found() == [first]
        store.forget_client()


def test_many_threads_write_and_read_at_once(server: ChromaServer) -> None:
    def write_and_read(number: int) -> int:
        store.put("failed_tasks", [Document(uuid.uuid4(), f"{TEXT} {number}", {"source_type": "task"})])
        return len(store.nearest("failed_tasks", TEXT, limit=5))

    with ThreadPoolExecutor(8) as threads:
        assert all(near >= 1 for near in threads.map(write_and_read, range(40)))
    assert store.count("failed_tasks") == 40
    assert store.nearest("failed_tasks", TEXT, limit=1, where={"source_type": "task"})[0].similarity > 0.7
    assert store.nearest("failed_tasks", TEXT, limit=1, where={"source_type": "plan"}) == []


DEEDS = "write read move count sort merge split paint print send drop keep lock open close weigh".split()
THINGS = "invoice letter ladder garden engine window bottle ticket camera bridge pencil basket mirror kettle".split()


def alike(count: int) -> str:
    return f"{TEXT} number {count}"


def varied(count: int) -> str:
    """An approximate index of hundreds of texts that are nearly one may not find the one that is not."""
    return f"{DEEDS[count % len(DEEDS)]} {THINGS[count % len(THINGS)]} {THINGS[count // len(DEEDS) % len(THINGS)]}"


def many(number: int, text: Callable[[int], str] = alike) -> None:
    rows = [
        LearningRecord(
            collection="successful_tasks", source_type="task", source_id=uuid.uuid4(), digest=f"{count}",
            text=text(count),
        )
        for count in range(number)
    ]  # fmt: skip
    LearningRecord.objects.bulk_create(rows)


def test_others_read_while_the_index_is_built_anew(server: ChromaServer) -> None:
    many(250)
    reindex()
    seen = []

    def look(progress: Progress) -> None:
        seen.append((progress.done, progress.kept, len(search("successful_tasks", text=TEXT, limit=3))))

    assert reindex(collections=["successful_tasks"], tell=look) == {"successful_tasks": 250}
    assert seen == [(100, 0, 3), (200, 0, 3), (250, 0, 3)]
    assert store.count("successful_tasks") == 250
    assert set(LearningRecord.objects.values_list("embedding", flat=True)) == {"hashed-subtokens-2"}


def test_a_reindex_that_was_broken_off_goes_on_where_it_stopped(server: ChromaServer) -> None:
    many(250, varied)

    def break_off(progress: Progress) -> None:
        if progress.done == 200:
            server.kill()

    with pytest.raises(MemoryUnavailable):
        reindex(collections=["successful_tasks"], tell=break_off)
    server.start()
    store.forget_client()
    changed, forgotten = LearningRecord.objects.order_by("created_at")[:2]
    LearningRecord.objects.filter(pk=changed.pk).update(digest="other", text="submarines under water")
    forgotten.delete()
    kept = []
    done = reindex(collections=["successful_tasks"], tell=lambda progress: kept.append(progress.kept))
    assert done == {"successful_tasks": 249}
    assert kept[0] < 100  # the changed one was put in anew
    assert 98 <= kept[-1] <= 198  # what the killed server had made durable
    assert store.count("successful_tasks") == 249
    assert [item.record_id for item in search("successful_tasks", text="submarine water", limit=2)] == [changed.pk]


def test_what_is_learned_while_the_index_is_built_is_in_it(server: ChromaServer) -> None:
    many(120, varied)
    late: list[uuid.UUID] = []

    def learn_meanwhile(progress: Progress) -> None:
        if not late:
            late.append(learn("submarines under water"))

    reindex(collections=["successful_tasks"], tell=learn_meanwhile)
    assert [item.record_id for item in search("successful_tasks", text="submarine water", limit=1)] == late


@pytest.mark.django_db(transaction=True)
def test_two_do_not_build_the_index_at_once(server: ChromaServer) -> None:
    many(150)
    answers = at_once(*[lambda: reindex(collections=["successful_tasks"])] * 2)
    refused = [answer for answer in answers if isinstance(answer, ReindexUnderWay)]
    done = [answer for answer in answers if answer == {"successful_tasks": 150}]
    assert len(done) >= 1
    assert len(refused) + len(done) == 2


def test_a_page_of_the_web_is_no_chroma_server(configure: Callable[..., Any]) -> None:
    with web_page() as url:
        configure(memory_enabled=True, chroma_url=url)
        with pytest.raises(MemoryUnavailable, match="is no Chroma server"):
            store.count("failed_tasks")


def test_the_command_reindexes_and_says_how_much(server: ChromaServer) -> None:
    many(3)
    out = StringIO()
    call_command("memory", "reindex", stdout=out)
    assert "successful_tasks           3 indexed" in out.getvalue()
    assert "discovery_patterns         0 indexed" in out.getvalue()
