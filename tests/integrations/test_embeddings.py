"""Embeddings that a setting names: a dotted path, an HTTP endpoint; each failure told with what to do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from integrations.memory.choosing import Plain, embedding
from integrations.memory.embedding import HashedSubtokens
from integrations.memory.errors import EmbeddingUnavailable
from integrations.memory.recalling import recall
from tests.integrations.remembering import ORDERS, learn


def letters(texts: list[str]) -> list[list[float]]:
    """How often each of three letters occurs."""
    return [[float(text.count(letter)) for letter in "aeo"] for text in texts]


def broken(texts: list[str]) -> list[list[float]]:
    raise RuntimeError("no model here")


class Whole:
    name = "whole-1"
    dimensions = 3

    def embed(self, texts: list[str]) -> Any:
        return np.asarray(letters(texts), dtype=np.float32)

    def similarity(self, cosine: float) -> float:
        return cosine / 2


def test_the_offline_embedding_is_used_when_nothing_else_is_named(configure: Callable[..., Any]) -> None:
    configure(memory_embedding="hashed-subtokens")
    assert isinstance(embedding(), HashedSubtokens)


def test_a_function_by_its_path_gives_unit_vectors(configure: Callable[..., Any]) -> None:
    configure(memory_embedding=f"{__name__}.letters")
    found = embedding()
    assert (found.name, found.dimensions) == (f"{__name__}.letters", 3)
    assert found.embed(["aa", "b"]).tolist() == [[1, 0, 0], [0, 0, 0]]
    assert [found.similarity(cosine) for cosine in (-0.2, 0.4, 1.1)] == [0, 0.4, 1]


def test_an_object_with_its_own_similarity_is_taken_as_it_is(configure: Callable[..., Any]) -> None:
    configure(memory_embedding=f"{__name__}.Whole")
    assert (embedding().name, embedding().similarity(0.8)) == ("whole-1", 0.4)


@pytest.mark.parametrize(
    "path", ["nowhere.at.all", "integrations.memory.nothing", "letters", f"{__name__}.ORDERS", "..."]
)
def test_a_path_that_leads_nowhere_is_told(configure: Callable[..., Any], path: str) -> None:
    configure(memory_embedding=path)
    with pytest.raises(EmbeddingUnavailable, match="MEMORY_EMBEDDING must be"):
        embedding()


@pytest.mark.parametrize("raw", [[], [[1.0]], [[1.0], [float("nan")]], [["a"], ["b"]], "words", [[], []]])
def test_what_is_no_vector_is_refused(raw: Any) -> None:
    with pytest.raises(EmbeddingUnavailable, match="did not give a vector of numbers for each of 2 texts"):
        Plain("bad", lambda texts: raw).embed(["one", "two"])


@pytest.mark.django_db
@pytest.mark.usefixtures("embedded")
def test_an_embedding_that_fails_stops_nobody(configure: Callable[..., Any]) -> None:
    configure(memory_embedding=f"{__name__}.broken")
    with pytest.raises(EmbeddingUnavailable, match="RuntimeError: no model here"):
        embedding().embed(["a"])
    record = learn(ORDERS)
    assert record.embedding == ""
    assert recall("successful_masterplans", text=ORDERS, purpose="masterplan") == []


@pytest.mark.django_db
@pytest.mark.usefixtures("embedded")
def test_another_embedding_finds_what_it_embedded(configure: Callable[..., Any]) -> None:
    configure(memory_embedding=f"{__name__}.letters")
    learn(ORDERS)
    found = recall("successful_masterplans", text=ORDERS.upper().lower(), purpose="masterplan")
    assert [item.text for item in found] == [ORDERS]


class Endpoint(HTTPServer):
    """``/v1/embeddings`` that answers what a test wants; keeps what it was asked."""

    asked: list[Any]
    answer: Callable[[list[str]], tuple[int, bytes]]


class _Answering(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        status, content = self.server.answer(body["input"])
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def endpoint(configure: Callable[..., Any]) -> Iterator[Endpoint]:
    with Endpoint(("127.0.0.1", 0), _Answering) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/v1/embeddings"
        configure(memory_embedding=url, memory_embedding_model="small-1", memory_timeout=5)
        yield server
        server.shutdown()
        thread.join()


def test_an_endpoint_is_asked_in_the_usual_form(endpoint: Endpoint) -> None:
    rows = [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 0]}]
    endpoint.answer = lambda texts: (200, json.dumps({"data": rows[: len(texts)]}).encode())
    found = embedding()
    assert found.name == "http:small-1"
    assert found.embed(["one", "two"]).tolist() == [[1, 0], [0, 1]]
    assert endpoint.asked == [{"model": "small-1", "input": ["one", "two"]}]


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (500, b"", "answered 500"),
        (401, b"{}", "answered 401"),
        (200, b"<html>", "did not answer as an embeddings endpoint does"),
        (200, b'{"data": [{"vector": []}]}', "did not answer as an embeddings endpoint does"),
        (200, b'{"data": []}', "did not give a vector"),
    ],
)
def test_an_endpoint_that_answers_otherwise_is_told(endpoint: Endpoint, status: int, content: bytes, said: str) -> None:
    endpoint.answer = lambda texts: (status, content)
    with pytest.raises(EmbeddingUnavailable, match=said):
        embedding().embed(["one"])


@pytest.mark.parametrize(
    ("url", "said"), [("http://127.0.0.1:9/v1", "does not answer .ConnectError"), ("http:///v1", "MEMORY_EMBEDDING is")]
)
def test_an_endpoint_that_is_not_there_is_told(configure: Callable[..., Any], url: str, said: str) -> None:
    configure(memory_embedding=url)
    with pytest.raises(EmbeddingUnavailable, match=said):
        embedding().embed(["one"])
