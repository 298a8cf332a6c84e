"""The vector store: ChromaDB, a server where one is configured, else embedded in the one process that may write.

Foreign errors become `MemoryUnavailable` here. Chroma is imported on first use: it takes seconds.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from common.configuration import configuration
from integrations.memory.collections import Collection
from integrations.memory.embedding import Embedding, HashedSubtokens
from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection


TIMEOUT_SECONDS = 3.0
_clients: dict[tuple[str, str], ClientAPI] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Document:
    id: uuid.UUID
    text: str
    facts: Mapping[str, str | int | float | bool]
    """Small values to filter by."""


@dataclass(frozen=True)
class Neighbour:
    """``similarity`` is the cosine of the angle between the texts' vectors, at most 1."""

    id: uuid.UUID
    similarity: float


def embedding() -> Embedding:
    """The embedding in use."""
    return HashedSubtokens()


def put(collection: Collection, documents: Sequence[Document]) -> None:
    """Insert or replace documents."""
    if not documents:
        return
    vectors = embedding().embed([document.text for document in documents])
    with _translated():
        _opened(collection).upsert(
            ids=[str(document.id) for document in documents],
            embeddings=vectors,
            metadatas=[{"document": True, **document.facts} for document in documents],
        )


def nearest(
    collection: Collection, text: str, *, limit: int, where: Mapping[str, str | int | float | bool] | None = None
) -> list[Neighbour]:
    """The documents nearest to ``text``, nearest first."""
    vector = embedding().embed([text])
    if not vector.any():
        return []
    with _translated():
        found = _opened(collection).query(
            query_embeddings=vector, n_results=limit, where=_condition(where), include=["distances"]
        )
    ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
    return [Neighbour(uuid.UUID(id_), min(1.0, 1.0 - distance)) for id_, distance in zip(ids, distances, strict=True)]


def count(collection: Collection) -> int:
    """How many documents it holds."""
    with _translated():
        return int(_opened(collection).count())


def drop(collection: Collection) -> None:
    """Forget a whole collection, whatever it was embedded with; the rows in the database stay."""
    import chromadb.errors

    with _translated():
        try:
            _client().delete_collection(collection)
        except chromadb.errors.NotFoundError:
            return


def forget_client() -> None:
    """Close the connection and make a new one on next use; for when the server moved, and for tests."""
    with _lock:
        for client in _clients.values():
            for session in _sessions(client):
                session.close()  # Chroma's own close() leaves its sockets open
            client.close()  # type: ignore[attr-defined]  # of Client, not in its protocol
        _clients.clear()


def _opened(collection: Collection) -> ChromaCollection:
    name = embedding().name
    opened = _client().get_or_create_collection(
        collection, metadata={"embedding": name}, configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    found = (opened.metadata or {}).get("embedding")
    if found != name:
        raise EmbeddingMismatch(
            f"{collection} was indexed with {found}, in use is {name}.", hint="Run: manage.py memory reindex"
        )
    return opened


def _condition(where: Mapping[str, str | int | float | bool] | None) -> Any:
    conditions = [{name: value} for name, value in (where or {}).items()]
    return {"$and": conditions} if len(conditions) > 1 else conditions[0] if conditions else None


def _client() -> ClientAPI:
    settings = configuration()
    if not settings.memory_enabled:
        raise MemoryUnavailable("Memory is switched off.", hint="Set MEMORY_ENABLED=true.")
    if settings.chroma_url:
        return _client_for(settings.chroma_url, "")
    if getattr(settings, "memory_embedded", False):
        return _client_for("", str(settings.state_dir / "memory"))
    raise MemoryUnavailable(
        "No Chroma server is configured, and the embedded one is not safe with several processes.",
        hint="Set CHROMA_URL, or MEMORY_EMBEDDED=true where only one process runs.",
    )


def _client_for(url: str, folder: str) -> ClientAPI:
    """One client a process, made by whoever comes first while others wait."""
    with _lock:
        if (url, folder) not in _clients:
            _clients[url, folder] = _make_client(url, folder)
        return _clients[url, folder]


def _make_client(url: str, folder: str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    if folder:
        return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise MemoryUnavailable(f"CHROMA_URL is {url!r}.", hint="It must be a URL such as http://127.0.0.1:8001")
    _knock(url)
    client = chromadb.HttpClient(
        host=parts.hostname,
        port=parts.port or (443 if parts.scheme == "https" else 80),
        ssl=parts.scheme == "https",
        settings=Settings(anonymized_telemetry=False),
    )
    for session in _sessions(client):
        session.timeout = TIMEOUT_SECONDS  # Chroma waits for ever and offers no setting for it
    return client


def _sessions(client: Any) -> list[Any]:
    """The HTTP sessions inside Chroma's client, which it keeps private: its own, and one for tenants."""
    servers = [client._server, client._admin_client._server]
    return [server._session for server in servers if hasattr(server, "_session")]


def _knock(url: str) -> None:
    """See that somebody answers before Chroma's client, which talks without a time limit while it is made."""
    import httpx2

    response = httpx2.get(f"{url.rstrip('/')}/api/v2/heartbeat", timeout=TIMEOUT_SECONDS)
    if response.status_code != HTTPStatus.OK:
        raise MemoryUnavailable(f"The Chroma server answers {response.status_code}.", hint="Check CHROMA_URL.")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (MemoryUnavailable, EmbeddingMismatch):
        raise
    except Exception as error:
        raise MemoryUnavailable(f"The vector store failed: {type(error).__name__}: {error}"[:500]) from error
