"""What an embedding of somebody else gave, made comparable: vectors of length one, or a plain error."""

from __future__ import annotations

from typing import Any

import numpy as np

from integrations.memory.embedding import Vectors
from integrations.memory.errors import EmbeddingUnavailable

OFFLINE = "hashed-subtokens"
WHAT_IT_MAY_BE = f"MEMORY_EMBEDDING must be {OFFLINE}, a dotted path such as package.module.Name, or an http(s) URL."


def unit_vectors(raw: Any, *, texts: int, name: str) -> Vectors:
    """What an embedding gave, as unit vectors. Raises `EmbeddingUnavailable` for anything that is none."""
    try:
        vectors = np.asarray(raw, dtype=np.float32)
    except (TypeError, ValueError):
        vectors = np.empty(0, dtype=np.float32)
    if vectors.ndim != 2 or vectors.shape[0] != texts or not vectors.shape[1] or not np.isfinite(vectors).all():
        raise EmbeddingUnavailable(
            f"The embedding {name} did not give a vector of numbers for each of {texts} texts.", hint=WHAT_IT_MAY_BE
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    divided: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return divided
