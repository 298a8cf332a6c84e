"""Whether memory can be asked: for `doctor`, which asks it, and for the health endpoint, which asks nobody."""

from __future__ import annotations

from common.configuration import configuration
from common.machine import Finding, Outcome
from integrations.memory import store
from integrations.memory.choosing import embedding
from integrations.memory.clients import where_it_is
from integrations.memory.collections import COLLECTIONS
from integrations.memory.errors import EmbeddingMismatch, MemoryUnavailable
from integrations.memory.quietly import current_trouble


def check_memory() -> Finding:
    """Ask the store. Memory that cannot be had is a note, never a failure: nothing else depends on it."""
    settings = configuration()
    if not settings.memory_enabled:
        return Finding("memory", Outcome.NOT_RUN, "switched off", "Set MEMORY_ENABLED=true to have it.")
    if not settings.chroma_url and not settings.memory_embedded:
        return Finding("memory", Outcome.NOT_RUN, "no vector store", "`make up` brings its own.")
    try:
        name = embedding().name
        held = sum(store.count(collection) for collection in COLLECTIONS)
    except (MemoryUnavailable, EmbeddingMismatch) as error:
        return Finding("memory", Outcome.WARNING, error.detail, error.hint or "Plans are made without it.")
    return Finding("memory", Outcome.PASSED, f"{held} documents, {where_it_is()}, embedding {name}")


def memory_fact() -> str:
    """What this process knows of memory, without asking: for the health endpoint, which must answer at once."""
    if not configuration().memory_enabled:
        return "off"
    trouble = current_trouble()
    return f"left alone for a while: {trouble.code}" if trouble is not None else "ready"
