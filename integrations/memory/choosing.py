"""Which embedding is in use: the offline one, a Python object by its dotted path, or an HTTP endpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from common.configuration import configuration
from integrations.memory.embedding import Embedding, HashedSubtokens, Vectors
from integrations.memory.errors import EmbeddingUnavailable
from integrations.memory.unit_vectors import OFFLINE, WHAT_IT_MAY_BE, unit_vectors


def embedding() -> Embedding:
    """The embedding that the settings name. Raises `EmbeddingUnavailable`."""
    settings = configuration()
    return _made(settings.memory_embedding, settings.memory_embedding_model)


@lru_cache(maxsize=4)
def _made(wanted: str, model: str) -> Embedding:
    if wanted in {"", OFFLINE}:
        return HashedSubtokens()
    if wanted.startswith(("http://", "https://")):
        from integrations.memory.http_embedding import HTTPEmbedding

        return HTTPEmbedding(wanted, model)
    return _imported(wanted)


def _imported(path: str) -> Embedding:
    """An object with the methods of `Embedding`, or one that Chroma would call an embedding function."""
    module, _, name = path.rpartition(".")
    try:
        found = getattr(import_module(module), name)
        made = found() if isinstance(found, type) else found
    except Exception as error:
        raise EmbeddingUnavailable(
            f"The embedding {path!r} cannot be loaded: {type(error).__name__}: {error}"[:300], hint=WHAT_IT_MAY_BE
        ) from error
    if hasattr(made, "embed") and hasattr(made, "name") and hasattr(made, "dimensions"):
        whole: Embedding = made if hasattr(made, "similarity") else Plain(made.name, made.embed)
        return whole
    if callable(made):
        return Plain(path, made)
    raise EmbeddingUnavailable(f"{path!r} is no embedding.", hint=WHAT_IT_MAY_BE)


class Plain:
    """A function from texts to vectors as an embedding; its cosines are taken for similarities as they are.

    Any of Chroma's own embedding functions fits, for instance a sentence transformer or an ONNX model.
    """

    def __init__(self, name: str, function: Callable[[list[str]], Any]) -> None:
        self.name = name[:60]
        self._function = function

    @property
    def dimensions(self) -> int:
        return int(self.embed(["dimensions"]).shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        try:
            return unit_vectors(self._function(list(texts)), texts=len(texts), name=self.name)
        except EmbeddingUnavailable:
            raise
        except Exception as error:
            raise EmbeddingUnavailable(
                f"The embedding {self.name} failed: {type(error).__name__}: {error}"[:300],
                hint=f"Mend it, or set MEMORY_EMBEDDING={OFFLINE} and run: manage.py memory reindex",
            ) from error

    def similarity(self, cosine: float) -> float:
        return min(max(cosine, 0.0), 1.0)
