"""Why memory has nothing to say. None of these stops a run: see ``integrations.memory.quietly``."""

from __future__ import annotations

from common.errors import Conflict, ServiceUnavailable


class MemoryUnavailable(ServiceUnavailable):
    """The vector store is switched off, down, slow or damaged."""

    code = "memory_unavailable"
    title = "Memory is not available"


class EmbeddingMismatch(Conflict):
    """A collection was indexed with another embedding than the one in use; its distances would mean nothing."""

    code = "embedding_mismatch"
    title = "Memory was indexed with another embedding"
