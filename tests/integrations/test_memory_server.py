"""Memory on a real Chroma server in a process of its own: shared by clients, and missed by nobody when it dies."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from integrations.memory import quietly, store
from integrations.memory.learning import recall, reindex, remember
from integrations.memory.store import Document
from integrations.models import LearningRecord

pytestmark = pytest.mark.django_db

TEXT = "orders and customers of a shop"


class ChromaServer:
    """``chroma run`` on a free port; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--path", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if httpx2.get(f"{self.url}/api/v2/heartbeat", timeout=1).status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.1)
        raise AssertionError("the Chroma server did not start in 30 seconds")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def server(tmp_path: Path, configure: Callable[..., Any]) -> Iterator[ChromaServer]:
    made = ChromaServer(tmp_path / "chroma")
    made.start()
    configure(memory_enabled=True, chroma_url=made.url, memory_minimum_similarity=0.7)
    yield made
    made.kill()
    quietly.end_pause()
    store.forget_client()


def learn(text: str) -> uuid.UUID:
    return remember("successful_tasks", text=text, source_type="task", source_id=uuid.uuid4())


def found() -> list[uuid.UUID]:
    return [item.record_id for item in recall("successful_tasks", text=TEXT, purpose="task_code")]


def test_memory_survives_the_death_of_its_server_and_learns_what_it_missed(server: ChromaServer) -> None:
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


def test_many_threads_write_and_read_at_once(server: ChromaServer) -> None:
    def write_and_read(number: int) -> int:
        store.put("failed_tasks", [Document(uuid.uuid4(), f"{TEXT} {number}", {"source_type": "task"})])
        return len(store.nearest("failed_tasks", TEXT, limit=5))

    with ThreadPoolExecutor(8) as threads:
        assert all(near >= 1 for near in threads.map(write_and_read, range(40)))
    assert store.count("failed_tasks") == 40
    assert store.nearest("failed_tasks", TEXT, limit=1, where={"source_type": "task"})[0].similarity > 0.7
    assert store.nearest("failed_tasks", TEXT, limit=1, where={"source_type": "plan"}) == []
