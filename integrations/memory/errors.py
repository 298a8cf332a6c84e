"""Why memory has nothing to say. None of these stops a run: see ``integrations.memory.quietly``."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput, ServiceUnavailable


class MemoryUnavailable(ServiceUnavailable):
    """The vector store is down, slow or damaged."""

    code = "memory_unavailable"
    title = "Memory is not available"


class MemoryOff(MemoryUnavailable):
    """The settings say that there is no memory."""

    code = "memory_off"
    title = "Memory is switched off"


class EmbeddingUnavailable(MemoryUnavailable):
    """The embedding that the settings name cannot be had, or gives what is no vector."""

    code = "embedding_unavailable"
    title = "The embedding is not available"


class EmbeddingMismatch(Conflict):
    """A collection was indexed with another embedding than the one in use; its distances would mean nothing."""

    code = "embedding_mismatch"
    title = "Memory was indexed with another embedding"


class ReindexUnderWay(Conflict):
    code = "reindex_under_way"
    title = "Memory is being indexed by somebody else"


class ArchiveInvalid(InvalidInput):
    """A line of a file to be imported is not a record."""

    code = "archive_invalid"
    title = "The file is not an export of memory"
