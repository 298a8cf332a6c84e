"""Documents in the vector store: put, found, counted, dropped. Raises `MemoryUnavailable` and `EmbeddingMismatch`."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from integrations.memory import clients
from integrations.memory.choosing import embedding
from integrations.memory.clients import REINDEX, translated
from integrations.memory.collections import Collection
from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection as ChromaCollection

ResultT = TypeVar("ResultT")
Fact = str | int | float | bool
SWAP_TRIES = 5
_handles: dict[tuple[int, str], ChromaCollection] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Document:
    """``digest`` is of everything it was made from; ``facts`` are small values to filter by."""

    id: uuid.UUID
    text: str
    facts: Mapping[str, Fact]
    digest: str = ""


@dataclass(frozen=True)
class Neighbour:
    """``similarity`` from 0 to 1, as the embedding in use understands it."""

    id: uuid.UUID
    similarity: float


def put(collection: Collection, documents: Sequence[Document], *, into: str = "") -> None:
    """Insert or replace documents, in ``into`` where a collection is being built beside the one in use."""
    if not documents:
        return
    vectors = embedding().embed([document.text for document in documents])
    with translated():
        _with_handle(
            into or collection,
            lambda handle: handle.upsert(
                ids=[str(document.id) for document in documents],
                embeddings=vectors,
                metadatas=[{**document.facts, "digest": document.digest} for document in documents],
            ),
            create=True,
        )


def nearest(
    collection: Collection, text: str, *, limit: int, where: Mapping[str, Fact | list[str]] | None = None
) -> list[Neighbour]:
    """The documents nearest to ``text``, nearest first."""
    space = embedding()
    vector = space.embed([text])
    if not vector.any():
        return []
    with translated():
        found: Any = _with_handle(
            collection,
            lambda handle: handle.query(
                query_embeddings=vector, n_results=limit, where=_condition(where), include=["distances"]
            ),
        )
    if found is None:
        return []
    ids, distances = found["ids"][0], (found["distances"] or [[]])[0]
    pairs = zip(ids, distances, strict=True)
    return [Neighbour(uuid.UUID(id_), space.similarity(1.0 - distance)) for id_, distance in pairs]


def count(name: str) -> int:
    """How many documents it holds; a collection that does not exist yet holds none."""
    with translated():
        return int(_with_handle(name, lambda handle: handle.count()) or 0)


def digests(name: str, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Which of these documents it holds, and what they were made from."""
    if not ids:
        return {}
    wanted = [str(id_) for id_ in ids]
    with translated():
        found: Any = _with_handle(name, lambda handle: handle.get(ids=wanted, include=["metadatas"]))
    if found is None:
        return {}
    pairs = zip(found["ids"], found["metadatas"] or [], strict=True)
    return {uuid.UUID(id_): str((facts or {}).get("digest", "")) for id_, facts in pairs}


def all_ids(name: str) -> set[uuid.UUID]:
    """Every document it holds."""
    with translated():
        found: Any = _with_handle(name, lambda handle: handle.get(include=[]))
    return {uuid.UUID(id_) for id_ in found["ids"]} if found else set()


def remove(name: str, ids: Sequence[uuid.UUID]) -> None:
    """Forget documents; those that are not there are no error."""
    if not ids:
        return
    wanted = [str(id_) for id_ in ids]
    with translated():
        _with_handle(name, lambda handle: handle.delete(ids=wanted))


def drop(name: str) -> None:
    """Forget a whole collection, whatever it was embedded with; the rows in the database stay."""
    import chromadb.errors

    _forget_handle(name)
    with translated():
        try:
            clients.client().delete_collection(name)
        except chromadb.errors.NotFoundError:
            return


def swap(fresh: str, collection: Collection) -> None:
    """Let ``fresh`` take the place of ``collection``. Who reads in between finds nothing for a moment."""
    import chromadb.errors

    with translated():
        for left in reversed(range(SWAP_TRIES)):
            drop(collection)
            try:
                clients.client().get_collection(fresh, embedding_function=None).modify(name=collection)
                _forget_handle(fresh)
                return
            except chromadb.errors.ChromaError:  # somebody who writes made the old name again, between the two
                if not left:
                    raise


def forget_client() -> None:
    """See `integrations.memory.clients.forget_client`."""
    with _lock:
        _handles.clear()
    clients.forget_client()


def _forget_handle(name: str) -> None:
    """A handle names a collection by its key, and goes on doing so when the name is given to another."""
    with _lock:
        for key in [key for key in _handles if key[1] == name]:
            del _handles[key]


def _with_handle(name: str, action: Callable[[ChromaCollection], ResultT], *, create: bool = False) -> ResultT | None:
    """Do something with a collection; nothing when it does not exist. A handle that has gone stale is replaced once."""
    import chromadb.errors

    for known in (True, False):
        try:
            return action(_handle(name, create=create, known=known))
        except chromadb.errors.NotFoundError:
            continue
    if create:
        raise MemoryUnavailable(f"{name} is being built anew; what was to be put into it follows later.")
    return None


def _handle(name: str, *, create: bool, known: bool) -> ChromaCollection:
    """Kept, since finding it is a request of its own. Its embedding cannot change: a re-index makes another one."""
    made = clients.client()
    key = (id(made), name)
    with _lock:
        kept = _handles.get(key) if known else None
    if kept is None:
        kept = _found(made, name, create=create)
        with _lock:
            _handles[key] = kept
    _require_embedding(kept, name)
    return kept


def _found(made: Any, name: str, *, create: bool) -> ChromaCollection:
    if not create:
        found: ChromaCollection = made.get_collection(name, embedding_function=None)
        return found
    space = embedding()
    opened: ChromaCollection = made.get_or_create_collection(
        name,
        metadata={"embedding": space.name, "dimensions": space.dimensions},
        configuration={"hnsw": {"space": "cosine"}},
        embedding_function=None,
    )
    return opened


def _require_embedding(handle: ChromaCollection, name: str) -> None:
    wanted, found = embedding().name, (handle.metadata or {}).get("embedding")
    if found != wanted:
        raise EmbeddingMismatch(f"{name} was indexed with {found}, in use is {wanted}.", hint=REINDEX)


def _condition(where: Mapping[str, Fact | list[str]] | None) -> Any:
    conditions = [{name: {"$in": value} if isinstance(value, list) else value} for name, value in (where or {}).items()]
    return {"$and": conditions} if len(conditions) > 1 else conditions[0] if conditions else None
