"""How the offline engine is to behave."""

from __future__ import annotations

from pydantic import Field

from integrations.llm.shapes import Shape


class EngineOptions(Shape):
    """``fault_rate`` is the probability of a mistake in a draft or retry; ``seed`` decides which ones."""

    fault_rate: float = Field(default=0.0, ge=0, le=1)
    seed: int = 0
