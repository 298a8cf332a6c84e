"""The base of everything that goes into or comes out of a model call."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Base of every shape: unknown keys are an error, so a wrong answer is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    from_memory: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold what memory retrieved: it grows with every run, so a recording does not go by it."""
