"""What a plan is made of, whatever the stack: a piece is one file to be written, a chapter is a milestone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from integrations.llm.shapes import Level

Kind = Literal["setup", "implementation", "testing", "documentation"]


@dataclass(frozen=True)
class Piece:
    """One file to be written. ``after`` are paths it needs without importing them."""

    path: str
    title: str
    description: str
    kind: Kind = "implementation"
    complexity: Level = "low"
    minutes: int = 10
    points: int = 1
    also: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    proofs: tuple[tuple[str, str], ...] = ()
    """(criterion, test file that proves it)"""
    table: str = ""
    """The class of the file that is a table of the database."""
    critical: bool = False


@dataclass(frozen=True)
class Chapter:
    """A milestone: pieces that belong together."""

    name: str
    description: str
    phase: Literal["setup", "core", "polish"]
    pieces: list[Piece] = field(default_factory=list)
