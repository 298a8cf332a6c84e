"""What memory calls things, as people say it."""

from __future__ import annotations

from typing import Final

PURPOSE_WORDS: Final = {
    "discovery_questions": "Questions of a discovery",
    "domain_model": "Domain model",
    "masterplan": "Plan",
    "task_code": "Code of a task",
    "atom_retry": "Another attempt at an atom",
}
COLLECTION_WORDS: Final = {
    "successful_masterplans": "Plans that went well",
    "failed_masterplans": "Plans that failed",
    "masterplan_modifications": "Changes of plans",
    "successful_tasks": "Tasks that went well",
    "failed_tasks": "Tasks that failed",
    "discovery_patterns": "What was asked for",
}
TROUBLE_WORDS: Final = {
    "memory_unavailable": "not known: memory does not answer",
    "memory_off": "not known: memory is switched off",
    "embedding_unavailable": "not known: the embedding cannot be had",
    "embedding_mismatch": "to be indexed anew: it has another embedding",
}


def purpose_in_words(purpose: str) -> str:
    return PURPOSE_WORDS.get(purpose, purpose.replace("_", " ").capitalize())


def collection_in_words(collection: str) -> str:
    return COLLECTION_WORDS.get(collection, collection.replace("_", " ").capitalize())


def trouble_in_words(trouble: str) -> str:
    return TROUBLE_WORDS.get(trouble, "not known: memory does not answer")
