"""Memory at ten thousand documents on a real Chroma server; and whether it finds what is alike, and only that."""

from __future__ import annotations

import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx2
from django.conf import settings

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.benchmarks.measuring import Measure
from integrations.memory import store
from integrations.memory.choosing import embedding
from integrations.memory.embedding import Vectors
from integrations.memory.store import Document

DOCUMENTS = 10_000
QUERIES = 300
BATCH = 200
THRESHOLD = 0.7
LABELLED = Path(__file__).with_name("labelled_texts.json")
"""Texts in groups that are about the same thing; ``tuning`` was looked at while the embedding was made."""


class NoServer(DevMatrixError):
    code = "no_chroma_server"
    title = "The Chroma server did not start"


def bench_memory() -> list[Measure]:
    """Query and embedding time at 10,000 documents, precision and recall on labelled texts at similarity 0.7."""
    texts = list(_documents(DOCUMENTS + QUERIES))
    with _server() as url, _configured(chroma_url=url):
        taken = _filled(texts[:DOCUMENTS])
        queries = _times(lambda text: store.nearest("successful_tasks", text, limit=12), texts[-QUERIES:])
        store.forget_client()
    embedded = _times(lambda text: embedding().embed([text]), texts[-QUERIES:])
    return [
        Measure(f"query at {DOCUMENTS:,} documents, p50", _percentile(queries, 50), "ms"),
        Measure(f"query at {DOCUMENTS:,} documents, p95", _percentile(queries, 95), "ms", wanted=50),
        Measure("embedding one text, p50", _percentile(embedded, 50), "ms"),
        Measure("embedding one text, p95", _percentile(embedded, 95), "ms", wanted=10),
        Measure("indexing one document", taken / DOCUMENTS * 1000, "ms"),
        *_quality(),
    ]


def _quality() -> list[Measure]:
    """Of pairs of labelled texts: how many alike ones are missed, how many of those found are not alike."""
    labelled: dict[str, dict[str, list[list[str]]]] = json.loads(LABELLED.read_text())
    return [
        measure
        for kind, parts in labelled.items()
        for part, groups in parts.items()
        for measure in _judged(f"{kind}, {part.replace('_', ' ')}", groups)
    ]


def _judged(name: str, groups: Sequence[Sequence[str]]) -> list[Measure]:
    vectors = [embedding().embed(list(group)) for group in groups]
    alike = [_similarity(group[i], group[j]) for group in vectors for i, j in combinations(range(len(group)), 2)]
    unlike = [_similarity(a, b) for one, other in combinations(vectors, 2) for a in one for b in other]
    found, false = _at_least(alike), _at_least(unlike)
    return [
        Measure(f"{name}: alike and missed", 100 * (1 - found / len(alike)), "%", wanted=25),
        Measure(f"{name}: found and not alike", 100 * false / max(found + false, 1), "%", wanted=30),
    ]


def _similarity(one: Vectors, other: Vectors) -> float:
    return embedding().similarity(float(one @ other))


def _at_least(similarities: Sequence[float]) -> int:
    return sum(1 for similarity in similarities if similarity >= THRESHOLD)


def _documents(number: int) -> Iterator[str]:
    """Texts such as tasks have, of about a hundred words, the same every time."""
    draw = random.Random(number)  # noqa: S311 - the same texts every time
    labelled = json.loads(LABELLED.read_text())["requests"]
    words = sorted({word for part in labelled.values() for group in part for text in group for word in text.split()})
    words += [f"{first}{second}" for first in ("get", "make", "list", "check", "store") for second in words[:80]]
    for _ in range(number):
        yield " ".join(draw.choices(words, k=draw.randint(40, 160)))


def _filled(texts: Sequence[str]) -> float:
    """Seconds that it took to index them."""
    started = time.perf_counter()
    for start in range(0, len(texts), BATCH):
        part = [Document(uuid.uuid4(), text, {"stack": "fastapi"}) for text in texts[start : start + BATCH]]
        store.put("successful_tasks", part)
    return time.perf_counter() - started


def _times(work: Callable[[str], object], texts: Sequence[str]) -> list[float]:
    """Seconds of each call."""
    taken = []
    for text in texts:
        started = time.perf_counter()
        work(text)
        taken.append(time.perf_counter() - started)
    return taken


def _percentile(seconds: Sequence[float], percent: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(seconds, n=100)[percent - 1] * 1000


@contextmanager
def _configured(**values: Any) -> Iterator[None]:
    before = configuration()
    settings.DEVMATRIX = replace(before, memory_enabled=True, memory_timeout=60.0, **values)
    store.forget_client()
    try:
        yield
    finally:
        settings.DEVMATRIX = before


@contextmanager
def _server() -> Iterator[str]:
    """``chroma run`` on a free port with an empty folder. Raises `NoServer`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        program = str(Path(sys.executable).with_name("chroma"))
        command = [program, "run", "--host", "127.0.0.1", "--port", str(port), "--path", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _await(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def _await(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/api/v2/heartbeat", timeout=1).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise NoServer("`chroma run` was not ready in a minute.", hint="Try it by hand.")
