"""An embedding that a server computes, in the form that most servers of embeddings speak (``/v1/embeddings``)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx2

from common.configuration import configuration
from integrations.memory.embedding import Vectors
from integrations.memory.errors import EmbeddingUnavailable
from integrations.memory.unit_vectors import OFFLINE, WHAT_IT_MAY_BE, unit_vectors


class HTTPEmbedding:
    """``POST`` of ``{"model", "input": [texts]}``, answered with ``{"data": [{"index", "embedding"}]}``."""

    def __init__(self, url: str, model: str) -> None:
        if not urlsplit(url).hostname:
            raise EmbeddingUnavailable(f"MEMORY_EMBEDDING is {url!r}.", hint=WHAT_IT_MAY_BE)
        self.url = url
        self.model = model
        self.name = f"http:{model or urlsplit(url).netloc}"[:60]

    @cached_property
    def dimensions(self) -> int:
        return int(self.embed(["dimensions"]).shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        answered = self._ask(list(texts))
        try:
            rows = sorted(answered.json()["data"], key=lambda row: row.get("index", 0))
            raw = [row["embedding"] for row in rows]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._failed("did not answer as an embeddings endpoint does") from error
        return unit_vectors(raw, texts=len(texts), name=self.name)

    def similarity(self, cosine: float) -> float:
        return min(max(cosine, 0.0), 1.0)

    def _ask(self, texts: list[str]) -> Any:
        body: dict[str, Any] = {"input": texts, **({"model": self.model} if self.model else {})}
        try:
            answered = httpx2.post(self.url, json=body, timeout=configuration().memory_timeout * max(1, len(texts) / 8))
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise self._failed(f"does not answer ({type(error).__name__})") from error
        if answered.status_code != HTTPStatus.OK:
            raise self._failed(f"answered {answered.status_code}")
        return answered

    def _failed(self, what: str) -> EmbeddingUnavailable:
        return EmbeddingUnavailable(
            f"The embedding server {self.url} {what}.",
            hint=f"Check MEMORY_EMBEDDING, or set it to {OFFLINE} and run: manage.py memory reindex",
        )
