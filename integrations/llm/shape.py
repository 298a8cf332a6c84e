"""The base of everything that goes into or comes out of a model call."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Base of every shape: unknown keys are an error, so a wrong answer is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
