"""The connection to ChromaDB: a server where one is configured, else embedded in the one process that may write.

Foreign errors become `MemoryUnavailable` here. Chroma is imported on first use: it takes seconds.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from common.configuration import configuration
from common.errors import DevMatrixError
from integrations.memory.errors import EmbeddingMismatch, MemoryOff, MemoryUnavailable

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

PATIENCE_SECONDS = 60.0
REINDEX = "Run: manage.py memory reindex"
_clients: dict[tuple[str, str], ClientAPI] = {}
_lock = threading.Lock()


def client() -> ClientAPI:
    """The one client of this process. Raises `MemoryUnavailable`."""
    settings = configuration()
    if not settings.memory_enabled:
        raise MemoryOff("Memory is switched off.", hint="Set MEMORY_ENABLED=true.")
    if settings.chroma_url:
        return _client_for(settings.chroma_url, "")
    if settings.memory_embedded:
        return _client_for("", str(embedded_folder()))
    raise MemoryUnavailable(
        "No Chroma server is configured, and the embedded one is not safe with several processes.",
        hint="Set CHROMA_URL, or MEMORY_EMBEDDED=true where only one process runs.",
    )


def where_it_is() -> str:
    """The store's address in words."""
    settings = configuration()
    return settings.chroma_url or (f"embedded in {embedded_folder()}" if settings.memory_embedded else "nowhere")


def embedded_folder() -> Path:
    return configuration().state_dir / "memory"


def forget_client() -> None:
    """Close the connection and make a new one on next use; for when the store moved or was mended, and for tests."""
    with _lock:
        if not _clients:
            return
        for made in _clients.values():
            for session in _sessions(made):
                session.close()  # Chroma's own close() leaves its sockets open
            made.close()  # type: ignore[attr-defined]  # of Client, not in its protocol
        _clients.clear()
        from chromadb.api.shared_system_client import SharedSystemClient

        SharedSystemClient.clear_system_cache()


def put_damaged_store_aside() -> Path | None:
    """Move the files of an embedded store that cannot be read; where to, or nothing when there was none to move."""
    folder = embedded_folder()
    if configuration().chroma_url or not folder.exists():
        return None
    forget_client()
    aside = folder.with_name(f"{folder.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    return aside


@contextmanager
def patient() -> Iterator[None]:
    """Wait longer for the server: for work that nobody waits for."""
    sessions = _sessions(client())
    for session in sessions:
        session.timeout = PATIENCE_SECONDS
    try:
        yield
    finally:
        for session in sessions:
            session.timeout = configuration().memory_timeout


@contextmanager
def translated() -> Iterator[None]:
    """Whatever Chroma, or what lies below it, raises becomes an error of ours."""
    try:
        yield
    except DevMatrixError:
        raise
    except Exception as error:
        if "dimension" in str(error):
            raise EmbeddingMismatch(f"The vector store says: {error}"[:300], hint=REINDEX) from error
        hint = f"Look after the store ({where_it_is()}). {REINDEX}, which builds it anew from the database."
        raise MemoryUnavailable(f"The vector store failed: {type(error).__name__}: {error}"[:400], hint=hint) from error


def _client_for(url: str, folder: str) -> ClientAPI:
    """One client a process, made by whoever comes first while others wait."""
    with _lock:
        if (url, folder) not in _clients:
            with translated():
                _clients[url, folder] = _make_client(url, folder)
        return _clients[url, folder]


def _make_client(url: str, folder: str) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    if folder:
        return _make_embedded(folder)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise MemoryUnavailable(f"CHROMA_URL is {url!r}.", hint="It must be a URL such as http://127.0.0.1:8001")
    _knock(url)
    made = chromadb.HttpClient(
        host=parts.hostname,
        port=parts.port or (443 if parts.scheme == "https" else 80),
        ssl=parts.scheme == "https",
        settings=Settings(anonymized_telemetry=False),
    )
    for session in _sessions(made):
        session.timeout = configuration().memory_timeout  # Chroma waits for ever and offers no setting for it
    return made


def _make_embedded(folder: str) -> ClientAPI:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    try:
        return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
    except Exception:
        SharedSystemClient.clear_system_cache()  # it keeps what could not be started, and would give it out again
        raise


def _sessions(made: Any) -> list[Any]:
    """The HTTP sessions inside Chroma's client, which it keeps private: its own, and one for tenants."""
    servers = [made._server, made._admin_client._server]
    return [server._session for server in servers if hasattr(server, "_session")]


def _knock(url: str) -> None:
    """See that Chroma answers before its client, which talks without a time limit while it is made."""
    import httpx2

    response = httpx2.get(f"{url.rstrip('/')}/api/v2/heartbeat", timeout=configuration().memory_timeout)
    if response.status_code != HTTPStatus.OK or b"heartbeat" not in response.content[:200]:
        raise MemoryUnavailable(
            f"What answers at {url} is no Chroma server (status {response.status_code}).", hint="Check CHROMA_URL."
        )
